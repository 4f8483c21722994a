/** Pulumi itself, through its Automation API. https://www.pulumi.com/docs/iac/automation-api/ */
import {
    CommandError as PulumiError,
    type Deployment,
    type EngineEvent,
    LocalWorkspace,
    type Stack,
    StackNotFoundError,
} from "@pulumi/pulumi/automation";
import { z } from "zod";
import { parseDeployment, type StateResource } from "./interface/deployment";
import { CommandError, EXIT } from "../shared/exit";
import { listenForInterrupt } from "../shared/interrupt";
import { ProblemsError } from "../shared/problems";
import type { Host, HostPlace, Outcome, RunChoices } from "./interface/host";
import { type HostCommand, NO_STEPS, type Step, type StepKind } from "./interface/steps";

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
interface StepMetadata {
    readonly op: string;
    readonly urn: string;
    readonly type: string;
    readonly keys?: readonly string[] | null;
    readonly diffs?: readonly string[] | null;
    readonly detailedDiff?: Readonly<Record<string, { readonly diffKind: string }>> | null;
}

export class PulumiHost implements Host {
    public readonly name = "pulumi";
    readonly #workspace: Promise<LocalWorkspace>;

    public constructor({ folder }: Pick<HostPlace, "folder">) {
        this.#workspace = LocalWorkspace.create({ workDir: folder });
    }

    public async create(stack: string): Promise<void> {
        const { workDir } = await this.#workspace;
        await LocalWorkspace.createOrSelectStack({ stackName: stack, workDir }).catch(refused);
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
        const interrupt = listenForInterrupt(write);
        // A terminal's Ctrl-C reaches the CLI by itself, and one more would end its running steps. SIGTERM does not.
        const termination = new AbortController();
        const terminate = (): void => {
            termination.abort();
        };
        process.once("SIGTERM", terminate);
        const steps: StepMetadata[] = [];
        const onOutput = lines(write);
        const onEvent = ({ resourcePreEvent }: EngineEvent): void => {
            if (resourcePreEvent !== undefined) steps.push(resourcePreEvent.metadata);
        };
        const options = { onOutput, onEvent, color: "never" as const, signal: termination.signal };
        try {
            if (command === "preview") await selected.preview({ ...options, diff: true });
            else await selected[command](options);
            return outcome(command, steps, (performance.now() - began) / 1000);
        } catch (error) {
            // Everything that Pulumi printed has been shown; its error would repeat all of it.
            if (!(error instanceof PulumiError)) throw error;
            const how = interrupt.stop.aborted ? "was interrupted; run it again to continue" : "failed, as shown above";
            throw new CommandError(`the ${command} of stack ${stack} ${how}`, EXIT.failed);
        } finally {
            process.off("SIGTERM", terminate);
            interrupt.dispose();
        }
    }

    public async stacks(): Promise<string[]> {
        const found = await (await this.#workspace).listStacks().catch(refused);
        const used = found.filter(({ resourceCount = 0 }) => resourceCount > 0);
        return used.map(({ name }) => name.split("/").at(-1) ?? name);
    }

    /** A backend of files writes a checkpoint in place: who reads it meanwhile sees its beginning only. */
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
        if (!showSecrets) {
            const rule = "Pulumi's Automation API exports secrets in clear only";
            const fix = `Run \`pulumi stack export --stack ${stack}\`, or add --show-secrets.`;
            throw new ProblemsError([{ subject: "state export", rule, fix }]);
        }
        const exported = await (await this.#stack(stack)).exportStack().catch(refused);
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
        const { workDir } = await this.#workspace;
        return await LocalWorkspace.selectStack({ stackName, workDir }).catch((error: unknown) => {
            if (!(error instanceof StackNotFoundError)) return refused(error);
            const rule = "Pulumi's backend has no such stack";
            const fix = `\`npm run mesh -- up ${stackName}\` makes it, as \`pulumi stack init ${stackName}\` does.`;
            throw new ProblemsError([{ subject: "stack", value: stackName, rule, fix }]);
        });
    }
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
    const said = error instanceof PulumiError ? /^ ?stderr: ([^]*?)(\n err\?:|$)/m.exec(error.message)?.[1] : undefined;
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

function outcome(command: HostCommand, metadata: readonly StepMetadata[], seconds: number): Outcome {
    const steps = metadata.flatMap(step);
    const counts = { ...NO_STEPS };
    for (const { kind } of steps) counts[kind]++;
    return { command, counts, changes: steps.filter(({ kind }) => kind !== "same" && kind !== "read"), seconds };
}

function step({ op, urn, type, keys, diffs, detailedDiff }: StepMetadata): Step[] {
    const kind = KINDS[op];
    if (kind === undefined) return [];
    const detailed = Object.entries(detailedDiff ?? {});
    const paths = detailed.length > 0 ? detailed : (diffs ?? []).map((path) => [path, { diffKind: "update" }] as const);
    const changes = paths.map(([path, { diffKind }]) => ({
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
