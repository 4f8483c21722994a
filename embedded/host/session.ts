/** What the commands of the host share: project, configuration, state and steps of one run over one stack. */
import { CheckpointCodec, saltOf, type StoredCheckpoint } from "./state/checkpoint";
import { type Config, hasSecure, resolveConfig } from "./config";
import type { HostCommand } from "../../hosts/interface/steps";
import type { EventSink } from "./events";
import { programLocation } from "./protocol/program";
import { type Project, readProject, readStackSettings, type StackSettings } from "../../hosts/interface/project";
import type { ProviderPackage } from "./providers/provider";
import { ProviderRegistry } from "./engine/providerRegistry";
import { Redactor } from "./engine/redactor";
import { type Crypter, Crypters } from "./state/secrets";
import { Snapshot } from "./state/snapshot";
import { stackReferencePackage } from "./state/stackReference";
import { lockState, readState, stateFilePath, writeState } from "./state/stateFile";
import { Steps } from "./engine/steps";
import { isProviderType, parseUrn } from "./state/urns";
import { Secret } from "./state/values";

/** Whose stack it is, and where its state lives. */
export interface StackOptions {
    /** Folder with Pulumi.yaml. */
    readonly folder: string;
    readonly stack: string;
    /** Folder of local state, e.g. `<checkout>/.mesh`; the checkpoint is `<home>/stacks/<stack>.json`. */
    readonly home: string;
}

export interface HostOptions extends StackOptions {
    readonly packages: readonly ProviderPackage[];
    /** Configuration by full key (`<project>:<key>`) that wins over the files'. */
    readonly config?: Readonly<Record<string, string>>;
    readonly events?: EventSink;
    /** How many steps run at once. Default 16. */
    readonly parallel?: number;
    /** Ends the run in good order: running steps are finished and the state is saved. */
    readonly interrupt?: AbortSignal;
    /** Ends running steps as well. */
    readonly abort?: AbortSignal;
}

/** The state of the stack, opened. */
export interface State {
    readonly snapshot: Snapshot;
    readonly providers: ProviderRegistry;
}

export interface Session {
    readonly command: HostCommand;
    readonly stack: string;
    readonly project: Project;
    readonly config: Config;
    readonly parallel: number;
    readonly steps: Steps;
    /** Needs the key of the state's secrets, which takes half a second to derive: other work can begin meanwhile. */
    readonly state: Promise<State>;
    readonly close: () => Promise<void>;
}

const PARALLEL = 16;

/** @throws ProblemsError for a mistake in the project's files, another passphrase, a damaged or a locked state. */
export async function openSession(command: HostCommand, options: HostOptions): Promise<Session> {
    const { stack, home, parallel = PARALLEL } = options;
    const project = await readProject(options.folder);
    const settings = await readStackSettings(project, stack);
    const { folder: workingDirectory } = programLocation(project);
    const crypters = new Crypters(home);
    const config = await openConfig(project, settings, options.config ?? {}, crypters);

    const redactor = new Redactor();
    for (const key of config.secretKeys) redactor.learn(new Secret(config.values[key] ?? ""));
    const steps = new Steps({
        preview: command === "preview",
        parallel,
        workingDirectory,
        redactor,
        events: options.events ?? (() => undefined),
        abort: options.abort ?? new AbortController().signal,
    });
    const file = stateFilePath(home, stack);
    const unlock = steps.preview ? undefined : await lockStack(file, command, steps);
    const interrupt = (): void => {
        steps.stop();
    };
    options.interrupt?.addEventListener("abort", interrupt);
    const close = async (): Promise<void> => {
        options.interrupt?.removeEventListener("abort", interrupt);
        await unlock?.();
    };
    try {
        const stored = await readState(file);
        const packages = [...options.packages, stackReferencePackage(project, home, crypters)];
        const state = openCrypter(stored, file, settings, crypters).then((crypter) =>
            openState(stored, crypter, file, packages, steps),
        );
        state.catch(() => {
            steps.stop();
        });
        return { command, stack, project, config, parallel, steps, state, close };
    } catch (error) {
        await close();
        throw error;
    }
}

async function openConfig(
    project: Project,
    settings: StackSettings,
    overrides: Readonly<Record<string, string>>,
    crypters: Crypters,
): Promise<Config> {
    const { encryptionSalt, file } = settings;
    const secure = [...settings.config.values()].some(hasSecure);
    const crypter = secure && encryptionSalt !== undefined ? await crypters.open(encryptionSalt, file) : undefined;
    return resolveConfig(project, settings, overrides, crypter);
}

function lockStack(file: string, command: HostCommand, steps: Steps): Promise<() => Promise<void>> {
    const progress = (line: string): void => {
        steps.log("info", line);
    };
    return lockState(file, command, progress, () => {
        steps.fail(`The lock of ${file} was lost, since the process or the machine stood still; ending the run.`);
    });
}

/** The state's own key, else that of the settings, else a new one. */
export async function openCrypter(
    stored: StoredCheckpoint | undefined,
    file: string,
    settings: StackSettings,
    crypters: Crypters,
): Promise<Crypter> {
    if (stored !== undefined) return await crypters.open(saltOf(stored), file);
    if (settings.encryptionSalt !== undefined) return await crypters.open(settings.encryptionSalt, settings.file);
    return await crypters.create();
}

function openState(
    stored: StoredCheckpoint | undefined,
    crypter: Crypter,
    file: string,
    packages: readonly ProviderPackage[],
    steps: Steps,
): State {
    const codec = new CheckpointCodec(crypter);
    const { resources, pending } = stored === undefined ? { resources: [], pending: [] } : codec.decode(stored);
    for (const { inputs, outputs } of resources) steps.learn(inputs, outputs);
    const creating = pending.filter(({ type }) => type === "creating");
    for (const { resource } of creating) steps.interrupted.add(resource.urn);
    for (const { type, resource } of pending) {
        const what = `${resource.type} "${parseUrn(resource.urn).name}"`;
        steps.log("warning", `An earlier run was cut off while ${type} ${what}; this run continues from what exists.`);
    }
    const snapshot = new Snapshot(
        resources,
        creating,
        steps.preview ? undefined : (checkpoint) => writeState(file, codec.encode(checkpoint)),
    );
    const providers = new ProviderRegistry(
        packages,
        resources.filter((resource) => isProviderType(resource.type)),
    );
    return { snapshot, providers };
}
