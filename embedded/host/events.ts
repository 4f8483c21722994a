/** What a run tells its caller while it goes, and at its end. Every text is free of secrets. */
import type { HostCommand, Step, StepKind } from "../../hosts/interface/steps";
import type { Json } from "./providers/provider";

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
    readonly command: HostCommand;
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
