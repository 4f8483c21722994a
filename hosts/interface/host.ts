/** What can run the program: Pulumi itself, or the embedded host. Both say what they did in the same words. */
import type { HostCommand, Step, StepKind } from "./steps";
import type { StateResource } from "./deployment";

export const HOSTS = ["pulumi", "embedded"] as const;
export type HostName = (typeof HOSTS)[number];

/** What a command did to one stack; of a preview, what `up` would do. */
export interface Outcome {
    readonly command: HostCommand;
    readonly counts: Readonly<Record<StepKind, number>>;
    /** Every step that changes something. */
    readonly changes: readonly Step[];
    readonly seconds: number;
}

/** Where a host works. */
export interface HostPlace {
    /** Folder with Pulumi.yaml. */
    readonly folder: string;
    /** Folder of local state: checkpoints, kubeconfigs, the passphrase. */
    readonly home: string;
}

/** What a person may choose for one run. */
export interface RunChoices {
    /** Forget what is to be deleted in a cluster that does not answer, since it is gone for good. Default false. */
    readonly unreachable?: boolean;
}

/** A change of a stack, as a host remembers it. */
export interface Update {
    readonly began: Date;
    readonly ended: Date;
    readonly by: {
        /** Absent where the backend does not count updates, as one of files. */
        readonly number?: number;
        /** Author of the commit that was checked out. */
        readonly author?: string;
        /** Its hash. */
        readonly commit?: string;
        /** URL of the run of a CI system. */
        readonly build?: string;
    };
}

export interface Host {
    readonly name: HostName;
    /** Makes a stack known, so that others can refer to it before it is up. */
    create(stack: string): Promise<void>;
    /**
     * Runs one command over one stack.
     *
     * @param write Gets every line that a person should see.
     * @param options What to do about clusters that do not answer.
     * @throws CommandError when it failed or was interrupted; ProblemsError for a mistake found before it began.
     */
    run(command: HostCommand, stack: string, write: (line: string) => void, options?: RunChoices): Promise<Outcome>;
    /** The changes of a stack, the newest first; none where the host remembers none. */
    updates(stack: string): Promise<Update[]>;
    /** Names of the project's stacks that have resources. */
    stacks(): Promise<string[]>;
    /** Whether a stack can be read while another command writes it: then stacks that read each other run side by side. */
    readsWhileOthersWrite(): Promise<boolean>;
    /**
     * The stack's outputs; a secret is `[secret]` unless asked for.
     * @throws ProblemsError for a stack that this host does not know.
     */
    outputs(stack: string, options: { readonly showSecrets: boolean }): Promise<Readonly<Record<string, unknown>>>;
    /** The stack's resources with secrets in clear; empty for one that was never up. */
    state(stack: string): Promise<StateResource[]>;
    /**
     * The stack's state as `pulumi stack export` writes it; secrets stay encrypted unless asked for.
     * @throws ProblemsError for a stack that this host does not know.
     */
    exportState(stack: string, options: { readonly showSecrets: boolean }): Promise<string>;
    /**
     * Makes what `pulumi stack export` wrote, on either host, the state of a stack.
     * @throws ProblemsError for a stack that has resources, and for a text that this host cannot open.
     */
    importState(stack: string, text: string): Promise<void>;
}
