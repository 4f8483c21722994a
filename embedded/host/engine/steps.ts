/** Runs steps: limited in number, timed, reported, and ended in good order when one fails or the user interrupts. */
import pLimit from "p-limit";
import { ProblemsError } from "../../../shared/problems";
import { NO_STEPS, type Step, type StepKind } from "../../../hosts/interface/steps";
import type { EventSink, Severity } from "../events";
import { NotReadyError, type Operation } from "../providers/provider";
import type { Redactor } from "./redactor";
import { secretOutputs } from "../state/stackReference";
import type { Values } from "../state/values";

/** The run is ending: no new step begins. */
export class StoppedError extends Error {
    public constructor() {
        super("the run is ending");
        this.name = "StoppedError";
    }
}

export interface StepsOptions {
    readonly preview: boolean;
    /** How many steps run at once. */
    readonly parallel: number;
    readonly workingDirectory: string;
    readonly redactor: Redactor;
    readonly events: EventSink;
    /** Aborted when the user wants running steps ended as well. */
    readonly abort: AbortSignal;
}

export class Steps {
    public readonly counts: Record<StepKind, number> = { ...NO_STEPS };
    public readonly changes: Step[] = [];
    /** URNs of resources that an earlier run was cut off in creating. */
    public readonly interrupted = new Set<string>();
    public readonly errors: string[] = [];
    readonly #limit: <T>(work: () => Promise<T>) => Promise<T>;
    readonly #running = new Set<Promise<unknown>>();
    readonly #stop = new AbortController();

    public constructor(public readonly options: StepsOptions) {
        this.#limit = pLimit(options.parallel);
    }

    /** Aborted as soon as no new step may begin. */
    public get stopping(): AbortSignal {
        return this.#stop.signal;
    }

    public get preview(): boolean {
        return this.options.preview;
    }

    public stop(): void {
        this.#stop.abort();
    }

    /** Keeps the secrets inside these values out of everything that is said from now on. */
    public learn(...all: readonly Values[]): void {
        for (const values of all) {
            // `__inputs` is secret as a whole as soon as one input is: names and kinds in it are no secrets.
            const own = Object.entries(values).filter(([key]) => key !== "__inputs");
            this.options.redactor.learn(secretOutputs(values) ?? Object.fromEntries(own));
        }
    }

    /** Says something; an error makes the run fail, without ending it. */
    public log(severity: Severity, text: string, urn = ""): void {
        const message = this.#redact(text);
        if (severity === "error") this.errors.push(message);
        this.options.events({ event: "diagnostic", severity, message, urn });
    }

    /** Passes on a line that the program printed. */
    public output(line: string): void {
        this.options.events({ event: "output", line: this.#redact(line) });
    }

    /** Says why the run failed, and ends it. */
    public fail(message: string, urn = ""): void {
        this.log("error", message, urn);
        this.stop();
    }

    #redact(text: string): string {
        return this.options.redactor.redact(text);
    }

    /** Waits for its turn; work that has begun is waited for even when the run is ending. */
    public async turn<T>(work: () => Promise<T>): Promise<T> {
        const turn = this.#limit(() => {
            this.refuseWhenStopping();
            return work();
        });
        this.#running.add(turn);
        try {
            return await turn;
        } finally {
            this.#running.delete(turn);
        }
    }

    public refuseWhenStopping(): void {
        if (this.#stop.signal.aborted) throw new StoppedError();
    }

    /** Resolves when no step runs. */
    public async idle(): Promise<void> {
        while (this.#running.size > 0) await Promise.allSettled(this.#running);
    }

    /**
     * Does the work of one step and reports it. A failure is recorded and ends the run.
     * @param counted False for a part of another step, e.g. the deletion that belongs to a replacement.
     */
    public async run<T>(step: Step, work: (operation: Operation) => Promise<T> | T, counted = true): Promise<T> {
        const { events } = this.options;
        const began = performance.now();
        const seconds = (): number => (performance.now() - began) / 1000;
        events({ event: "started", step });
        try {
            const result = await work(this.#operation(step));
            if (counted) this.#record(step);
            events({ event: "finished", step, seconds: seconds() });
            return result;
        } catch (error) {
            throw this.#failed(step, error, seconds());
        }
    }

    /** Asks a provider something that changes nothing; no step of its own, but a failure counts as the step's. */
    public async attempt<T>(step: Step, work: (operation: Operation) => Promise<T>): Promise<T> {
        try {
            return await work(this.#operation(step));
        } catch (error) {
            throw this.#failed(step, error, 0);
        }
    }

    #failed(step: Step, error: unknown, seconds: number): StoppedError {
        if (error instanceof StoppedError) return error;
        const message = this.#redact(describe(error));
        this.errors.push(`${step.kind} of ${step.type} "${step.name}" failed: ${message}`);
        this.options.events({ event: "failed", step, seconds, message });
        this.stop();
        return new StoppedError();
    }

    #record(step: Step): void {
        this.counts[step.kind]++;
        if (step.kind !== "same" && step.kind !== "read") this.changes.push(step);
    }

    #operation(step: Step): Operation {
        const { preview, workingDirectory, events, abort } = this.options;
        const { urn, type, name } = step;
        const progress = (line: string): void => {
            events({ event: "waiting", step, line: this.#redact(line) });
        };
        return {
            urn,
            type,
            name,
            preview,
            interrupted: this.interrupted.has(urn),
            signal: abort,
            progress,
            workingDirectory,
        };
    }
}

/** An error in words; its stack helps nobody but us. */
export function describe(error: unknown): string {
    if (error instanceof NotReadyError) return [error.message, ...error.reasons].join("\n");
    if (error instanceof ProblemsError || error instanceof Error) return error.message;
    return String(error);
}
