import { expect } from "chai";
import { stringify } from "yaml";
import { secretsIn } from "../../support/secrets";

const base64 = (text: string) => Buffer.from(text).toString("base64");
const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** Made of nothing: no key and no token of anybody. */
const KEY = `-----BEGIN EC PRIVATE KEY-----\n${base64("x".repeat(60))}\n-----END EC PRIVATE KEY-----\n`;
const TOKEN = `${part({ alg: "RS256" })}.${part({ sub: "system:serviceaccount:a:b" })}.${"s".repeat(40)}`;

describe("the search for secrets in what tests see", () => {
    const places: readonly (readonly [string, string, readonly string[]])[] = [
        ["a key", `error: no such key: ${KEY}`, ["a private key"]],
        ["a key in JSON", JSON.stringify({ key: KEY }), ["a private key"]],
        ["a key in a Secret", stringify({ data: { "ca-key.pem": base64(KEY) } }), ["a private key"]],
        ["a token", `authorization: Bearer ${TOKEN}`, ["a token"]],
        [
            "a token in a kubeconfig in a Secret",
            base64(stringify({ users: [{ user: { token: TOKEN } }] })),
            ["a token"],
        ],
        ["a key in a Secret in a state", base64(JSON.stringify({ data: { key: base64(KEY) } })), ["a private key"]],
        ["a passphrase", "decrypted with correct horse", ["the passphrase"]],
        ["a passphrase in a Secret", base64("the passphrase is correct horse, keep it"), ["the passphrase"]],
    ];
    for (const [what, text, found] of places) {
        it(`finds ${what}`, () => {
            expect(secretsIn(text, new Map([["correct horse", "the passphrase"]]))).to.deep.equal(found);
        });
    }

    it("finds nothing in certificates, names and what is encrypted", () => {
        const certificate = `-----BEGIN CERTIFICATE-----\n${base64("y".repeat(300))}\n-----END CERTIFICATE-----\n`;
        const texts = [
            certificate,
            base64(certificate),
            "the file has no line -----BEGIN PRIVATE KEY-----",
            "v1:Ph5Yy/2FZfgQw8mT:8b2C+3Zb0cV8mJ0n2gQkq1Zq6o6cQ0u9z3b7mJ0n2gQkq1Zq6o6cQ0u9z3b7",
            "eyJhbGciOi is how a token begins",
        ];
        for (const text of texts) expect(secretsIn(text), text).to.deep.equal([]);
    });
});
