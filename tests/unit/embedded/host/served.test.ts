/** That docs/embedded-host.md says what the code serves, no more and no less. */
import { expect } from "chai";
import { readFileSync } from "node:fs";
import path from "node:path";
import { REFUSED_OPTIONS } from "../../../../embedded/host/protocol/goal";
import { FEATURES } from "../../../../embedded/host/protocol/monitor";
import { SERVED_INPUTS } from "../../../../embedded/host/providers/helm/inputs";
import { RULES } from "../../../../embedded/host/providers/kubernetes/readiness";
import { KINDS } from "../../../../embedded/host/providers/tls";
import { KEY_USAGES, privateKey } from "../../../../embedded/host/providers/tls/schemas";

const page = readFileSync(path.join(__dirname, "../../../../docs/embedded-host.md"), "utf8");

/** Words in code marks of a row's second cell, up to a semicolon. */
function row(name: string): string[] {
    const line = page.split("\n").find((text) => text.startsWith(`| ${name} `));
    const [, , cell = ""] = (line ?? expect.fail(`there is no row ${name}`)).split("|");
    return [...(cell.split(";")[0] ?? "").matchAll(/`([^`]+)`/g)].map(([, word = ""]) => word);
}

describe("the table of what the embedded host serves", () => {
    const served: Readonly<Record<string, readonly string[]>> = {
        "package `tls`": Object.keys(KINDS),
        "features of the SDK": FEATURES,
        "options of a resource that it refuses": Object.keys(REFUSED_OPTIONS),
        "inputs of a Release": SERVED_INPUTS,
        certificates: Object.keys(KEY_USAGES),
        "kinds that it waits for": Object.keys(RULES),
    };
    for (const [name, words] of Object.entries(served)) {
        it(`is right about ${name}`, () => {
            expect(row(name)).to.have.members(words);
        });
    }

    it("is right about keys", () => {
        const [rsa, ...curves] = row("keys").filter((word) => word !== "ECDSA");
        const isServed = (algorithm: string | undefined, ecdsaCurve: string) =>
            privateKey.safeParse({ algorithm, ecdsaCurve, rsaBits: 4096 }).success;
        expect(isServed(rsa, "P224")).to.equal(true);
        expect(["P224", "P256", "P384", "P521"].filter((curve) => isServed("ECDSA", curve))).to.deep.equal(curves);
        expect(isServed("ED25519", "P256")).to.equal(false);
    });
});
