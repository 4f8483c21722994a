/** The form of a check: it looks at the mesh, then judges what it saw. Judging is pure, so that tests can replay answers. */
import type { Mesh } from "./mesh";
import type { MeshView } from "./observe";
import { ObservationError } from "./observe/connection";
import { withoutCluster } from "./observe/without";

/** Order of the groups is the order of a report: each rests on the ones before it. */
export const GROUPS = ["clusters", "trust", "control plane", "discovery", "gateways", "data plane", "policy"] as const;
export type Group = (typeof GROUPS)[number];

/** Order of checks in a report. */
export function byGroup(one: { readonly group: Group }, other: { readonly group: Group }): number {
    return GROUPS.indexOf(one.group) - GROUPS.indexOf(other.group);
}

/** One thing that a check looked at, in words. It holds unless it has a cause. */
export interface Part {
    /** What was seen, beginning with the cluster it was seen in. */
    readonly seen: string;
    /** Likely cause, when what was seen is not what should be. */
    readonly cause?: string;
    /** What to do about the cause. Present with it. */
    readonly fix?: string;
    /** Set where nothing is wrong yet, and will be. */
    readonly warns?: true;
}

/**
 * `fail`: the mesh is not as it should be. `warning`: it is, but not for long. `error`: the check could not be made. `skipped`: it
 * does not apply here.
 */
export type Result = "pass" | "warning" | "fail" | "skipped" | "error";

export interface Finding {
    readonly result: Result;
    /** What was seen, one line a thing. For `skipped` and `error`: the reason. */
    readonly seen: readonly string[];
    /** Every distinct cause, one a line. */
    readonly cause?: string;
    readonly fix?: string;
    /** What was seen, one by one; absent for `skipped`, and where nothing could be seen. */
    readonly parts?: readonly JudgedPart[];
}

/** One thing that a check looked at, with its own cause and fix where it is not as it should be. */
export interface JudgedPart extends Omit<Part, "warns"> {
    /** Names of the clusters it was seen in, the client's first. */
    readonly clusters: readonly string[];
    readonly result: Exclude<Result, "skipped">;
}

/** One cell of the matrix of who reaches whom, as reports show it. */
export interface Cell {
    readonly from: string;
    readonly to: string;
    readonly result: "pass" | "fail";
    /** Cluster that answered, as the answer names it; absent when no server of the probe did. */
    readonly answeredBy?: string;
    /** SPIFFE identity of the client, as the server's sidecar verified it; absent without mutual TLS. */
    readonly peer?: string;
    /** What came back, where no server of the probe answered. */
    readonly seen?: string;
}

/** One cell of the matrix of who may call which listed service. */
export interface CallCell {
    /** `namespace/name` of the service account. */
    readonly account: string;
    readonly from: string;
    /** `name.namespace` */
    readonly service: string;
    readonly to: string;
    /** Whether the list lets the account in. */
    readonly mayCall: boolean;
    /** It was let in, whatever the app then said, or refused by a policy, or neither. */
    readonly answer: "let in" | "refused" | "no answer";
}

/** Whether what an account got is what the list says. */
export function isAsListed({ mayCall, answer }: Pick<CallCell, "mayCall" | "answer">): boolean {
    return answer === (mayCall ? "let in" : "refused");
}

export interface Check {
    /** Stable kebab-case name; its page is `docs/checks/<id>.md`. */
    readonly id: string;
    readonly group: Group;
    /** The sentence that holds when the check passes. */
    readonly proves: string;
    /** @throws Whatever kept it from looking. */
    run(view: MeshView): Promise<Finding>;
}

export interface CheckDefinition<Observed> {
    readonly id: string;
    readonly group: Group;
    readonly proves: string;
    /** Why the check does not apply to this mesh; undefined when it does. */
    skip?(mesh: Mesh): string | undefined;
    observe(view: MeshView): Promise<Observed>;
    judge(observed: Observed, mesh: Mesh): readonly Part[];
}

/** A check that can also judge recorded observations. */
export type DefinedCheck<Observed> = Check & Pick<CheckDefinition<Observed>, "judge">;

