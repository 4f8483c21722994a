/** `mesh history`: who let whom in, and when. From states, and from what the host remembers. */
import Table from "cli-table3";
import { hostFor } from "../../hosts";
import type { StateResource } from "../../hosts/interface/deployment";
import type { HostName, Update } from "../../hosts/interface/host";
import type { Session } from "../session";
import { readStacks } from "../stacks/together";

/** Something by which a cluster is let in. */
export interface Admission {
    readonly stack: string;
    readonly kind: "peer" | "certificate" | "credential";
    /** In words, e.g. `west discovers east`. */
    readonly what: string;
    /** When it was made, ISO 8601; absent where the state does not say so. */
    readonly since?: string;
    /** When it was last changed. */
    readonly changed?: string;
    /** The update that did so; absent where the host remembers none. */
    readonly update?: Update["by"] & { readonly began: string };
}

type Rule = readonly [resource: RegExp, kind: Admission["kind"], what: (one: string, other: string) => string];

/** `<type> <name>`, with the names that the program gives. */
const RULES: readonly Rule[] = [
    [/^kubernetes:core\/v1:Secret (.+)-reads-(.+)-secret$/, "peer", (reader, peer) => `${reader} discovers ${peer}`],
    [/^tls:\S+:SelfSignedCert root-ca-(?:(\d+)-)?certificate$/, "certificate", (root) => `root ${root || "1"}`],
    [/^tls:\S+:LocallySignedCert root-ca-(.+)$/, "certificate", (cluster) => `intermediate of ${cluster}`],
    [
        /^kubernetes:core\/v1:Secret (.+)-reader-token(?:-(\d+))?$/,
        "credential",
        (cluster, generation) => `token ${generation || "1"} to read ${cluster} with`,
    ],
];

/** Prints a table, or `{"admissions": [{"stack", "kind", "what", "since", "changed", "update"}]}`. */
export async function history(
    session: Session,
    stacks: readonly string[],
    { host: asked, output }: { readonly host?: HostName; readonly output: "table" | "json" },
): Promise<void> {
    await readStacks(session, stacks);
    const host = await hostFor(session, stacks, asked);
    const found = await Promise.all(
        stacks.map(async (stack) => {
            const resources = await host.state(stack);
            return admissionsOf(stack, resources, resources.length === 0 ? [] : await host.updates(stack));
        }),
    );
    const all = found.flat();
    session.terminal.result(output === "json" ? `${JSON.stringify({ admissions: all }, undefined, 2)}\n` : table(all));
}

/** The oldest first. */
export function admissionsOf(
    stack: string,
    resources: readonly StateResource[],
    updates: readonly Update[],
): Admission[] {
    const found = resources.flatMap(({ type, name, created, modified = created }): Admission[] => {
        for (const [pattern, kind, what] of RULES) {
            const [matched, one = "", other = ""] = pattern.exec(`${type} ${name}`) ?? [];
            if (matched === undefined) continue;
            const update = modified === undefined ? undefined : updateAt(new Date(modified), updates);
            return [
                {
                    ...{ stack, kind, what: what(one, other) },
                    ...(created === undefined ? {} : { since: created }),
                    ...(modified === undefined ? {} : { changed: modified }),
                    ...(update && { update }),
                },
            ];
        }
        return [];
    });
    return found.sort((one, next) => (one.changed ?? "").localeCompare(next.changed ?? ""));
}

function updateAt(time: Date, updates: readonly Update[]): Admission["update"] {
    // Histories have whole seconds.
    const found = updates.find(
        ({ began, ended }) => began.getTime() <= time.getTime() && time.getTime() < ended.getTime() + 1000,
    );
    return found && { began: found.began.toISOString(), ...found.by };
}

function table(all: readonly Admission[]): string {
    const lines = new Table({
        head: ["stack", "what", "since", "last changed", "by update", "commit"],
        style: { head: [], border: [] },
    });
    for (const { stack, what, since = "", changed = "", update } of all) {
        const by = [update?.commit?.slice(0, 8), update?.author, update?.build].filter((each) => each !== undefined);
        lines.push([
            stack,
            what,
            time(since),
            changed === since ? "" : time(changed),
            update?.number ?? time(update?.began ?? ""),
            by.join(" "),
        ]);
    }
    return `${lines.toString()}\n`;
}

function time(text: string): string {
    return text.replace("T", " ").replace(/\..*/, "");
}
