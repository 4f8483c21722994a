/** A program with the library's components on local clusters of a checkout, as the embedded host runs it. */
import { KubeConfig } from "@kubernetes/client-node";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { destroy, type HostOptions, up } from "../../embedded/host";
import { providerPackages } from "../../embedded/host/providers";
import { ensureToolchain } from "../../embedded/toolchain";
import type { Checkout } from "./checkout";

const listed = z.object({ clusters: z.array(z.object({ name: z.string(), apiServer: z.string() })) });

export class OwnProgram {
    private constructor(
        private readonly checkout: Checkout,
        private readonly clusters: readonly string[],
        private readonly options: HostOptions,
    ) {}

    /**
     * Starts clusters, and writes a program. Its settings are `<cluster>Kubeconfig`, `<cluster>ApiServer` and `charts`; it
     * imports the components from `../components/index`.
     */
    public static async write(checkout: Checkout, clusters: readonly string[], text: string): Promise<OwnProgram> {
        const toolchain = await ensureToolchain(() => undefined);
        const started = await checkout.mesh("clusters", "start", ...clusters);
        if (started.exitCode !== 0) throw new Error(started.all);
        const folder = path.join(checkout.folder, "library");
        mkdirSync(folder);
        const runtime = "{ name: nodejs, options: { typescript: false, nodeargs: --import tsx } }";
        writeFileSync(path.join(folder, "Pulumi.yaml"), `name: library\nmain: index.ts\nruntime: ${runtime}\n`);
        writeFileSync(path.join(folder, "index.ts"), text);
        const { stdout } = await checkout.mesh("clusters", "--output", "json");
        const access = listed.parse(JSON.parse(stdout)).clusters.flatMap(({ name, apiServer }): [string, string][] => [
            [`library:${name}Kubeconfig`, readFileSync(kubeconfigFile(checkout, name), "utf8")],
            [`library:${name}ApiServer`, apiServer],
        ]);
        const home = path.join(folder, ".mesh");
        return new OwnProgram(checkout, clusters, {
            folder,
            home,
            stack: "dev",
            config: { "library:charts": toolchain.charts, ...Object.fromEntries(access) },
            packages: providerPackages({
                home,
                toolchain: () => Promise.resolve(toolchain),
                forgetUnreachable: false,
            }),
        });
    }

    public up(): ReturnType<typeof up> {
        return up(this.options);
    }

    public destroy(): ReturnType<typeof destroy> {
        return destroy(this.options);
    }

    public client(cluster: string): KubeConfig {
        const config = new KubeConfig();
        config.loadFromFile(kubeconfigFile(this.checkout, cluster));
        return config;
    }

    /** Writes one kubeconfig with a context for each cluster. @returns Its file. */
    public contexts(): string {
        const merged = new KubeConfig();
        for (const cluster of this.clusters) {
            const { clusters, users, contexts, currentContext } = this.client(cluster);
            for (const each of clusters) merged.addCluster(each);
            for (const each of users) merged.addUser(each);
            for (const each of contexts) merged.addContext(each);
            merged.setCurrentContext(currentContext);
        }
        const file = path.join(this.checkout.folder, "contexts.yaml");
        writeFileSync(file, merged.exportConfig());
        return file;
    }
}

function kubeconfigFile(checkout: Checkout, cluster: string): string {
    return path.join(checkout.home, "kubeconfigs", `${cluster}.yaml`);
}
