/** Finds keys, tokens and passphrases in what a mesh prints and leaves behind. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
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
    const passphrase = path.join(home, "passphrase");
    if (existsSync(passphrase)) secrets.set(readFileSync(passphrase, "utf8").trim(), "the passphrase");
    for (const file of filesBelow(path.join(home, "kubeconfigs"))) {
        const [, key] = /client-key-data: (\S+)/.exec(readFileSync(file, "utf8")) ?? [];
        if (key !== undefined) secrets.set(key, "an administrator's key");
    }
    return secrets;
}

/** @throws AssertionError that names the place and the kind, and never the secret. */
export function refuseSecrets(place: string, text: string, home: string): void {
    expect(secretsIn(text, secretsOf(home)), place).to.deep.equal([]);
}

/** Looks into all files of a folder. */
export function refuseSecretsBelow(folder: string, home: string): void {
    for (const file of filesBelow(folder)) refuseSecrets(file, readFileSync(file, "utf8"), home);
}

/** Looks into the states of a home, and into the files of its folder that a command wrote. @param since When it began. */
export function refuseSecretFiles(folder: string, home: string, since: number): void {
    const beside = readdirSync(folder, { withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map(({ name }) => path.join(folder, name))
        .filter((file) => statSync(file).mtimeMs > since);
    for (const file of beside) refuseSecrets(file, readFileSync(file, "utf8"), home);
    refuseSecretsBelow(path.join(home, "stacks"), home);
}

/** Looks into the logs of a home's clusters: of their components, and of all pods. */
export function refuseSecretLogs(home: string): void {
    const { data } = homePaths(home);
    const clusters = existsSync(data) ? readdirSync(data, { withFileTypes: true }) : [];
    for (const { name } of clusters.filter((entry) => entry.isDirectory())) {
        refuseSecretsBelow(path.join(data, name, "logs"), home);
    }
}

function filesBelow(folder: string): string[] {
    if (!existsSync(folder)) return [];
    return readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map(({ parentPath, name }) => path.join(parentPath, name));
}
