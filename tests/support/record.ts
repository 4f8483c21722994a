/** Runs a program without an engine and records what it registers: a mock graph. It proves wiring, nothing else. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { ReadResourceRequest, RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb";
import { expect } from "chai";
import type { Json, Properties } from "../../embedded/host/providers/provider";
import { mocks, properties, secretPaths, type Siblings } from "./mocks";

/** One resource that a program registered or read. */
export interface Recorded {
    readonly type: string;
    readonly name: string;
    /** Inputs, secrets unwrapped. */
    readonly inputs: Properties;
    /** Paths of the inputs that are secret, e.g. `stringData`. */
    readonly secrets: readonly string[];
    /** Id of what is only read, by `.get`. */
    readonly reads?: string;
    /** Name of the parent, where there is one. */
    readonly parent?: string;
    /** Name of the explicit provider, e.g. `west`, where there is one. */
    readonly provider?: string;
    /** Names of all that it waits for, whether by data or by `dependsOn`. */
    readonly waitsFor: readonly string[];
    /** Options other than these, where they are set. */
    readonly protect?: true;
    readonly deleteBeforeReplace?: true;
    readonly additionalSecretOutputs?: readonly string[];
}

export interface Recording<T> {
    readonly value: T;
    /** In the order of registration. */
    readonly resources: readonly Recorded[];
}

/** What is around a program: its stack's name, the outputs of others, and whether it is only previewed. */
export interface Around {
    readonly stack?: string;
    readonly siblings?: Siblings;
    readonly preview?: boolean;
    /** States of tls resources of earlier runs; filled by this one. */
    readonly kept?: Map<string, object>;
}

/**
 * Runs `program` to its end. Not for two programs at once: Pulumi's SDK has one of them a process.
 *
 * @param config Values of the project's namespace, by key.
 */
export async function record<T>(
    program: () => T | Promise<T>,
    config: Record<string, Json> = {},
    { stack = "mesh", siblings = {}, preview = false, kept = new Map() }: Around = {},
): Promise<Recording<T>> {
    const resources: Recorded[] = [];
    // The SDK keeps an engine's address that another test of this process may have set.
    pulumi.runtime.resetOptions("istio-multicluster", stack, -1, "", "", preview, "");
    let fail: (error: unknown) => void = () => undefined;
    const refused = new Promise<never>((_, reject) => {
        fail = reject;
    });
    refused.catch(() => undefined); // where the program fails before
    await pulumi.runtime.setMocks(
        mocks({ [stack]: {}, ...siblings }, kept, fail),
        "istio-multicluster",
        stack,
        preview,
        "organization",
    );
    pulumi.runtime.setAllConfig(Object.fromEntries(Object.entries(config).map(setting)));
    watch(resources);
    const values: T[] = [];
    const run = async (): Promise<void> => {
        await pulumi.runtime.runInPulumiStack(async () => {
            values.push(await program());
        });
        await pulumi.runtime.disconnect();
    };
    await Promise.race([run(), refused]);
    const [value] = values;
    if (value === undefined) throw new Error("the program gave no value");
    return { value, resources };
}

/** A provider as a caller of a component has it. */
export function provider(name: string): k8s.Provider {
    return new k8s.Provider(name, { kubeconfig: `kubeconfig of ${name}` });
}

/** The only resource of a type, and of a name where given. */
export function only({ resources }: Recording<unknown>, type: string, name?: string): Recorded {
    const found = resources.filter((each) => each.type === type && (name === undefined || each.name === name));
    const [resource] = found;
    expect(found.map((each) => each.name)).to.have.length(1, `resources of type ${type}`);
    if (resource === undefined) throw new Error("chai found one");
    return resource;
}

/** Names of the resources of a type, sorted. */
export function namesOf({ resources }: Recording<unknown>, type: string): string[] {
    return resources
        .filter((resource) => resource.type === type)
        .map((resource) => resource.name)
        .sort();
}

/** Value of an output, and whether it is secret. */
export async function settle<T>(output: pulumi.Output<T>): Promise<{ value: T; secret: boolean }> {
    const value = await new Promise<T>((resolve) => {
        output.apply(resolve);
    });
    return { value, secret: await pulumi.isSecret(output) };
}

function setting([key, value]: [string, Json]): [string, string] {
    return [`istio-multicluster:${key}`, typeof value === "string" ? value : JSON.stringify(value)];
}

/** Sees every registration on its way to the mocks, which learn neither parent nor dependencies. */
function watch(resources: Recorded[]): void {
    const monitor = pulumi.runtime.getMonitor();
    if (monitor === undefined) throw new Error("setMocks makes a monitor");
    intercept(monitor, "registerResource", (request) => {
        if (request instanceof RegisterResourceRequest && request.getType() !== "pulumi:pulumi:Stack") {
            resources.push(registered(request));
        }
    });
    intercept(monitor, "readResource", (request) => {
        if (request instanceof ReadResourceRequest) {
            const wire = request.getProperties()?.toJavaScript();
            resources.push({ ...common(request, wire), reads: request.getId() });
        }
    });
}

function intercept(target: object, method: string, see: (request: unknown) => void): void {
    const original: unknown = Reflect.get(target, method);
    if (typeof original !== "function") throw new Error(`there is no method ${method}`);
    Object.defineProperty(target, method, {
        value: (...args: unknown[]): unknown => {
            see(args[0]);
            return Reflect.apply(original, target, args);
        },
    });
}

function registered(request: RegisterResourceRequest): Recorded {
    const additionalSecretOutputs = request.getAdditionalsecretoutputsList();
    return {
        ...common(request, request.getObject()?.toJavaScript()),
        ...(request.getProtect() ? { protect: true } : {}),
        ...(request.getDeletebeforereplace() ? { deleteBeforeReplace: true } : {}),
        ...(additionalSecretOutputs.length > 0 ? { additionalSecretOutputs } : {}),
    };
}

interface Request {
    getType(): string;
    getName(): string;
    getParent(): string;
    getProvider(): string;
    getDependenciesList(): string[];
}

function common(request: Request, wire: unknown): Recorded {
    const parent = nameIn(request.getParent());
    const provider = nameIn(request.getProvider().split("::").slice(0, -1).join("::"));
    return {
        type: request.getType(),
        name: request.getName(),
        inputs: properties(wire ?? {}),
        secrets: secretPaths(wire ?? {}),
        ...(parent === undefined || request.getParent().includes("pulumi:pulumi:Stack::") ? {} : { parent }),
        ...(provider === undefined ? {} : { provider }),
        waitsFor: [...new Set(request.getDependenciesList().map((urn) => nameIn(urn) ?? urn))].sort(),
    };
}

/** Last part of a URN; undefined for none. */
function nameIn(urn: string): string | undefined {
    const name = urn.split("::").at(-1);
    return name === "" ? undefined : name;
}
