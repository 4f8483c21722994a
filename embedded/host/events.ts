/** What a run tells its caller while it goes, and at its end. Every text is free of secrets. */
import type { PropertyChange } from "./engine/diff";
import type { Json } from "./providers/provider";

export type Command = "up" | "preview" | "destroy" | "refresh";

/** What is done to one resource; in a preview, what would be done. */
export type StepKind = "create" | "update" | "replace" | "delete" | "read" | "refresh" | "same";

export interface Step {
    readonly urn: string;
    readonly type: string;
    readonly name: string;
    readonly kind: StepKind;
    /** Empty for a creation, a deletion and no change. */
    readonly changes: readonly PropertyChange[];
}

/** Counts of nothing. */
export const NO_STEPS: Readonly<Record<StepKind, number>> = {
    create: 0,
    update: 0,
    replace: 0,
    delete: 0,
    read: 0,
    refresh: 0,
    same: 0,
};

export type Severity = "info" | "warning" | "error";

export type HostEvent =
    | { readonly event: "started"; readonly step: Step }
    /** What a running step waits for, and the last thing it saw. */
    | { readonly event: "waiting"; readonly step: Step; readonly line: string }
    | { readonly event: "finished"; readonly step: Step; readonly seconds: number }
    | { readonly event: "failed"; readonly step: Step; readonly seconds: number; readonly message: string }
    /** A message of the program, the SDK or the host; `urn` is "" where it is about no resource. */
    | { readonly event: "diagnostic"; readonly severity: Severity; readonly message: string; readonly urn: string }
    /** A line that the program printed. */
    | { readonly event: "output"; readonly line: string };

export type EventSink = (event: HostEvent) => void;

export interface Summary {
    readonly command: Command;
    readonly stack: string;
    readonly result: "succeeded" | "failed" | "interrupted";
    readonly counts: Readonly<Record<StepKind, number>>;
    /** Every step but `same` and `read`, in the order in which they ended. */
    readonly changes: readonly Step[];
    /** Why it failed; empty otherwise. */
    readonly errors: readonly string[];
    /** The stack's outputs, a secret as `[secret]`, an unknown one as `[unknown]`. */
    readonly outputs: Readonly<Record<string, Json>>;
    readonly seconds: number;
}
