/** Pulumi itself, through its Automation API. https://www.pulumi.com/docs/iac/automation-api/ */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import {
    CommandError as PulumiError,
    type Deployment,
    type EngineEvent,
    LocalWorkspace,
    type LocalWorkspaceOptions,
    PulumiCommand,
    type Stack,
    StackNotFoundError,
} from "@pulumi/pulumi/automation";
import { z } from "zod";
import { parseDeployment, type StateResource } from "../interface/deployment";
import { makePulumiHome } from "../../embedded/pulumi/home";
import { findProgram } from "../../embedded/toolchain/machine/tools";
import { builtPulumi } from "../../embedded/toolchain/pulumi";
import { CommandError, EXIT } from "../../shared/exit";
import { listenForInterrupt } from "../../shared/interrupt";
import { ProblemsError } from "../../shared/problems";
import type { Host, HostPlace, Outcome, RunChoices, Update } from "../interface/host";
import type { HostCommand } from "../interface/steps";
import { outcome, type StepMetadata } from "./steps";
import { takeOverPending } from "./pending";
import { returnToClusters } from "./returned";
import { readSealedState, sealedState } from "./sealedState";
import { UnreachableReleases } from "./unreachable";

export class PulumiHost implements Host {
    public readonly name = "pulumi";
    readonly #options: Promise<LocalWorkspaceOptions & { readonly workDir: string }>;
    readonly #workspace: Promise<LocalWorkspace>;

    public constructor(place: HostPlace) {
        this.#options = optionsOf(place);
        this.#workspace = this.#options.then((options) => LocalWorkspace.create(options));
    }

    public async create(stack: string): Promise<void> {
        const { workDir, ...options } = await this.#options;
        await LocalWorkspace.createOrSelectStack({ stackName: stack, workDir }, options).catch(refused);
    }

    public async run(
        command: HostCommand,
        stack: string,
        write: (line: string) => void,
        { unreachable = false }: RunChoices = {},
    ): Promise<Outcome> {
        const began = performance.now();
        const selected = await this.#stack(stack);
        // https://www.pulumi.com/registry/packages/kubernetes/installation-configuration/
        if (unreachable) selected.workspace.envVars["PULUMI_K8S_DELETE_UNREACHABLE"] = "true";
        // Its Kubernetes plugin writes kubeconfigs into the folder of temporary files, and leaves them there.
        const temporary = await mkdtemp(path.join(tmpdir(), "istio-multicluster-pulumi-"));
        selected.workspace.envVars["TMPDIR"] = temporary;
        const interrupt = listenForInterrupt(write);
        // A terminal's Ctrl-C reaches the CLI by itself, and one more would end its running steps. SIGTERM does not.
        const termination = new AbortController();
        const terminate = (): void => {
            termination.abort();
        };
        process.once("SIGTERM", terminate);
        let steps: StepMetadata[] = [];
        const [onOutput, onError] = [lines(write), lines(write)];
        const releases = new UnreachableReleases();
        const onEvent = (event: EngineEvent): void => {
            if (event.resourcePreEvent !== undefined) steps.push(event.resourcePreEvent.metadata);
            if (unreachable) releases.notice(event);
        };
        const options = { onOutput, onError, onEvent, color: "never" as const, signal: termination.signal };
        try {
            if (command === "up" || command === "destroy") {
                const state = await takeOverPending(selected, await readSealedState(selected), write);
                if (command === "up") await returnToClusters(selected, state, write);
            }
            const work = async (): Promise<void> => {
                try {
                    await (command === "preview"
                        ? selected.preview({ ...options, diff: true })
                        : selected[command](options));
                } catch (error) {
                    if (interrupt.stop.aborted || !(await releases.forget(selected, write))) throw error;
                    // The next try counts what stays as it is, once more.
                    steps = steps.filter(({ op }) => op !== "same");
                    await work();
                }
            };
            await work().catch((error: unknown) => {
                // Everything that Pulumi printed has been shown; its error would repeat all of it.
                if (!(error instanceof PulumiError)) throw error;
                const how = interrupt.stop.aborted
                    ? "was interrupted; run it again to continue"
                    : "failed, as shown above";
                throw new CommandError(`the ${command} of stack ${stack} ${how}`, EXIT.failed);
            });
            return outcome(command, steps, (performance.now() - began) / 1000);
        } finally {
            process.off("SIGTERM", terminate);
            interrupt.dispose();
            await rm(temporary, { recursive: true });
        }
    }

