/** Steps as Pulumi's engine tells them, in the words of all hosts. */
import { diffProperties } from "../../embedded/host/engine/diff";
import type { Values } from "../../embedded/host/state/values";
import type { Outcome } from "../interface/host";
import { type HostCommand, NO_STEPS, type Step, type StepKind } from "../interface/steps";

/** Pulumi's words for steps, in those of the embedded host; steps that are none of their own are left out. */
const KINDS: Readonly<Record<string, StepKind>> = {
    create: "create",
    update: "update",
    replace: "replace",
    delete: "delete",
    discard: "delete",
    read: "read",
    refresh: "refresh",
    same: "same",
};

/** The part of the SDK's `StepEventMetadata` that is used. */
export interface StepMetadata {
    readonly op: string;
    readonly urn: string;
    readonly type: string;
    readonly keys?: readonly string[] | null;
    readonly diffs?: readonly string[] | null;
    readonly detailedDiff?: Readonly<Record<string, { readonly diffKind: string }>> | null;
    readonly old?: StepState | null;
    readonly new?: StepState | null;
}

interface StepState {
    /** Secrets stand in it as `[secret]`. */
    readonly inputs?: Values | null;
}

export function outcome(command: HostCommand, metadata: readonly StepMetadata[], seconds: number): Outcome {
    const steps = metadata.flatMap(step);
    const counts = { ...NO_STEPS };
    for (const { kind } of steps) counts[kind]++;
    return { command, counts, changes: steps.filter(({ kind }) => kind !== "same" && kind !== "read"), seconds };
}

function step({ op, urn, type, keys, diffs, detailedDiff, ...states }: StepMetadata): Step[] {
    const kind = KINDS[op];
    if (kind === undefined) return [];
    const detailed = Object.entries(detailedDiff ?? {});
    const paths = detailed.length > 0 ? detailed : (diffs ?? []).map((path) => [path, { diffKind: "update" }] as const);
    const compared = diffProperties(states.old?.inputs ?? {}, states.new?.inputs ?? {});
    const valuesAt = new Map(compared.map((change) => [change.path, change]));
    const changes = paths.map(([path, { diffKind }]) => ({
        ...valuesAt.get(path),
        path,
        kind: diffKind.startsWith("add")
            ? ("add" as const)
            : diffKind.startsWith("delete")
              ? ("delete" as const)
              : ("update" as const),
        replaces: diffKind.endsWith("replace") || keys?.includes(path.split(/[.[]/)[0] ?? path) === true,
    }));
    return [{ urn, type, name: urn.split("::").at(-1) ?? urn, kind, changes }];
}
