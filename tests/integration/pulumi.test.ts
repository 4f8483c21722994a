/**
 * The same program on the Pulumi CLI, and state that moves between both hosts. It needs `pulumi` on PATH, with its
 * Node.js language host and the plugins of kubernetes and tls.
 */
import { execFile } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";
import { stringify } from "yaml";
import { localClusters } from "../../embedded/clusters";
import { ensureToolchain } from "../../embedded/toolchain";
import { Checkout } from "../support/checkout";
import { findProgram } from "../support/onPath";

const execute = promisify(execFile);

if (findProgram("pulumi") !== undefined) {
    describe("the mesh stack on Pulumi", function () {
        this.timeout(600_000);

        const checkout = new Checkout();
        const clusterHome = path.join(checkout.folder, ".clusters");
        const names = ["west", "east"];
        const silent = (): void => undefined;
        const clusters = localClusters(clusterHome, () => ensureToolchain(silent));
        const environment = {
            ...process.env,
            PULUMI_BACKEND_URL: `file://${checkout.folder}/.pulumi-state`,
            PULUMI_HOME: path.join(checkout.folder, ".pulumi-home"),
            PULUMI_CONFIG_PASSPHRASE: "the same on both hosts",
            PULUMI_SKIP_UPDATE_CHECK: "true",
        };
        const pulumi = async (...args: string[]): Promise<string> => {
            const options = { cwd: checkout.folder, env: environment, maxBuffer: 2 ** 26, timeout: 300_000 };
            return (await execute("pulumi", ["--non-interactive", ...args], options)).stdout;
        };
        const embedded = async (...args: string[]): Promise<string> => {
            const ended = await checkout.mesh(...args);
            expect(ended.exitCode, ended.all.slice(-3000)).to.equal(0);
            return ended.all;
        };
        const passphraseBefore = process.env["PULUMI_CONFIG_PASSPHRASE"];

        before(async () => {
            process.env["PULUMI_CONFIG_PASSPHRASE"] = environment.PULUMI_CONFIG_PASSPHRASE;
            const { charts } = await ensureToolchain(silent);
            symlinkSync(charts, path.join(checkout.folder, "charts"));
            const made = await Promise.all(names.map((name) => clusters.up({ name }, silent)));
            const sources = made.map(({ name, kubeconfigPath, apiServer }) => [
                name,
                { source: "existing", kubeconfigFile: kubeconfigPath, apiServer },
            ]);
            const config = {
                "istio-multicluster:charts": "charts",
                "istio-multicluster:clusters": Object.fromEntries(sources) as unknown,
            };
            writeFileSync(path.join(checkout.folder, "Pulumi.mesh.yaml"), stringify({ config }));
            mkdirSync(path.join(checkout.folder, ".pulumi-state"));
            await pulumi("stack", "init", "mesh");
        });

        after(async () => {
            await Promise.all(names.map((name) => clusters.delete(name, silent)));
            checkout.remove();
            if (passphraseBefore === undefined) delete process.env["PULUMI_CONFIG_PASSPHRASE"];
            else process.env["PULUMI_CONFIG_PASSPHRASE"] = passphraseBefore;
        });

        it("previews without changes what the embedded host made", async () => {
            await embedded("up");
            await pulumi("stack", "import", "--file", ".mesh/stacks/mesh.json");
            await pulumi("preview", "--expect-no-changes");
        });

        it("changes and destroys what the embedded host made", async () => {
            checkout.edit("Pulumi.yaml", (text) => text.replace("webapp.istioinaction.io", "shop.istioinaction.io"));
            await pulumi("up", "--yes", "--skip-preview");
            await pulumi("preview", "--expect-no-changes");
            await pulumi("refresh", "--yes", "--skip-preview");
            await pulumi("preview", "--expect-no-changes");
            await pulumi("destroy", "--yes", "--skip-preview");
        });

        it("makes the mesh by itself, which the embedded host previews without changes", async () => {
            await pulumi("up", "--yes", "--skip-preview");
            await pulumi("preview", "--expect-no-changes");
            checkout.edit(".mesh/stacks/mesh.json", () => "");
            await pulumi("stack", "export", "--file", ".mesh/stacks/mesh.json");
            expect(await embedded("preview")).to.match(/^\d+ unchanged in /m);
            expect(await embedded("verify")).to.contain("The clusters are one mesh");
            await pulumi("destroy", "--yes", "--skip-preview");
        });
    });
} else {
    describe("the mesh stack on Pulumi", () => {
        it("not run: it needs the Pulumi CLI on PATH");
    });
}
