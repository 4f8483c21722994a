/** A project folder to try the host with. */
import { mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { transform } from "esbuild";
import type { HostEvent, HostOptions, Summary } from "../../../../embedded/host";
import type { Json } from "../../../../embedded/host/providers/provider";
import type { Resource } from "../../../../embedded/host/state/resource";
import { parseUrn } from "../../../../embedded/host/state/urns";
import { FakeWorld } from "./fakeWorld";

const SOURCES = join(__dirname, "programs");
const MODULES = join(__dirname, "../../../../node_modules");
/** Known to every project, so that its key is derived once for all tests. */
const PASSPHRASE = "correct horse battery staple";
const SALT = "v1:AAECAwQFBgc=:v1:AAECAwQFBgcICQoL:/DRVO+dNzDhZgIGzjuL2z4UYQZq3Xg==";

/** What `programs/graph.ts` registers, in order. */
export interface Entry {
    readonly name: string;
    readonly [key: string]: Json;
}

/** A project folder of one test, with a program of `tests/unit/host/programs`, and its state. */
export class FakeProject {
    public readonly world = new FakeWorld();
    public readonly events: HostEvent[] = [];

    public readonly passphrase = PASSPHRASE;
    public readonly salt = SALT;

    private constructor(public readonly folder: string) {
        process.env["PULUMI_CONFIG_PASSPHRASE"] = PASSPHRASE;
    }

    /** A project that {@link create} made. */
    public static open(folder: string): FakeProject {
        return new FakeProject(folder);
    }

    /** The program is compiled ahead, so that it starts fast. */
    public static async create(program = "graph"): Promise<FakeProject> {
        const folder = await mkdtemp(join(tmpdir(), "host-test-"));
        await symlink(MODULES, join(folder, "node_modules"));
        const source = await readFile(join(SOURCES, `${program}.ts`), "utf8");
        await writeFile(join(folder, "program.js"), (await transform(source, { loader: "ts", format: "cjs" })).code);
        await writeFile(join(folder, "package.json"), "{}");
        await writeFile(join(folder, "main.js"), `module.exports = require("./program").program;\n`);
        const runtime = "{ name: nodejs, options: { typescript: false } }";
        await writeFile(join(folder, "Pulumi.yaml"), `name: demo\nmain: main.js\nruntime: ${runtime}\n`);
        await writeFile(join(folder, "Pulumi.dev.yaml"), `encryptionsalt: ${SALT}\n`);
        return new FakeProject(folder);
    }

    public get home(): string {
        return join(this.folder, ".mesh");
    }

    public get stateFile(): string {
        return join(this.home, "stacks", "dev.json");
    }

    /** Everything that a person saw. */
    public get shown(): string {
        return JSON.stringify(this.events);
    }

    /** @param outputs What the stack exports, as inputs are written. */
    public options(resources: readonly Entry[], outputs: Json = {}, more: Partial<HostOptions> = {}): HostOptions {
        const config = { "demo:resources": JSON.stringify(resources), "demo:outputs": JSON.stringify(outputs) };
        return {
            folder: this.folder,
            stack: "dev",
            home: this.home,
            packages: [this.world],
            events: (event) => this.events.push(event),
            ...more,
            config: { ...config, ...more.config },
        };
    }

    /** The resources of the checkpoint, by name. */
    public async recorded(): Promise<Map<string, Resource>> {
        const { deployment } = JSON.parse(await readFile(this.stateFile, "utf8")) as {
            deployment: { resources?: Resource[] };
        };
        return new Map((deployment.resources ?? []).map((resource) => [parseUrn(resource.urn).name, resource]));
    }

    public async remove(): Promise<void> {
        await rm(this.folder, { recursive: true, force: true });
    }
}

/** Names of the steps that changed something, with what was done: `create a`. */
export function done({ changes }: Summary): string[] {
    return changes.filter(({ type }) => type === "fake:index:Thing").map(({ kind, name }) => `${kind} ${name}`);
}