export function defineCheck<Observed>(definition: CheckDefinition<Observed>): DefinedCheck<Observed> {
    const { id, group, proves } = definition;
    return {
        id,
        group,
        proves,
        judge: (observed, mesh) => definition.judge(observed, mesh),
        async run(view) {
            const reason = definition.skip?.(view.mesh);
            return reason === undefined ? look(definition, view, [], view.mesh) : { result: "skipped", seen: [reason] };
        },
    };
}

/**
 * Looks at all clusters that let it, so that one that does not takes nothing of the others with it.
 * @param unseen Why, of those. @param whole The mesh with them.
 */
async function look<Observed>(
    definition: CheckDefinition<Observed>,
    view: MeshView,
    unseen: readonly string[],
    whole: Mesh,
): Promise<Finding> {
    const { mesh } = view;
    let parts: readonly Part[];
    try {
        // What is left may be nothing to look at.
        parts = definition.skip?.(mesh) === undefined ? definition.judge(await definition.observe(view), mesh) : [];
    } catch (error) {
        if (!(error instanceof ObservationError) || error.cluster === undefined) throw error;
        const rest = withoutCluster(view, error.cluster);
        if (rest === undefined) throw error;
        return look(definition, rest, [...unseen, error.message], whole);
    }
    const finding = conclude(parts, mesh);
    if (unseen.length === 0) return finding;
    const blind = unseen.map((seen) => ({
        clusters: clustersIn({ seen }, whole),
        result: "error" as const,
        seen,
        ...UNSEEN,
    }));
    const all = { ...finding, seen: [...finding.seen, ...unseen], parts: [...(finding.parts ?? []), ...blind] };
    return finding.result === "fail" ? all : { ...all, result: "error", ...UNSEEN };
}

/** What to do where a check could not be made. */
export const LOOK_FIRST = "See clusters-ready first; then the rights of the kubeconfig (pods and pods/portforward).";

const UNSEEN = {
    cause: "The check could not be made in all clusters, and says nothing about those that it names last.",
    fix: LOOK_FIRST,
};

/** Fails when any part has a cause, or warns when all that have one do; says every distinct cause and fix once. @param mesh Whose clusters the parts name. */
export function conclude(parts: readonly Part[], mesh: Pick<Mesh, "clusters"> = { clusters: [] }): Finding {
    const judged = parts.map(({ warns, ...part }): JudgedPart => {
        const result = part.cause === undefined ? "pass" : warns ? "warning" : "fail";
        return { clusters: clustersIn(part, mesh), result, ...part };
    });
    const seen = parts.map((part) => part.seen);
    const results = judged.map((part) => part.result);
    const result = results.includes("fail") ? "fail" : results.includes("warning") ? "warning" : "pass";
    if (result === "pass") return { result, seen, parts: judged };
    const [causes, fixes] = [distinct(parts.map(({ cause }) => cause)), distinct(parts.map(({ fix }) => fix))];
    return { result, seen, cause: causes.join("\n"), fix: fixes.join("\n"), parts: judged };
}

/** The clusters that the words of a part begin with: `west → east: 503`. */
function clustersIn({ seen }: Pick<Part, "seen">, { clusters }: Pick<Mesh, "clusters">): string[] {
    const [where = ""] = seen.split(": ");
    const words = where.split(" ");
    return words.filter((word) => clusters.some(({ name }) => name === word));
}

/** A cause, and what to do about it. */
export type Explanation = Readonly<Record<"cause" | "fix", string>>;

/** Every distinct cause of a finding with its own fix. */
export function explanationsOf({ parts = [], cause, fix = "" }: Finding): Explanation[] {
    const found = parts.flatMap((part) =>
        part.cause === undefined ? [] : [{ cause: part.cause, fix: part.fix ?? "" }],
    );
    if (found.length === 0) return cause === undefined ? [] : [{ cause, fix }];
    return [...new Map(found.map((each) => [`${each.cause}\n${each.fix}`, each])).values()];
}

function distinct(values: readonly (string | undefined)[]): string[] {
    return [...new Set(values.filter((value) => value !== undefined))];
}
