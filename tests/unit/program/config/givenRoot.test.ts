import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import { expect } from "chai";
import { KeyObject, webcrypto } from "node:crypto";
import { problemsOf, settings, SURROUNDINGS } from "./support";
import { parseConfig } from "../../../../program/config";

const P256 = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const P521 = { name: "ECDSA", namedCurve: "P-521", hash: "SHA-512" };
const SIGNS = new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true);

type Keys = Awaited<ReturnType<typeof newKeys>>;

interface Root {
    readonly certificate: string;
    readonly privateKey: string;
}

async function newKeys(algorithm = P256) {
    return webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
}

/** A root of `keys`, or what somebody mistakes for one. */
async function root(
    keys: Keys,
    extensions: x509.Extension[],
    { algorithm = P256, notBefore = "2026-01-01", notAfter = "2036-01-01" } = {},
): Promise<Root> {
    const certificate = await x509.X509CertificateGenerator.createSelfSigned(
        {
            name: "CN=Root CA",
            keys,
            extensions,
            notBefore: new Date(notBefore),
            notAfter: new Date(notAfter),
            signingAlgorithm: algorithm,
        },
        webcrypto,
    );
    return { certificate: certificate.toString("pem"), privateKey: pem(keys) };
}

function pem({ privateKey }: Keys): string {
    return KeyObject.from(privateKey).export({ type: "pkcs8", format: "pem" }).toString();
}

const authority = (pathLength?: number) => new x509.BasicConstraintsExtension(true, pathLength, true);
const mistakesOf = (givenRoot: Root) =>
    problemsOf(settings({ ca: { givenRoot } })).map(({ subject, rule }) => [subject, rule]);

describe("a given root", () => {
    let keys: Keys;
    before(async () => {
        keys = await newKeys();
    });

    it("is accepted when it signs, with or without a path length above zero", async () => {
        for (const pathLength of [undefined, 1]) {
            const givenRoot = await root(keys, [authority(pathLength), SIGNS]);
            expect(parseConfig(settings({ ca: { givenRoot } }), SURROUNDINGS).ca.givenRoot).to.deep.equal(givenRoot);
        }
    });

    it("is refused with a path length of zero", async () => {
        expect(mistakesOf(await root(keys, [authority(0), SIGNS]))).to.deep.equal([
            [
                "ca.givenRoot.certificate",
                "a root of path length 0 cannot stand above an intermediate: proxies would refuse all workloads",
            ],
        ]);
    });

    it("is refused when it is no authority, or may not sign", async () => {
        const rule = "a root must be allowed to sign certificates (CA:true, key usage keyCertSign)";
        const signsNot = new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true);
        for (const extensions of [[new x509.BasicConstraintsExtension(false)], [authority(), signsNot], []]) {
            expect(mistakesOf(await root(keys, extensions))).to.deep.include(["ca.givenRoot.certificate", rule]);
        }
    });

    it("is refused with an extended key usage", async () => {
        const narrow = new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth]);
        expect(mistakesOf(await root(keys, [authority(), SIGNS, narrow]))).to.deep.equal([
            [
                "ca.givenRoot.certificate",
                "a root with an extended key usage narrows what the mesh can issue, and proxies refuse it",
            ],
        ]);
    });

    it("is refused with another's key, which is not shown", async () => {
        const { certificate } = await root(keys, [authority(), SIGNS]);
        const privateKey = pem(await newKeys());
        const problems = problemsOf(settings({ ca: { givenRoot: { certificate, privateKey } } }));
        expect(problems.map(({ subject, rule }) => [subject, rule])).to.deep.equal([
            ["ca.givenRoot.privateKey", "this is not the key of the certificate"],
        ]);
        expect(JSON.stringify(problems)).not.to.contain(privateKey.split("\n")[1]);
    });

    it("is refused after its end, and before its beginning", async () => {
        for (const dates of [{ notAfter: "2026-02-01" }, { notBefore: "2027-01-01" }]) {
            const [[subject, rule] = []] = mistakesOf(await root(keys, [authority(), SIGNS], dates));
            expect(subject).to.equal("ca.givenRoot.certificate");
            expect(rule).to.match(/^it is valid from .* to .* only$/);
        }
    });

    it("is refused with a key that Istio does not know", async () => {
        const other = await newKeys(P521);
        expect(mistakesOf(await root(other, [authority(), SIGNS], { algorithm: P521 }))).to.deep.equal([
            ["ca.givenRoot.privateKey", "Istio supports RSA, and ECDSA with P-256 or P-384"],
        ]);
    });

    it("is refused when it is no PEM, without being quoted", () => {
        const problems = problemsOf(settings({ ca: { givenRoot: { certificate: "mine", privateKey: "hidden" } } }));
        expect(problems.map(({ subject, rule }) => [subject, rule])).to.deep.equal([
            ["ca.givenRoot.certificate", "this is not a certificate in PEM"],
            ["ca.givenRoot.privateKey", "this is not an unencrypted private key in PEM"],
        ]);
        expect(JSON.stringify(problems)).not.to.match(/mine|hidden/);
    });
});
