import type { StepKind } from "../hosts/interface/steps";
import type { Outcome } from "../hosts/interface/host";

const DONE: Readonly<Record<StepKind, string>> = {
    create: "created",
    update: "updated",
    replace: "replaced",
    delete: "deleted",
    read: "read",
    refresh: "refreshed",
    same: "unchanged",
};

/** `2 to create, 1 to update, 31 unchanged in 2.1 s` of a preview; `2 created, …` of everything else. */
export function summaryText({ command, counts, seconds }: Outcome): string {
    const kinds: readonly StepKind[] = ["create", "update", "replace", "delete", "refresh", "same"];
    const words = kinds
        .filter((kind) => counts[kind] > 0)
        .map((kind) => `${counts[kind]} ${command === "preview" && kind !== "same" ? `to ${kind}` : DONE[kind]}`);
    return `${words.join(", ") || "nothing to do"} in ${seconds.toFixed(1)} s`;
}
