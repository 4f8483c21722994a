/** Options that several commands of the command line share, and what they mean together. */
import { type Command, Option } from "commander";
import { ProblemsError } from "../shared/problems";
import { PROBE_IMAGE } from "../shared/versions";
import type { CheckOptions } from "./commands/verify";
import { type HostName, HOSTS } from "../hosts/interface/host";
import type { Target } from "./target";
import { readPeers } from "./target/peers";

/** Stack of the quick start. */
export const DEFAULT_STACK = "mesh";
/** A mesh that nobody just changed is looked at again only for what a passing hiccup may be. Seconds. */
const VERIFY_PATIENCE = 5;
/** One that the probe's pods have just changed may take longer to be at rest. Seconds. */
const PROBE_PATIENCE = 20;

export interface TargetArguments {
    readonly host?: HostName;
    readonly kubeconfig?: string;
    readonly contexts?: string[];
    readonly peers?: string;
}

export interface ProbeArguments {
    readonly probe: boolean;
    readonly probeImage: string;
}

/** What a command can look at beside contexts of a kubeconfig. */
export interface Reach {
    /** Stacks of the checkout that it runs in. */
    readonly stacks: boolean;
}

/** @throws ProblemsError when both stacks and contexts are named. */
export function targetOf(
    stacks: readonly string[],
    { host, kubeconfig, contexts, peers }: TargetArguments,
    reach: Reach,
): Target {
    if (reach.stacks && kubeconfig === undefined && contexts === undefined) {
        return { stacks: stacks.length === 0 ? [DEFAULT_STACK] : stacks, ...(host === undefined ? {} : { host }) };
    }
    if (stacks.length > 0) {
        const rule = "name either stacks or contexts, not both";
        throw new ProblemsError([{ subject: "stacks", value: stacks.join(" "), rule, fix: "Leave one of them out." }]);
    }
    return {
        ...(kubeconfig === undefined ? {} : { kubeconfig }),
        ...(contexts === undefined ? {} : { contexts }),
        ...(peers === undefined ? {} : { peers: readPeers(peers) }),
    };
}

export function withProbe(command: Command): Command {
    return command
        .option("--probe", "make pods in every cluster that send requests to each other, and remove them", false)
        .addOption(
            new Option("--probe-image <image>", "image of these pods; implies --probe")
                .default(PROBE_IMAGE)
                .implies({ probe: true }),
        );
}

export function checkOptions({ probe, probeImage }: ProbeArguments): CheckOptions {
    return probe ? { patience: PROBE_PATIENCE, probeImage } : { patience: VERIFY_PATIENCE };
}

/** What runs, or has run, the program of the stacks. */
export function hostOption(): Option {
    return new Option("--host <host>", "what runs the stacks' program").choices(HOSTS);
}

export interface ResultArguments<Form extends string = string> {
    readonly output: Form;
    readonly file?: string;
}

/** In which form a command prints its result, and where; the first form is the default. */
export function withResult(command: Command, forms: readonly [string, ...string[]]): Command {
    return command
        .addOption(new Option("--output <form>", "form of the result").choices(forms).default(forms[0]))
        .option("--file <file>", "write the result to a file instead of standard output");
}

/** Which clusters a command looks at: what {@link targetOf} takes. */
export function withTarget(command: Command, reach: Reach): Command {
    if (reach.stacks) {
        command.argument("[stacks...]", `names of stacks (default: "${DEFAULT_STACK}")`).addOption(hostOption());
    }
    return command
        .option("--contexts <contexts>", "clusters of any mesh, by contexts of a kubeconfig: a,b,c", (list: string) =>
            list.split(","),
        )
        .option("--kubeconfig <file>", "kubeconfig with these contexts; without --contexts, all of its contexts")
        .option(
            "--peers <file>",
            "with --contexts: YAML file that says who discovers whom; none: whom remote Secrets name (default: each other)",
        );
}
