import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { Crypter, Crypters } from "../../../../embedded/host/state/secrets";
import { rejection } from "./rejection";

/** Made with Web Crypto from the format that Pulumi documents: salt 00…07, nonce 00…0b. */
const PASSPHRASE = "correct horse battery staple";
const SALT = "v1:AAECAwQFBgc=:v1:AAECAwQFBgcICQoL:/DRVO+dNzDhZgIGzjuL2z4UYQZq3Xg==";
const SEALED = "v1:AAECAwQFBgcICQoL:4zFcIKpXJ8M0C9SgMs5PZPmVsO6oyWnJwV7u";

describe("passphrase secrets", () => {
    let home: string;

    before(async () => {
        home = await mkdtemp(join(tmpdir(), "host-secrets-"));
    });
    after(async () => {
        await rm(home, { recursive: true });
    });

    it("opens what another implementation of the format sealed", async () => {
        const crypter = await Crypter.open(PASSPHRASE, SALT, "state");
        expect(crypter.decrypt(SEALED)).to.equal("open sesame");
    });

    it("seals so that another implementation opens it, never twice the same", async () => {
        const crypter = await Crypter.open(PASSPHRASE, SALT, "state");
        const [sealed, again] = [crypter.encrypt("grüße"), crypter.encrypt("grüße")];
        expect(sealed).to.not.equal(again);
        const [, nonce = "", text = ""] = sealed.split(":");
        const { subtle } = crypto;
        const salt = Buffer.from(SALT.split(":")[1] ?? "", "base64");
        const base = await subtle.importKey("raw", Buffer.from(PASSPHRASE), "PBKDF2", false, ["deriveKey"]);
        const derivation = { name: "PBKDF2", hash: "SHA-256", salt, iterations: 1_000_000 };
        const key = await subtle.deriveKey(derivation, base, { name: "AES-GCM", length: 256 }, false, ["decrypt"]);
        const algorithm = { name: "AES-GCM", iv: Buffer.from(nonce, "base64") };
        const opened = await subtle.decrypt(algorithm, key, Buffer.from(text, "base64"));
        expect(Buffer.from(opened).toString()).to.equal("grüße");
    });

    it("says that a passphrase is wrong, without saying which", async () => {
        const error = await rejection(Crypter.open("sesame street", SALT, "stack.json"));
        expect(error.message).to.match(/^stack\.json: the passphrase is not the one/);
        expect(error.message).not.to.contain("sesame");
    });

    it("refuses a salt of another form", async () => {
        const error = await rejection(Crypter.open(PASSPHRASE, "v2:x", "stack.json"));
        expect(error.message).to.contain("is not of the form v1:<salt>");
    });

    it("makes a passphrase once, for its owner's eyes only, where none is set", async () => {
        const set = process.env["PULUMI_CONFIG_PASSPHRASE"];
        delete process.env["PULUMI_CONFIG_PASSPHRASE"];
        try {
            const [first, second] = await Promise.all([new Crypters(home).create(), new Crypters(home).create()]);
            const opened = await new Crypters(home).open(first.salt, "state");
            expect(opened.decrypt(first.encrypt("x"))).to.equal("x");
            expect((await new Crypters(home).open(second.salt, "state")).decrypt(second.encrypt("y"))).to.equal("y");
            expect((await stat(join(home, "passphrase"))).mode & 0o777).to.equal(0o600);
            expect(await readFile(join(home, "passphrase"), "utf8")).to.match(/^[\w-]{43}\n$/);
        } finally {
            if (set !== undefined) process.env["PULUMI_CONFIG_PASSPHRASE"] = set;
        }
    });
});
