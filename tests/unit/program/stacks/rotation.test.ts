/** A new root, step by step: what a stack registers and exports in each, and the steps that it refuses. */
import { expect } from "chai";
import { X509Certificate } from "node:crypto";
import { z } from "zod";
import { namesOf, only } from "../../../support/record";
import { type Outputs, run, whole } from "../../../support/stacks";
import { certificatesOf } from "../../../../verify/observe/pem";
import { nextSteps, stepsFrom } from "../../../../shared/rotation";

const SECRET = "kubernetes:core/v1:Secret";
const SELF_SIGNED = "tls:index/selfSignedCert:SelfSignedCert";

const clusters = z.record(z.string(), z.object({ certificate: z.string() }));
const cacerts = z.object({ "cert-chain.pem": z.string(), "root-cert.pem": z.string() });

/** Subjects of what the mesh trusts. */
function trusted({ rootCertificate }: Outputs): string[] {
    return certificatesOf(String(rootCertificate)).map(({ subject }) => subject.split("\n").at(-1) ?? "");
}

/** Common name of the root that signed a cluster's certificate. */
function signer(outputs: Outputs | undefined, cluster: string): string | undefined {
    const { certificate = "" } = clusters.parse(outputs?.["clusters"])[cluster] ?? {};
    return new X509Certificate(certificate).issuer.split("\n").at(-1);
}

/** One step in all stacks: the root's, then the clusters'. */
async function step(siblings: Record<string, Outputs>, roots: number[]): Promise<void> {
    await run("root", siblings, { roots });
    for (const stack of ["west", "east"]) await run(stack, siblings);
}

async function refusal(siblings: Record<string, Outputs>, roots: number[]): Promise<string> {
    return run("root", siblings, { roots }).then(
        () => "",
        (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
}

describe("a rotation of the root", () => {
    it("has a second root trusted, then sign, and drops the first", async () => {
        const siblings = await whole();
        await step(siblings, [1, 2]);
        expect(trusted(siblings["west"] ?? {})).to.deep.equal(["CN=Root CA", "CN=Root CA 2"]);
        expect(signer(siblings["west"], "west")).to.equal("CN=Root CA");
        await step(siblings, [2, 1]);
        expect(trusted(siblings["west"] ?? {})).to.deep.equal(["CN=Root CA 2", "CN=Root CA"]);
        expect(signer(siblings["west"], "west")).to.equal("CN=Root CA 2");
        const last = await run("root", siblings, { roots: [2] });
        expect(namesOf(last, SELF_SIGNED)).to.deep.equal(["root-ca-2-certificate"]);
        const west = await run("west", siblings);
        expect(trusted(west.value)).to.deep.equal(["CN=Root CA 2"]);
        expect(siblings["root"]?.["roots"]).to.deep.equal([2]);
    });

    it("gives istiod both roots, and a chain that ends with the one that signed", async () => {
        const siblings = await whole();
        await run("root", siblings, { roots: [1, 2] });
        const { inputs } = only(await run("west", siblings), SECRET, "west-control-plane-cacerts");
        const files = cacerts.parse(inputs["stringData"]);
        expect(certificatesOf(files["root-cert.pem"])).to.have.lengthOf(2);
        const chain = certificatesOf(files["cert-chain.pem"]).map(({ subject }) => subject.split("\n").at(-1));
        expect(chain).to.deep.equal(["CN=Intermediate CA", "CN=Root CA"]);
    });

    it("goes back until the last step", async () => {
        const siblings = await whole();
        const before = siblings["west"]?.["rootCertificate"];
        for (const roots of [
            [1, 2],
            [2, 1],
            [1, 2],
        ])
            await step(siblings, roots);
        await step(siblings, [1]);
        expect(siblings["west"]?.["rootCertificate"]).to.equal(before);
        expect(signer(siblings["west"], "west")).to.equal("CN=Root CA");
    });

    it("refuses to drop a root that still signs, to sign with one that nobody trusts, and to go back after the last step", async () => {
        const siblings = await whole();
        expect(await refusal(siblings, [2])).to.equal(
            'roots: root 1 still signs: to drop it now would cut off every workload, since all have certificates of it (the last `up` left [1]) (found "[2]"). Set [1,2], or let `mesh rotate root` take the steps.',
        );
        expect(await refusal(siblings, [2, 1])).to.contain("a mesh takes one step at a time");
        await step(siblings, [1, 2]);
        expect(await refusal(siblings, [2])).to.contain("root 1 still signs");
        await step(siblings, [2, 1]);
        await step(siblings, [2]);
        expect(await refusal(siblings, [2, 1])).to.contain(
            "root 1 was dropped, and its key with it: there is no step back to it (the last `up` left [2])",
        );
    });

    it("waits for stacks that have not taken the step before", async () => {
        const siblings = await whole();
        await run("root", siblings, { roots: [1, 2] });
        await run("west", siblings);
        const refused = await refusal(siblings, [2, 1]);
        expect(refused)
            .to.contain("stack east has not taken the step before yet")
            .and.to.contain("up root and up east");
        expect(refused).not.to.contain("stack west has not");
        await run("east", siblings);
        expect(await refusal(siblings, [2, 1])).to.equal("");
    });

    it("is a matter of the stack that owns the root", async () => {
        const siblings = await whole();
        const refused = await run("west", siblings, { roots: [1, 2] }).then(
            () => "",
            (error: unknown) => String(error),
        );
        expect(refused).to.contain("roots: this stack does not own the root");
    });

    it("has peers read with a new token, then revokes the old one", async () => {
        const siblings = await whole();
        const both = await run("west", siblings, { readerTokens: [2, 1] });
        expect(namesOf(both, SECRET)).to.include.members(["west-reader-token", "west-reader-token-2"]);
        const last = await run("west", siblings, { readerTokens: [2] });
        expect(namesOf(last, SECRET)).to.include("west-reader-token-2").and.not.to.include("west-reader-token");
        expect(only(last, SECRET, "west-reader-token-2").inputs["metadata"]).to.deep.include({
            name: "istio-reader-service-account-istio-remote-secret-token-2",
        });
        const refused = await run("west", siblings, { readerTokens: [3] }).then(
            () => "",
            (error: unknown) => String(error),
        );
        expect(refused).to.contain(
            "readerTokens: peers read with token 2: to revoke it now would leave them with what they know (the last `up` left [2])",
        );
    });

    it("takes generations one by one", () => {
        expect(nextSteps("readerTokens", [3])).to.deep.equal([
            [4, 3],
            [3, 4],
        ]);
        expect(stepsFrom("readerTokens", [3], { back: false })).to.deep.equal([[4, 3], [4]]);
        expect(stepsFrom("readerTokens", [4, 3], { back: true })).to.deep.equal([[3, 4], [3]]);
        expect(nextSteps("roots", [3])).to.deep.equal([[3, 4]]);
        expect(nextSteps("roots", [3, 4])).to.deep.equal([[4, 3], [3]]);
        expect(stepsFrom("roots", [3], { back: false })).to.deep.equal([[3, 4], [4, 3], [4]]);
        expect(stepsFrom("roots", [3, 4], { back: false })).to.deep.equal([[4, 3], [4]]);
        expect(stepsFrom("roots", [4, 3], { back: false })).to.deep.equal([[4]]);
        expect(stepsFrom("roots", [4, 3], { back: true })).to.deep.equal([[3, 4], [3]]);
        expect(stepsFrom("roots", [3, 4], { back: true })).to.deep.equal([[3]]);
        expect(stepsFrom("roots", [3], { back: true })).to.deep.equal([]);
    });
});