    public async updates(stack: string): Promise<Update[]> {
        const all = await (await this.#stack(stack)).history().catch(refused);
        return all.map(({ version, startTime, endTime, environment }) => {
            const { "git.author": author, "git.head": commit, "ci.build.url": build } = environment;
            const known = { ...(author && { author }), ...(commit && { commit }), ...(build && { build }) };
            return { began: startTime, ended: endTime, by: { ...(version > 0 && { number: version }), ...known } };
        });
    }

    public async stacks(): Promise<string[]> {
        const found = await (await this.#workspace).listStacks().catch(refused);
        const used = found.filter(({ resourceCount = 0 }) => resourceCount > 0);
        return used.map(({ name }) => name.split("/").at(-1) ?? name);
    }

    /** A backend of files writes the metadata beside a state in place: who reads it meanwhile may find it empty, and fails. */
    public async readsWhileOthersWrite(): Promise<boolean> {
        const { url = "" } = await (await this.#workspace).whoAmI().catch(refused);
        return !url.startsWith("file:");
    }

    public async outputs(stack: string, { showSecrets }: { readonly showSecrets: boolean }) {
        const outputs = await (await this.#stack(stack)).outputs().catch(refused);
        const shown = Object.entries(outputs).map(([name, { value, secret }]): [string, unknown] => [
            name,
            secret && !showSecrets ? "[secret]" : value,
        ]);
        return Object.fromEntries(shown);
    }

    public async state(stack: string): Promise<StateResource[]> {
        const workspace = await this.#workspace;
        const stacks = await workspace.listStacks().catch(refused);
        if (!stacks.some(({ name }) => name === stack || name.endsWith(`/${stack}`))) {
            return [];
        }
        return parseDeployment(JSON.stringify(await workspace.exportStack(stack).catch(refused)));
    }

    public async exportState(stack: string, { showSecrets }: { readonly showSecrets: boolean }): Promise<string> {
        const selected = await this.#stack(stack);
        if (!showSecrets) return await sealedState(selected);
        const exported = await selected.exportStack().catch(refused);
        return `${JSON.stringify(exported, undefined, 2)}\n`;
    }

    public async importState(stack: string, text: string): Promise<void> {
        await this.create(stack);
        if ((await this.state(stack)).length > 0) {
            const rule = `stack ${stack} has resources already`;
            throw new ProblemsError([{ subject: "state import", rule, fix: "Destroy them first." }]);
        }
        await (await this.#stack(stack)).importStack(deploymentOf(text)).catch(refused);
    }

    async #stack(stackName: string): Promise<Stack> {
        const { workDir, ...options } = await this.#options;
        return await LocalWorkspace.selectStack({ stackName, workDir }, options).catch((error: unknown) => {
            if (!(error instanceof StackNotFoundError)) return refused(error);
            const rule = "Pulumi's backend has no such stack";
            const fix = `\`npm run mesh -- up ${stackName}\` makes it, as \`pulumi stack init ${stackName}\` does.`;
            throw new ProblemsError([{ subject: "stack", value: stackName, rule, fix }]);
        });
    }
}

/** The Pulumi on PATH; else the toolchain's, with its plugins. @throws ProblemsError where there is neither. */
async function optionsOf({ folder, home }: HostPlace): Promise<LocalWorkspaceOptions & { readonly workDir: string }> {
    if (findProgram("pulumi") !== undefined) return { workDir: folder };
    const programs = builtPulumi();
    if (programs === undefined) {
        const rule = "there is none on PATH, and none of the toolchain";
        const fix =
            "Install it (https://www.pulumi.com/docs/install/), or run `npm run mesh -- toolchain pulumi`, which builds one.";
        throw new ProblemsError([{ subject: "pulumi", rule, fix }]);
    }
    const [pulumiCommand, pulumiHome] = await Promise.all([
        PulumiCommand.get({ root: programs.root }),
        makePulumiHome(home, programs),
    ]);
    return { workDir: folder, pulumiCommand, pulumiHome };
}

/** @throws ProblemsError for a text that is no deployment. */
function deploymentOf(text: string): Deployment {
    try {
        return exported.parse(JSON.parse(text));
    } catch {
        const rule = "this is no state of a stack";
        const fix = "Give the file that `mesh state export` or `pulumi stack export` wrote.";
        throw new ProblemsError([{ subject: "state import", rule, fix }]);
    }
}

const exported = z.object({ version: z.number(), deployment: z.unknown() });

/** @throws CommandError with what the CLI itself said, e.g. that nobody is logged in. */
function refused(error: unknown): never {
    const said =
        error instanceof PulumiError ? /\n ?stderr: ([^]*?)(?:\n err\?:|$)/.exec(error.message)?.[1] : undefined;
    throw said === undefined ? error : new CommandError(`Pulumi: ${said.trim()}`, EXIT.mistake);
}

/** Complete lines of what comes in pieces; empty ones are left out. */
function lines(write: (line: string) => void): (piece: string) => void {
    let rest = "";
    return (piece) => {
        const parts = (rest + piece).split("\n");
        rest = parts.pop() ?? "";
        for (const line of parts.filter((part) => part.trim() !== "")) write(line);
    };
}
