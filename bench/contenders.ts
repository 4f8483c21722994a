/** Who does the six steps: the sequential script, this program on the embedded host, and on Pulumi. */
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { pulumiEnvironment } from "../embedded/pulumi/home";
import { findProgram } from "../embedded/toolchain/machine/tools";
import { builtPulumi } from "../embedded/toolchain/pulumi";
import { waitFor } from "../shared/wait";
import { LOCAL_SAMPLE_APPS } from "../tests/support/sampleApps";
import { get } from "node:http";
import path from "node:path";
import { stringify } from "yaml";
import { type Environment, meshCommand, root, run } from "./environment";
import { peakMemory, seconds } from "./measure";

/** Seconds of every phase; `peakMebibytes` is what the clusters and the command had resident at most during `up`. */
export interface Figures {
    readonly up: number;
    readonly peakMebibytes: number;
    readonly noChangeUp?: number;
    readonly preview?: number;
    readonly destroy?: number;
}

export interface Contender {
    readonly name: "script" | "embedded" | "pulumi";
    run(environment: Environment): Promise<Figures>;
}

const HOST = "webapp.istioinaction.io";

export const script: Contender = {
    name: "script",
    async run({ home, toolchain, west, east }) {
        const { binaries, images, versions } = toolchain;
        const hub = images.istiod.reference.slice(0, images.istiod.reference.lastIndexOf("/"));
        const tools = [binaries.kubectl, binaries.istioctl].map((file) => path.dirname(file));
        const folder = path.join(home, "tutorial");
        mkdirSync(folder);
        return upWithMemory(() =>
            run(path.join(root, "bench", "tutorial.sh"), [folder], {
                PATH: [...tools, process.env["PATH"]].join(":"),
                KUBECONFIG_WEST: west.kubeconfigPath,
                KUBECONFIG_EAST: east.kubeconfigPath,
                API_WEST: west.apiServer,
                API_EAST: east.apiServer,
                ISTIO_HUB: hub,
                ISTIO_TAG: versions.istio,
                WEBAPP_IMAGE: images.webapp.reference,
                CATALOG_IMAGE: images.catalog.reference,
            }),
        );
    },
};

export const embedded: Contender = {
    name: "embedded",
    run: (environment) =>
        phases({
            up: () => meshCommand(environment, "up", "--host", "embedded"),
            preview: () => meshCommand(environment, "preview", "--host", "embedded"),
            destroy: () => meshCommand(environment, "destroy", "--host", "embedded"),
            outputs: () => meshCommand(environment, "outputs", "--host", "embedded"),
        }),
};

const isOnPath = (): boolean => findProgram("pulumi") !== undefined;

/** Whether this machine has Pulumi: on PATH, or of the toolchain. */
export function hasPulumi(): boolean {
    return isOnPath() || builtPulumi() !== undefined;
}

/** The same program on the Pulumi CLI, in a copy of the project with a file backend; its clusters exist already. */
export const pulumi: Contender = {
    name: "pulumi",
    async run({ home, toolchain, west, east }) {
        const folder = path.join(home, "project");
        const own = [".git", ".mesh", "node_modules", "bench", "tests", "docs"].map((name) => path.join(root, name));
        cpSync(root, folder, { recursive: true, filter: (source) => !own.includes(source) });
        symlinkSync(path.join(root, "node_modules"), path.join(folder, "node_modules"));
        symlinkSync(toolchain.charts, path.join(folder, "charts"));
        const clusters = Object.fromEntries(
            [west, east].map(({ name, kubeconfigPath, apiServer }) => [
                name,
                { source: "existing", kubeconfigFile: kubeconfigPath, apiServer },
            ]),
        );
        const settings = { ownsRoot: true, clusters, istio: { charts: "charts" }, sampleApps: LOCAL_SAMPLE_APPS };
        const config = Object.fromEntries(
            Object.entries(settings).map(([key, value]) => [`istio-multicluster:${key}`, value]),
        );
        writeFileSync(path.join(folder, "Pulumi.mesh.yaml"), stringify({ config }));
        const state = path.join(home, "pulumi");
        mkdirSync(state);
        const programs = builtPulumi();
        const environment = {
            PULUMI_BACKEND_URL: `file://${state}`,
            PULUMI_HOME: path.join(home, "pulumi-home"),
            ...(isOnPath() || programs === undefined ? {} : await pulumiEnvironment(home, programs)),
            PULUMI_CONFIG_PASSPHRASE: "bench",
            PULUMI_SKIP_UPDATE_CHECK: "true",
        };
        const command = (...args: string[]): Promise<string> =>
            run("pulumi", ["--cwd", folder, "--non-interactive", ...args], environment);
        await command("stack", "init", "mesh");
        return phases({
            up: () => command("up", "--yes", "--skip-preview"),
            preview: () => command("preview", "--expect-no-changes"),
            destroy: () => command("destroy", "--yes", "--skip-preview"),
            outputs: () => command("stack", "output", "--json"),
        });
    },
};

interface Phases {
    readonly up: () => Promise<unknown>;
    readonly preview: () => Promise<unknown>;
    readonly destroy: () => Promise<unknown>;
    readonly outputs: () => Promise<string>;
}

async function phases({ up, preview, destroy, outputs }: Phases): Promise<Figures> {
    const first = await upWithMemory(async () => {
        await up();
        await goodAnswer(await outputs());
    });
    return {
        ...first,
        noChangeUp: await seconds(up),
        preview: await seconds(preview),
        destroy: await seconds(destroy),
    };
}

async function upWithMemory(work: () => Promise<unknown>): Promise<Pick<Figures, "up" | "peakMebibytes">> {
    let up = 0;
    const peakMebibytes = await peakMemory(async () => {
        up = await seconds(work);
    });
    return { up, peakMebibytes };
}

/** Waits for an answer of east's catalog through west's ingress, at most a minute. */
async function goodAnswer(outputs: string): Promise<void> {
    const url = /http:\/\/[\d.]+\/api\/catalog/.exec(outputs)?.[0];
    if (url === undefined) {
        throw new Error(`the outputs name no URL of the ingress: ${outputs.slice(0, 400)}`);
    }
    await waitFor(`an answer of east's catalog at ${url}`, 60, async () => {
        const body = await answer(url);
        if (!body.includes('"east"')) throw new Error(body);
    });
}

function answer(url: string): Promise<string> {
    return new Promise((resolve, reject) => {
        get(url, { headers: { host: HOST }, timeout: 5000 }, (response) => {
            let body = "";
            response.setEncoding("utf8").on("data", (chunk: string) => {
                body += chunk;
            });
            response.on("end", () => {
                resolve(body);
            });
        }).on("error", reject);
    });
}
