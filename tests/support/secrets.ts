/** Finds keys, tokens and passphrases in what a mesh prints and leaves behind. */
import { type Dirent, readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { homePaths } from "../../embedded/localClusters/home/paths";

/** In clear, or with the line ends of JSON. */
const FORMS = {
    "a private key": /-----BEGIN [A-Z ]*PRIVATE KEY-----(?:\\[nr]|\s)+[A-Za-z0-9+/]{16}/,
    // https://www.rfc-editor.org/rfc/rfc7519: two JSON objects and a signature.
    "a token": /\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}/,
};
const BASE64 = /[A-Za-z0-9+/]{40,}={0,2}/g;
/** A Secret in a state in a Secret: no deeper. */
const DEEPEST = 4;

/** What kinds of secrets a text has, base64 of them included. @param planted Secrets of any form, and what each is. */
export function secretsIn(text: string, planted: ReadonlyMap<string, string> = new Map(), depth = 0): string[] {
    const inClear = [
        ...Object.entries(FORMS).flatMap(([kind, form]) => (form.test(text) ? [kind] : [])),
        ...[...planted].flatMap(([secret, kind]) => (text.includes(secret) ? [kind] : [])),
    ];
    if (depth === DEEPEST) return inClear;
    const decoded = (text.match(BASE64) ?? []).map((each) => Buffer.from(each, "base64").toString("latin1"));
    const readable = decoded.filter((each) => /^[\t\n\r\x20-\x7e]+$/.test(each.slice(0, 64)));
    return [...new Set([...inClear, ...readable.flatMap((each) => secretsIn(each, planted, depth + 1))])];
}

/** What only its owner may read of a home: the passphrase, and the administrators' keys. */
function secretsOf(home: string): Map<string, string> {
    const secrets = new Map<string, string>();
    const passphrase = contentOf(path.join(home, "passphrase")).trim();
    if (passphrase !== "") secrets.set(passphrase, "the passphrase");
    for (const file of filesBelow(path.join(home, "kubeconfigs"))) {
        const [, key] = /client-key-data: (\S+)/.exec(contentOf(file)) ?? [];
        if (key !== undefined) secrets.set(key, "an administrator's key");
    }
    return secrets;
}

/** @throws AssertionError that names the place and the kind, and never the secret. */
export function refuseSecrets(place: string, text: string, home: string): void {
    refuse(place, text, secretsOf(home));
}

/** Looks into all files of a folder. */
export function refuseSecretsBelow(folder: string, home: string): void {
    refuseIn(filesBelow(folder), home);
}

/** Looks into the states of a home, and into the files of its folder that a command wrote. @param since When it began. */
export function refuseSecretFiles(folder: string, home: string, since: number): void {
    const beside = entriesOf(folder)
        .filter((entry) => entry.isFile())
        .map(({ name }) => path.join(folder, name))
        .filter((file) => (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0) > since);
    refuseIn([...beside, ...filesBelow(path.join(home, "stacks"))], home);
}

/** Looks into the logs of a home's clusters: of their components, and of all pods. */
export function refuseSecretLogs(home: string): void {
    const { data } = homePaths(home);
    const clusters = entriesOf(data).filter((entry) => entry.isDirectory());
    refuseIn(
        clusters.flatMap(({ name }) => filesBelow(path.join(data, name, "logs"))),
        home,
    );
}

function refuseIn(files: readonly string[], home: string): void {
    const planted = secretsOf(home);
    for (const file of files) refuse(file, contentOf(file), planted);
}

function refuse(place: string, text: string, planted: ReadonlyMap<string, string>): void {
    expect(secretsIn(text, planted), place).to.deep.equal([]);
}

function filesBelow(folder: string): string[] {
    return entriesOf(folder).flatMap((entry) => {
        const file = path.join(folder, entry.name);
        if (entry.isDirectory()) return filesBelow(file);
        return entry.isFile() ? [file] : [];
    });
}

function entriesOf(folder: string): Dirent[] {
    return unlessGone(() => readdirSync(folder, { withFileTypes: true })) ?? [];
}

function contentOf(file: string): string {
    return unlessGone(() => readFileSync(file, "utf8")) ?? "";
}

/** Pods end, and states are written anew, while they are looked at. */
function unlessGone<T>(read: () => T): T | undefined {
    try {
        return read();
    } catch (error) {
        if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
        throw error;
    }
}
