/**
 * Pulumi's passphrase secrets provider: AES-256-GCM under a key that PBKDF2 derives from a passphrase. Its state, called
 * salt, is `v1:<base64 salt>:<ciphertext of "pulumi">`, a ciphertext `v1:<base64 nonce>:<base64 text and tag>`.
 * https://www.pulumi.com/docs/iac/concepts/secrets/#available-encryption-providers
 */
import { createCipheriv, createDecipheriv, pbkdf2, randomBytes, randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { link, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { ProblemsError } from "../../../shared/problems";

const ITERATIONS = 1_000_000;
const KEY_BYTES = 32;
const SALT_BYTES = 8;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const CHECK = "pulumi";

const derive = promisify(pbkdf2);

export class Crypter {
    readonly #key: Buffer;

    /** @param salt What a stack's settings and state record, so that the passphrase can be checked. */
    private constructor(
        key: Buffer,
        public readonly salt: string,
    ) {
        this.#key = key;
    }

    /** A crypter with a fresh salt. */
    public static async create(passphrase: string): Promise<Crypter> {
        const salt = randomBytes(SALT_BYTES);
        const key = await derive(passphrase, salt, ITERATIONS, KEY_BYTES, "sha256");
        return new Crypter(key, `v1:${salt.toString("base64")}:${encrypt(key, CHECK)}`);
    }

    /**
     * The crypter of a recorded salt.
     * @param subject File that holds the salt, for messages.
     * @throws ProblemsError for another passphrase than the one it was made with.
     */
    public static async open(passphrase: string, salt: string, subject: string): Promise<Crypter> {
        const [version, bytes = "", ...check] = salt.split(":");
        if (version !== "v1" || check.length !== 3) {
            throw problem(subject, "the encryption salt is not of the form v1:<salt>:v1:<nonce>:<text>", "Restore it.");
        }
        const key = await derive(passphrase, Buffer.from(bytes, "base64"), ITERATIONS, KEY_BYTES, "sha256");
        const crypter = new Crypter(key, salt);
        try {
            if (crypter.decrypt(check.join(":")) === CHECK) return crypter;
        } catch {
            // AES-GCM refuses a wrong key; reported below like a wrong check value.
        }
        throw problem(
            subject,
            "the passphrase is not the one its secrets were encrypted with",
            "Set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE to that passphrase.",
        );
    }

    public encrypt(plaintext: string): string {
        return encrypt(this.#key, plaintext);
    }

    /** @throws Error when the text was not made with this key. */
    public decrypt(ciphertext: string): string {
        const [version, nonce = "", sealed = ""] = ciphertext.split(":");
        if (version !== "v1") throw new Error("a ciphertext must begin with v1:");
        const bytes = Buffer.from(sealed, "base64");
        const decipher = createDecipheriv("aes-256-gcm", this.#key, Buffer.from(nonce, "base64"), {
            authTagLength: TAG_BYTES,
        });
        decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
        return decipher.update(bytes.subarray(0, -TAG_BYTES), undefined, "utf8") + decipher.final("utf8");
    }
}

function encrypt(key: Buffer, plaintext: string): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv("aes-256-gcm", key, nonce, { authTagLength: TAG_BYTES });
    const sealed = Buffer.concat([cipher.update(plaintext, "utf8"), cipher.final(), cipher.getAuthTag()]);
    return `v1:${nonce.toString("base64")}:${sealed.toString("base64")}`;
}

/** Crypters of this process, by passphrase and salt: to derive a key takes half a second of one core. */
const opened = new Map<string, Promise<Crypter>>();

/** Opens salts with the passphrase of a home, which is read when it is first needed. */
export class Crypters {
    readonly #passphrase: () => Promise<string>;

    /** @param home Folder whose `passphrase` is used, and made when it is missing, where the environment sets none. */
    public constructor(home: string) {
        let known: Promise<string> | undefined;
        this.#passphrase = () => (known ??= readPassphrase(home));
    }

    public async create(): Promise<Crypter> {
        const passphrase = await this.#passphrase();
        const crypter = await Crypter.create(passphrase);
        opened.set(passphrase + crypter.salt, Promise.resolve(crypter));
        return crypter;
    }

    /** @param subject File that holds the salt, for messages. */
    public async open(salt: string, subject: string): Promise<Crypter> {
        const passphrase = await this.#passphrase();
        const known = opened.get(passphrase + salt);
        if (known !== undefined) return await known;
        const crypter = Crypter.open(passphrase, salt, subject);
        opened.set(passphrase + salt, crypter);
        // Another file with this salt needs a message that names it.
        crypter.catch(() => opened.delete(passphrase + salt));
        return await crypter;
    }
}

async function readPassphrase(home: string): Promise<string> {
    const { PULUMI_CONFIG_PASSPHRASE: passphrase, PULUMI_CONFIG_PASSPHRASE_FILE: file } = process.env;
    if (passphrase !== undefined) return passphrase;
    if (file !== undefined && file !== "") {
        try {
            return (await readFile(file, "utf8")).trim();
        } catch {
            throw problem("PULUMI_CONFIG_PASSPHRASE_FILE", "the file cannot be read", "Name a readable file.", file);
        }
    }
    const own = join(home, "passphrase");
    if (!existsSync(own)) {
        await mkdir(home, { recursive: true });
        const draft = `${own}.${randomUUID()}`;
        await writeFile(draft, `${randomBytes(KEY_BYTES).toString("base64url")}\n`, { mode: 0o600 });
        // Of two runs that make it at once, one wins; neither sees a half-written file.
        await link(draft, own).catch(() => undefined);
        await rm(draft);
    }
    return (await readFile(own, "utf8")).trim();
}

function problem(subject: string, rule: string, fix: string, value?: string): ProblemsError {
    return new ProblemsError([{ subject, rule, fix, ...(value === undefined ? {} : { value }) }]);
}
