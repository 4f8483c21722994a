/** `mesh ca`: certificates of a root that is kept offline. What leaves a stack are requests, what comes in is checked. */
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { z } from "zod";
import { hostFor } from "../../hosts";
import { outputsOf, type StateResource } from "../../hosts/interface/deployment";
import type { HostName } from "../../hosts/interface/host";
import { type GivenIntermediates, givenIntermediatesProblems } from "../../program/config/givenIntermediates";
import { CommandError, EXIT } from "../../shared/exit";
import { partialOutputs } from "../../shared/outputs";
import { certificatesIn } from "../../shared/pem";
import { type Problem, ProblemsError } from "../../shared/problems";
import { refusal } from "../ca/throwAway";
import type { Session } from "../session";
import { writeSetting } from "../stacks/settings";
import { readStacks } from "../stacks/together";

/** Writes the certificate request of each cluster of a stack to `<folder>/<cluster>.csr`. */
export async function writeRequests(
    session: Session,
    stack: string,
    { host, folder }: { readonly host?: HostName; readonly folder: string },
): Promise<void> {
    const { requests = {} } = partialOutputs.parse(outputsOf(await stateOf(session, stack, host)));
    if (Object.keys(requests).length === 0) {
        throw new CommandError(
            `stack ${stack} has no requests: \`up ${stack}\` makes them, unless it owns the root`,
            EXIT.mistake,
        );
    }
    for (const [cluster, request] of Object.entries(requests)) {
        const file = path.join(folder, `${cluster}.csr`);
        await writeFile(file, request);
        session.terminal.progress(`Wrote ${file}: \`openssl req -in ${file} -noout -text\` shows it.`);
    }
}

export interface ImportOptions {
    readonly host?: HostName;
    readonly stack: string;
    /** File with the root's certificate; of several roots, the one that signs first. */
    readonly root?: string;
}

/**
 * Takes what an offline root has signed into a stack's file, after it was tried out.
 * @param files Certificates, PEM, each followed by what is between it and the root.
 * @throws ProblemsError with everything that is wrong; nothing was written.
 */
export async function importCertificates(
    session: Session,
    files: readonly string[],
    { host, stack, root: rootFile }: ImportOptions,
): Promise<void> {
    const facts = (await readStacks(session, [stack])).get(stack)?.givenIntermediates;
    if (facts?.value === undefined) {
        const rule = "the stack does not say that an offline root signs its clusters";
        const fix = `Write \`givenIntermediates: {}\` into the configuration of Pulumi.${stack}.yaml, and remove \`ownsRoot\`.`;
        throw new ProblemsError([{ subject: `stack ${stack}`, rule, fix }]);
    }
    const resources = await stateOf(session, stack, host);
    const keys = keysIn(resources);
    const root = rootFile === undefined ? facts.value.root : await readFile(rootFile, "utf8");
    const certificates = { ...facts.value.certificates };
    const problems: Problem[] = [];
    for (const file of files) {
        const pem = certificatesIn(await readFile(file, "utf8")).join("\n");
        const cluster = clusterOf(pem, keys);
        if (typeof cluster === "string") certificates[cluster] = `${pem}\n`;
        else problems.push({ ...cluster, subject: file });
    }
    const given = { ...(root === undefined ? {} : { root }), certificates };
    problems.push(...givenIntermediatesProblems(given, new Date()));
    if (problems.length === 0) problems.push(...(await triedOut(given, keys)));
    if (problems.length > 0) throw new ProblemsError(problems);
    await writeSetting(session.folder, stack, facts.key, given);
    const names = Object.keys(certificates).join(", ");
    session.terminal.progress(
        `Wrote the root and the certificates of ${names} into Pulumi.${stack}.yaml: run \`up ${stack}\`.`,
    );
}

async function stateOf(session: Session, stack: string, asked: HostName | undefined): Promise<StateResource[]> {
    return (await hostFor(session, [stack], asked)).state(stack);
}

const keyOutputs = z.object({ privateKeyPem: z.string() });

/** Private keys of the stack's intermediates, by cluster. Secret. */
function keysIn(resources: readonly StateResource[]): ReadonlyMap<string, string> {
    const made = resources.filter(({ type }) => type === "tls:index/privateKey:PrivateKey");
    return new Map(
        made.flatMap(({ name, outputs }) => {
            const [, cluster] = /^(.+)-ca-key$/.exec(name) ?? [];
            const { data } = keyOutputs.safeParse(outputs);
            return cluster === undefined || data === undefined ? [] : [[cluster, data.privateKeyPem] as const];
        }),
    );
}

/** The cluster whose key a certificate certifies. */
function clusterOf(pem: string, keys: ReadonlyMap<string, string>): string | Omit<Problem, "subject"> {
    let certificate: X509Certificate;
    try {
        certificate = new X509Certificate(pem);
    } catch {
        return { rule: "this is not a certificate in PEM", fix: "Name the file that the root's owner gave back." };
    }
    const [found] = [...keys].filter(([, key]) => certificate.checkPrivateKey(createPrivateKey(key)));
    return (
        found?.[0] ?? {
            rule: `this certificate is for none of the stack's keys (${[...keys.keys()].sort().join(", ") || "it has none"})`,
            fix: "Have the requests signed that `mesh ca csr` writes; each `destroy` and `up` makes new keys.",
        }
    );
}

/** What a throw-away leaf of each intermediate meets. */
async function triedOut({ root = "", certificates }: GivenIntermediates, keys: ReadonlyMap<string, string>) {
    const tried = await Promise.all(
        Object.entries(certificates).map(async ([cluster, chain]): Promise<Problem[]> => {
            const privateKey = keys.get(cluster);
            const refused = privateKey && (await refusal({ chain, privateKey, roots: root }));
            return refused === undefined
                ? []
                : [
                      {
                          subject: `certificate of cluster ${cluster}`,
                          rule: `TLS clients that trust the root refuse what it signs: ${refused}`,
                          fix: "Have it signed again, with CA:true, keyCertSign and the path lengths that its chain needs.",
                      },
                  ];
        }),
    );
    return tried.flat();
}
