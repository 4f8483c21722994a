/** What an offline root may have signed, and what of it is refused before anything is made with it. */
import { expect } from "chai";
import { webcrypto } from "node:crypto";
import { refusal } from "../../../cli/ca/throwAway";
import { givenIntermediatesProblems } from "../../../program/config/givenIntermediates";
import { type Authority, intermediate, root } from "../../support/certificates";

const pem = ({ certificate }: Authority): string => `${certificate.toString("pem")}\n`;

async function keyOf({ keys }: Authority): Promise<string> {
    const der = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey)).toString("base64");
    return `-----BEGIN PRIVATE KEY-----\n${der}\n-----END PRIVATE KEY-----\n`;
}

/** Rules that a root and west's certificates break. */
function broken(top: Authority, ...chain: Authority[]): string[] {
    const given = { root: pem(top), certificates: { west: chain.map(pem).join("") } };
    return givenIntermediatesProblems(given, new Date()).map(({ subject, rule }) => `${subject}: ${rule}`);
}

describe("intermediates of an offline root", () => {
    it("are taken with and without authorities above them, and with the root at the end", async () => {
        const top = await root();
        const [west, policy] = [await intermediate(top, "west"), await intermediate(top, "policy", { pathLength: 1 })];
        const below = await intermediate(policy, "west");
        expect(broken(top, west)).to.deep.equal([]);
        expect(broken(top, west, top)).to.deep.equal([]);
        expect(broken(top, below, policy)).to.deep.equal([]);
    });

    it("are refused when another root issued them, a link is missing, or they have expired", async () => {
        const [top, other] = [await root(), await root("Other CA")];
        const policy = await intermediate(top, "policy", { pathLength: 1 });
        const at = "givenIntermediates.certificates.west";
        expect(broken(top, await intermediate(other, "west"))).to.deep.equal([
            `${at}: CN=west was not issued by what follows it, CN=Other CA is its issuer`,
        ]);
        expect(broken(top, await intermediate(policy, "west"))).to.deep.equal([
            `${at}: CN=west was not issued by what follows it, CN=policy is its issuer`,
        ]);
        const [expired = ""] = broken(top, await intermediate(top, "west", { days: -0.5 }));
        expect(expired).to.match(/^givenIntermediates\.certificates\.west: it is valid from .+ to .+ only$/);
    });

    it("need their root, and certificates in PEM", () => {
        const subjects = (given: Parameters<typeof givenIntermediatesProblems>[0]): string[] =>
            givenIntermediatesProblems(given, new Date()).map(({ subject }) => subject);
        expect(subjects({ certificates: { west: "x" } })).to.deep.equal(["givenIntermediates.root"]);
        expect(subjects({ certificates: {} })).to.deep.equal([]);
        expect(subjects({ root: "x", certificates: {} })).to.deep.equal(["givenIntermediates.root"]);
    });
});

describe("a throw-away leaf", () => {
    it("is accepted by who trusts the root", async () => {
        const top = await root();
        const west = await intermediate(top, "west");
        expect(await refusal({ chain: pem(west), privateKey: await keyOf(west), roots: pem(top) })).to.equal(undefined);
    });

    it("shows a path length that is too short, which no look at one certificate does", async () => {
        const top = await root();
        const policy = await intermediate(top, "policy", { pathLength: 0 });
        const west = await intermediate(policy, "west");
        const chain = pem(west) + pem(policy);
        expect(await refusal({ chain, privateKey: await keyOf(west), roots: pem(top) })).to.equal(
            "path length constraint exceeded",
        );
    });

    it("is refused by who trusts another root", async () => {
        const [top, other] = [await root(), await root("Other CA")];
        const west = await intermediate(top, "west");
        const refused = await refusal({ chain: pem(west), privateKey: await keyOf(west), roots: pem(other) });
        expect(refused).to.equal("unable to get local issuer certificate");
    });
});
