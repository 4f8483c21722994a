/** The embedded host, for machines without the Pulumi CLI. */
import { readdir } from "node:fs/promises";
import path from "node:path";
import type { HostOptions, Summary } from "../../embedded/host";
import { readState, stateFilePath } from "../../embedded/host/state/stateFile";
import { type Problem, ProblemsError } from "../../shared/problems";
import { parseDeployment, type StateResource } from "../interface/deployment";
import { CommandError, EXIT } from "../../shared/exit";
import { listenForInterrupt } from "../../shared/interrupt";
import type { Toolchain } from "../../embedded/toolchain";
import { readStackFacts } from "../interface/stackFacts";
import type { Host, HostPlace, Outcome, RunChoices } from "../interface/host";
import type { HostCommand } from "../interface/steps";
import { linkCharts } from "./charts";

/** Type token of the resource that stands for the stack itself. */
const STACK_TYPE = "pulumi:pulumi:Stack";

export interface EmbeddedPlace extends HostPlace {
    /** Prepares the machine and builds what is missing, at most once. */
    readonly toolchain: () => Promise<Toolchain>;
}

export class EmbeddedHost implements Host {
    public readonly name = "embedded";

    public constructor(private readonly place: EmbeddedPlace) {}

    /** Its file, Pulumi.<stack>.yaml, makes a stack known. */
    public create(): Promise<void> {
        return Promise.resolve();
    }

    public async run(
        command: HostCommand,
        stack: string,
        write: (line: string) => void,
        { unreachable = false }: RunChoices = {},
    ): Promise<Outcome> {
        const { folder, home } = this.place;
        const [host, { providerPackages }, config] = await Promise.all([
            import("../../embedded/host/index.js"),
            import("../../embedded/host/providers/index.js"),
            this.#localConfig(stack),
        ]);
        const interrupt = listenForInterrupt(write);
        const options: HostOptions = {
            folder,
            home,
            stack,
            config,
            packages: providerPackages({ ...this.place, forgetUnreachable: unreachable }),
            events: host.display(write, { preview: command === "preview" }),
            interrupt: interrupt.stop,
            abort: interrupt.abort,
        };
        try {
            const summary = await host[command](options);
            if (summary.result === "interrupted") {
                throw new CommandError(`the ${command} was interrupted; run it again to continue`, EXIT.failed);
            }
            if (summary.result === "failed") {
                throw failure(summary);
            }
            return { ...summary, command };
        } finally {
            interrupt.dispose();
        }
    }

    /** Its states say when each resource was made and changed, and nothing of who did it. */
    public updates(): Promise<[]> {
        return Promise.resolve([]);
    }

    public async stacks(): Promise<string[]> {
        const files = await readdir(path.join(this.place.home, "stacks")).catch(() => []);
        return files.filter((file) => file.endsWith(".json")).map((file) => file.slice(0, -".json".length));
    }

    /** States are replaced as whole files. */
    public readsWhileOthersWrite(): Promise<boolean> {
        return Promise.resolve(true);
    }

    public async outputs(stack: string, options: { readonly showSecrets: boolean }) {
        const { folder, home } = this.place;
        const { stackOutputs } = await import("../../embedded/host/index.js");
        return stackOutputs({ folder, home, stack }, options);
    }

    public async state(stack: string): Promise<StateResource[]> {
        if ((await readState(stateFilePath(this.place.home, stack))) === undefined) {
            return [];
        }
        return parseDeployment(await this.exportState(stack, { showSecrets: true }));
    }

    public async exportState(stack: string, options: { readonly showSecrets: boolean }): Promise<string> {
        const { folder, home } = this.place;
        const { exportState } = await import("../../embedded/host/index.js");
        return exportState({ folder, home, stack }, options);
    }

    public async importState(stack: string, text: string): Promise<void> {
        const { folder, home } = this.place;
        const { importState } = await import("../../embedded/host/index.js");
        await importState({ folder, home, stack }, text);
    }

    /**
     * The values that this machine gives a stack: the charts of the toolchain, where the stack uses its clusters.
     * @throws ProblemsError for what its clusters cannot have.
     */
    async #localConfig(stack: string): Promise<Record<string, string>> {
        const { folder, home, toolchain } = this.place;
        const { istio, usesLocalCharts, withLoadBalancer } = await readStackFacts(folder, stack);
        if (withLoadBalancer.length > 0) {
            throw new ProblemsError(withLoadBalancer.map(loadBalancerProblem));
        }
        if (!usesLocalCharts) {
            return {};
        }
        const { charts } = await toolchain();
        const link = await linkCharts(home, charts);
        return { [istio.key]: JSON.stringify({ ...istio.value, charts: path.relative(folder, link) }) };
    }
}

function loadBalancerProblem(cluster: string): Problem {
    const rule = "clusters of the embedded host have their own load balancer, with which MetalLB would conflict";
    const fix = "Leave it out, or run the stack with the Pulumi CLI, which makes the cluster with kind and Docker";
    return { subject: `clusters.${cluster}.loadBalancer`, rule, fix };
}

/** What went wrong has been shown while it happened: here it is only said how the run ended. */
function failure({ command, changes, errors }: Summary): CommandError {
    const above = `${errors.length} ${errors.length === 1 ? "error" : "errors"}, shown above`;
    return changes.every(({ type }) => type === STACK_TYPE)
        ? new CommandError(`the ${command} did not begin: ${above}`, EXIT.mistake)
        : new CommandError(`the ${command} failed: ${above}`, EXIT.failed);
}
