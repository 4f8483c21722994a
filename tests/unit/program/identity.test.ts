import { expect } from "chai";
import { stringify } from "yaml";
import { type Identity, identityOf } from "../../../program/clusters/identity";
import { givenRoot } from "../../support/certificates";

function kubeconfig(bundle: string | undefined, server = "https://10.0.0.2:6443"): string {
    const data = bundle === undefined ? {} : { "certificate-authority-data": Buffer.from(bundle).toString("base64") };
    return stringify({
        clusters: [{ name: "c", cluster: { server, ...data } }],
        contexts: [{ name: "admin", context: { cluster: "c" } }],
        "current-context": "admin",
    });
}

const identify = (bundle: string, recorded?: Identity) => identityOf("west", kubeconfig(bundle), undefined, recorded);

describe("the identity of a cluster", () => {
    const certificates: string[] = [];
    before(async () => {
        for (let count = 0; count < 3; count++) certificates.push(`${(await givenRoot()).certificate}\n`);
    });

    it("survives a rotation of its CA, through a bundle of both certificates", () => {
        const [old = "", fresh = ""] = certificates;
        const first = identify(old);
        const both = identify(old + fresh, first);
        const last = identify(fresh, both);
        expect([both.id, last.id]).to.deep.equal([first.id, first.id]);
        expect(both.authorities).to.have.length(2);
        expect(last.authorities).to.deep.equal([both.authorities[1]]);
    });

    it("is not a matter of how the bundle is written", () => {
        const [one = "", other = ""] = certificates;
        const recorded = identify(one + other);
        for (const bundle of [`${one}${other}\n`, other + one, `a comment\n${one}`, one.replaceAll("\n", "\r\n")]) {
            expect(identify(bundle, recorded).id).to.equal(recorded.id);
        }
    });

    it("is another one with another CA", () => {
        const [one = "", , stranger = ""] = certificates;
        const recorded = identify(one);
        expect(identify(stranger, recorded).id).not.to.equal(recorded.id);
    });

    it("is that of version 0.1.0 where nothing was recorded", () => {
        // As 0.1.0 made it: the name, and the first 12 digits of SHA-256 of the bundle's base64 text.
        expect(identityOf("west", kubeconfig("ca"), undefined, undefined).id).to.equal("west-319f5dca76cc");
    });

    it("is the server's where the kubeconfig has no CA", () => {
        const at = (server: string, recorded?: Identity) =>
            identityOf("west", kubeconfig(undefined, server), undefined, recorded);
        const recorded = at("https://a");
        expect(at("https://a", recorded).id).to.equal(recorded.id);
        expect(at("https://b", recorded).id).not.to.equal(recorded.id);
    });
});
