/**
 * What the embedded host asks of a resource provider: the part of Pulumi's provider protocol
 * (https://www.pulumi.com/docs/iac/concepts/providers/) that this project's resources need, with plain JSON values.
 * Secrets reach a provider unwrapped; the host marks as secret every output whose input was secret, those named
 * in `secretOutputs`, and `__inputs` (the copy of the inputs in Kubernetes outputs) as soon as one input is secret.
 */
import type { Progress } from "../../../shared/progress";
import type { Json, Properties } from "../../apiServer/json";

export type { Json, Properties };

/** Stands for a value that a preview cannot know yet; Pulumi's wire constant for an unknown string. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** One resource package, e.g. `kubernetes`. The host configures one {@link Provider} a provider resource. */
export interface ProviderPackage {
    /** First part of its type tokens: `kubernetes` in `kubernetes:core/v1:Secret`. */
    readonly name: string;
    /** Version of the Pulumi provider whose state it writes, e.g. `4.25.0`. */
    readonly version: string;
    /** Fills defaults of a provider resource's inputs. Throws ProblemsError for what it does not know. */
    checkConfig(inputs: Properties): Properties;
    /** Compares a provider resource's checked inputs with its former ones. */
    diffConfig(olds: Properties, news: Properties): Diff;
    /** Makes the provider; called once a provider resource and run. Inputs may hold UNKNOWN in a preview. */
    configure(inputs: Properties): Provider;
}

export interface Provider {
    /** Whether it serves this type token; the host refuses the others by name before anything changes. */
    serves(type: string): boolean;
    /** Validates inputs and fills defaults. Throws ProblemsError with every problem. `olds`: former checked inputs. */
    check(operation: Operation, olds: Properties | undefined, news: Properties): Promise<Properties>;
    /** Top-level inputs that are secret whatever the program says, as a Secret's `data` made of its `stringData`. */
    secretInputs?(type: string): readonly string[];
    /** Compares checked inputs with the recorded resource. Touches no cluster. */
    diff(operation: Operation, old: ResourceState, news: Properties): Promise<Diff>;
    /** Creates the resource and waits until it is ready. In a preview: outputs with UNKNOWN where not known, id "". */
    create(operation: Operation, inputs: Properties): Promise<Result>;
    /** Changes it in place and waits until it is ready. In a preview: the planned outputs. */
    update(operation: Operation, old: ResourceState, news: Properties): Promise<Result>;
    /**
     * Called in an up, never in a preview, where nothing differs: repairs what died since, as a cluster's processes.
     * Gives the new outputs where they changed.
     */
    ensure?(operation: Operation, old: ResourceState): Promise<Result | undefined>;
    /** Reads what is there; undefined where it is gone. `old` is absent in a `.get`. */
    read(operation: Operation, id: string, old: ResourceState | undefined): Promise<ReadResult | undefined>;
    /** Removes it and waits until it is gone; what is already gone is no error. */
    delete(operation: Operation, old: ResourceState): Promise<void>;
}

/** What an operation is about, and the means to do it. */
export interface Operation {
    readonly urn: string;
    readonly type: string;
    readonly name: string;
    readonly preview: boolean;
    /**
     * The last run ended while it created this resource, so that `create` may find its own work: it takes that over
     * instead of refusing what already exists.
     */
    readonly interrupted: boolean;
    /** Aborted when the user ends the run the hard way; ends every wait. */
    readonly signal: AbortSignal;
    /** Says what the operation waits for, and the last thing it saw. */
    readonly progress: Progress;
    /** Folder of Pulumi.yaml's program: relative paths resolve here. */
    readonly workingDirectory: string;
}

/** A resource as the state records it. */
export interface ResourceState {
    readonly id: string;
    readonly inputs: Properties;
    readonly outputs: Properties;
}

export interface Result {
    readonly id: string;
    readonly outputs: Properties;
    /** Names of top-level outputs that are secret whatever their inputs were. */
    readonly secretOutputs?: readonly string[];
}

export interface ReadResult extends Result {
    readonly inputs: Properties;
}

export interface Diff {
    /** Top-level input names that differ; empty for no change. */
    readonly changed: readonly string[];
    /** Those of `changed` that need a new resource. */
    readonly replace: readonly string[];
    /** Delete the old resource before its replacement is made, since both would have one name. */
    readonly deleteBeforeReplace: boolean;
}

/** The resource exists but never became ready: the host records it, reports the reasons, and updates it next time. */
export class NotReadyError extends Error {
    public constructor(
        message: string,
        public readonly result: Result,
        public readonly reasons: readonly string[],
    ) {
        super(message);
        this.name = "NotReadyError";
    }
}
