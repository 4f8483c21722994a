/** `mesh status`: what is there, who waits for whom, and until when certificates last. From states alone. */
import Table from "cli-table3";
import { X509Certificate } from "node:crypto";
import { z } from "zod";
import { outputsOf, type StateResource } from "../../hosts/interface/deployment";
import { hostFor } from "../../hosts";
import type { HostName } from "../../hosts/interface/host";
import { hasControlPlane, type Missing, partialOutputs } from "../../shared/outputs";
import { type Generations, stepOf } from "../../shared/rotation";
import type { Session } from "../session";
import type { StackFacts } from "../../hosts/interface/stackFacts";
import { readStacks } from "../stacks/together";

const DAY = 86_400_000;

const renewals = z.object({ certPem: z.string(), earlyRenewalHours: z.number() });

/** A certificate of the mesh, and until when it lasts. */
interface Expiry {
    readonly validUntil: string;
    readonly daysLeft: number;
    /** From then on, an `up` of the root's stack renews it; absent where that stack was not asked about. */
    readonly renewedFrom?: string;
}

export interface ClusterStatus {
    readonly cluster: string;
    /** `complete`: control plane and gateway are there. `waiting`: for what another stack gives. `leaving`: no other cluster discovers it. */
    readonly state: "absent" | "waiting" | "complete" | "leaving";
    readonly certificate?: Expiry;
}

export interface StackStatus {
    readonly stack: string;
    readonly isUp: boolean;
    /** Of the root that signs; of the stack that owns it. */
    readonly root?: Expiry;
    /** Generations of the root that the mesh trusts, the one that signs first; of the same stack. Two while it is rotated. */
    readonly roots?: Generations;
    /** Generations of the tokens that the stack's clusters accept of their peers, the one that those have first. */
    readonly readerTokens?: Generations;
    readonly clusters: readonly ClusterStatus[];
    readonly missing: readonly Missing[];
}

/** Prints a table, or `{"stacks": [{"stack", "isUp", "root", "roots", "readerTokens", "clusters", "missing"}]}`. */
export async function status(
    session: Session,
    stacks: readonly string[],
    { host: asked, output }: { readonly host?: HostName; readonly output: "table" | "json" },
): Promise<void> {
    const facts = await readStacks(session, stacks);
    const host = await hostFor(session, stacks, asked);
    const states = new Map(await Promise.all(stacks.map(async (stack) => [stack, await host.state(stack)] as const)));
    const rows = statusOf(facts, states, new Date());
    session.terminal.result(output === "json" ? `${JSON.stringify({ stacks: rows }, undefined, 2)}\n` : table(rows));
}

/** @param states The stacks' resources, by stack. */
export function statusOf(
    facts: ReadonlyMap<string, StackFacts>,
    states: ReadonlyMap<string, readonly StateResource[]>,
    now: Date,
): StackStatus[] {
    const renewal = renewalHours([...states.values()].flat());
    const expiry = (pem: string): Expiry => {
        // Of several roots, the one that signs comes first.
        const { validTo, fingerprint256 } = new X509Certificate(pem);
        const end = new Date(validTo);
        const hours = renewal.get(fingerprint256);
        return {
            validUntil: end.toISOString(),
            daysLeft: Math.floor((end.getTime() - now.getTime()) / DAY),
            ...(hours === undefined ? {} : { renewedFrom: new Date(end.getTime() - hours * 3_600_000).toISOString() }),
        };
    };
    return [...facts].map(([stack, { clusters, ownsRoot, topology }]) => {
        const leaving = topology.flatMap((each) => (each.leaving === true ? [each.name] : []));
        const outputs = outputsOf(states.get(stack) ?? []);
        const {
            clusters: made = {},
            externals = {},
            rootCertificate,
            roots,
            readerTokens,
            missing = [],
        } = partialOutputs.parse(outputs);
        return {
            stack,
            isUp: Object.keys(outputs).length > 0,
            ...(ownsRoot && rootCertificate !== undefined ? { root: expiry(rootCertificate) } : {}),
            ...(roots === undefined ? {} : { roots }),
            ...(readerTokens === undefined ? {} : { readerTokens }),
            clusters: clusters.map((cluster) => {
                const found = made[cluster];
                // One outside of the mesh is no member, and stands in outputs of its own.
                const isThere = found === undefined ? cluster in externals : hasControlPlane(found, missing);
                const whole = leaving.includes(cluster) ? "leaving" : "complete";
                const state = isThere ? whole : found === undefined ? "absent" : "waiting";
                const certificate = found?.certificate;
                return { cluster, state, ...(certificate === undefined ? {} : { certificate: expiry(certificate) }) };
            }),
            missing,
        };
    });
}

/** How long before their ends certificates are renewed, by their fingerprints: the stack that signs them knows. */
function renewalHours(resources: readonly StateResource[]): ReadonlyMap<string, number> {
    return new Map(
        resources.flatMap(({ outputs }) => {
            const { data } = renewals.safeParse(outputs);
            return data === undefined
                ? []
                : [[new X509Certificate(data.certPem).fingerprint256, data.earlyRenewalHours] as const];
        }),
    );
}

function table(rows: readonly StackStatus[]): string {
    const lines = new Table({
        head: ["stack", "part", "state", "certificate valid until", "renewed by an up from"],
        style: { head: [], border: [] },
    });
    for (const { stack, isUp, root, roots = [], clusters } of rows) {
        if (root !== undefined || clusters.length === 0) {
            const state = roots.length > 1 ? `rotating: ${stepOf("roots", roots)}` : isUp ? "complete" : "absent";
            lines.push([stack, "root CA", state, ...dates(root)]);
        }
        for (const { cluster, state, certificate } of clusters) {
            lines.push([stack, `cluster ${cluster}`, state, ...dates(certificate)]);
        }
    }
    const rotating = rows.flatMap(({ stack, readerTokens = [] }) =>
        readerTokens.length > 1 ? [`${stack}: rotating: ${stepOf("readerTokens", readerTokens)}`] : [],
    );
    const waiting = rows.flatMap(({ stack, missing }) => missing.map(({ message }) => `${stack}: ${message}`));
    return `${[lines.toString(), ...rotating, ...waiting].join("\n")}\n`;
}

function dates(expiry: Expiry | undefined): [string, string] {
    if (expiry === undefined) return ["", ""];
    const { validUntil, daysLeft, renewedFrom = "" } = expiry;
    return [`${validUntil.slice(0, 10)} (${daysLeft} days)`, renewedFrom.slice(0, 10)];
}
