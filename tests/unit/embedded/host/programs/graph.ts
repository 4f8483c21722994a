/** A program whose resources the test writes down in its configuration. */
import * as pulumi from "@pulumi/pulumi";

interface Entry {
    readonly name: string;
    readonly type?: string;
    /** A string `$name.property` stands for that output; `{"secret": x}` for a secret. */
    readonly inputs?: Record<string, unknown>;
    readonly component?: boolean;
    /** Reads the resource of this id instead of making one. */
    readonly read?: string;
    readonly parent?: string;
    readonly provider?: string;
    readonly dependsOn?: readonly string[];
    readonly options?: pulumi.CustomResourceOptions;
    /** A transform that adds options, or throws. */
    readonly transform?: { readonly options?: pulumi.CustomResourceOptions; readonly throw?: string };
}

class Thing extends pulumi.CustomResource {
    public constructor(type: string, name: string, inputs: pulumi.Inputs, options: pulumi.CustomResourceOptions) {
        super(type, name, { out: undefined, token: undefined, ...inputs }, { version: "1.2.3", ...options });
    }
}

class Account extends pulumi.ProviderResource {
    public constructor(name: string, inputs: pulumi.Inputs, options: pulumi.ResourceOptions) {
        super("fake", name, inputs, { version: "1.2.3", ...options });
    }
}

/** Registers what the configuration lists. */
export async function program(): Promise<Record<string, unknown>> {
    const config = new pulumi.Config();
    const made = new Map<string, pulumi.Resource>();
    for (const entry of config.requireObject<Entry[]>("resources")) made.set(entry.name, make(entry, made));
    await end(config);
    return { outputs: resolve(config.getObject("outputs") ?? {}, made) };
}

function make(entry: Entry, made: ReadonlyMap<string, pulumi.Resource>): pulumi.Resource {
    const { name, type = "fake:index:Thing", inputs = {}, parent, provider, dependsOn } = entry;
    const options: pulumi.CustomResourceOptions = { ...entry.options };
    if (parent !== undefined) options.parent = find(parent, made);
    if (dependsOn !== undefined) options.dependsOn = dependsOn.map((other) => find(other, made));
    if (entry.transform !== undefined) options.transforms = [transformer(entry.transform)];
    const account = provider === undefined ? undefined : find(provider, made);
    if (account instanceof pulumi.ProviderResource) options.provider = account;
    const args = resolve(inputs, made) as pulumi.Inputs;
    if (entry.component === true) return new pulumi.ComponentResource(type, name, args, options);
    if (type === "pulumi:providers:fake") return new Account(name, args, options);
    return new Thing(type, name, args, entry.read === undefined ? options : { ...options, id: entry.read });
}

function transformer({ options, throw: message }: NonNullable<Entry["transform"]>): pulumi.ResourceTransform {
    return ({ props, opts }) => {
        if (message !== undefined) throw new Error(message);
        return { props, opts: { ...opts, ...options } };
    };
}

function find(name: string, made: ReadonlyMap<string, pulumi.Resource>): pulumi.Resource {
    const resource = made.get(name);
    if (resource === undefined) throw new pulumi.RunError(`no resource ${name}`);
    return resource;
}

function resolve(value: unknown, made: ReadonlyMap<string, pulumi.Resource>): unknown {
    if (typeof value === "string" && value.startsWith("$")) {
        const [name = "", property = ""] = value.slice(1).split(".");
        return Reflect.get(find(name, made), property);
    }
    if (Array.isArray(value)) return value.map((item) => resolve(item, made));
    if (typeof value !== "object" || value === null) return value;
    if ("secret" in value) return pulumi.secret(value.secret);
    return Object.fromEntries(
        Object.entries(value).map(([key, item]: [string, unknown]) => [key, resolve(item, made)]),
    );
}

/** What goes wrong, or is printed, once everything is registered. */
async function end(config: pulumi.Config): Promise<void> {
    switch (config.get("then")) {
        case "throw":
            throw new Error("the program has a bug");
        case "mistake":
            throw new pulumi.RunError("clusters: name one at least");
        case "exit":
            process.once("beforeExit", () => process.exit(0));
            break;
        case "crash":
            process.kill(process.pid, "SIGKILL");
            await new Promise(() => undefined);
            break;
        case "print":
            console.log(`the password is ${config.require("password")}`);
            break;
        case undefined:
    }
}
