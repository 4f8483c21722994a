import { expect } from "chai";
import { createGzip } from "node:zlib";
import { createWriteStream, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { pack } from "tar-stream";
import { UNKNOWN, type Properties } from "../../../../embedded/host/providers/provider";
import { chartArguments, installArguments } from "../../../../embedded/host/providers/helm/command";
import { checkRelease, parseRelease } from "../../../../embedded/host/providers/helm/inputs";
import { objectsOf, resourceNames } from "../../../../embedded/host/providers/helm/record";
import { ProblemsError } from "../../../../shared/problems";
import { operation } from "./operation";

const askNobody = (): Promise<string> => Promise.reject(new Error("asked a repository"));
const RELEASE = "kubernetes:helm.sh/v3:Release";

describe("helm releases", () => {
    let folder: string;
    before(async () => {
        folder = mkdtempSync(path.join(os.tmpdir(), "charts-"));
        mkdirSync(path.join(folder, "base"));
        const chart = "name: base\nversion: 1.2.3\n";
        writeFileSync(path.join(folder, "base", "Chart.yaml"), chart);
        const archive = pack();
        archive.entry({ name: "base/values.yaml" }, "a: 1\n");
        archive.entry({ name: "base/charts/sub/Chart.yaml" }, "name: sub\nversion: 9.9.9\n");
        archive.entry({ name: "base/Chart.yaml" }, chart);
        archive.finalize();
        await pipeline(archive, createGzip(), createWriteStream(path.join(folder, "base.tgz")));
    });
    after(() => {
        rmSync(folder, { recursive: true });
    });

    const check = (news: Properties, olds?: Properties, latest = askNobody) =>
        checkRelease(operation(RELEASE, { workingDirectory: folder }), olds, news, "default", latest);
    const refusal = async (news: Properties): Promise<string> => {
        const error: unknown = await check(news).then(
            () => undefined,
            (reason: unknown) => reason,
        );
        expect(error).to.be.instanceOf(ProblemsError);
        return String(error);
    };

    it("records every default that Pulumi records, and the version of the chart", async () => {
        expect(await check({ chart: "./base", name: "istio-base", compat: "true" })).to.deep.equal({
            allowNullValues: false,
            atomic: false,
            chart: "./base",
            cleanupOnFail: false,
            createNamespace: false,
            dependencyUpdate: false,
            description: "",
            devel: false,
            disableCRDHooks: false,
            disableOpenapiValidation: false,
            disableWebhooks: false,
            forceUpdate: false,
            keyring: "",
            lint: false,
            name: "istio-base",
            namespace: "default",
            postrender: "",
            recreatePods: false,
            renderSubchartNotes: false,
            replace: false,
            resetValues: false,
            reuseValues: false,
            skipAwait: false,
            skipCrds: false,
            timeout: 300,
            values: {},
            verify: false,
            version: "1.2.3",
            waitForJobs: false,
        });
    });

    it("reads the version of a folder, of an archive, of a pin, and of a repository where nothing pins it", async () => {
        const version = async (news: Properties, latest?: () => Promise<string>) =>
            (await check({ name: "x", ...news }, undefined, latest))["version"];
        const repositoryOpts = { repo: "https://charts.example.org" };
        expect(await version({ chart: path.join(folder, "base") })).to.equal("1.2.3");
        expect(await version({ chart: "base.tgz" })).to.equal("1.2.3");
        expect(await version({ chart: "base", version: "1.30.0", repositoryOpts })).to.equal("1.30.0");
        expect(
            await version({ chart: "base", version: "^1.0", repositoryOpts }, () => Promise.resolve("1.9.0")),
        ).to.equal("1.9.0");
        expect(await version({ chart: "base", repositoryOpts }, () => Promise.resolve("2.0.0"))).to.equal("2.0.0");
        expect(await version({ chart: UNKNOWN })).to.equal("");
    });

    it("keeps the name that it once made", async () => {
        const first = await check({ chart: "./base" });
        expect(first["name"]).to.match(/^it-[0-9a-f]{8}$/);
        expect(await check({ chart: "./base" }, first)).to.deep.equal(first);
    });

    it("does not wait by itself where the program does not want it", async () => {
        expect((await check({ chart: "./base", skipAwait: true }))["timeout"]).to.equal(0);
    });

    it("refuses what it cannot serve, by name", async () => {
        const text = await refusal({
            chart: "./base",
            name: "No Name",
            lint: true,
            postrender: "sed",
            valueYamlFiles: [],
        });
        expect(text).to.contain(".lint: is not served by the embedded host");
        expect(text).to.contain(".postrender: is not served by the embedded host");
        expect(text).to.contain(".name: must be a DNS name");
        expect(text).to.contain("valueYamlFiles");
        expect(await refusal({ chart: "./nonesuch" })).to.contain(".chart: must be a chart's folder or archive");
    });

    it("asks helm for a new release, or for one that continues", async () => {
        const release = parseRelease(await check({ chart: "./base", name: "istio-base", values: { secret: "hush" } }));
        const common = [
            "istio-base",
            "./base",
            "--version",
            "1.2.3",
            "--namespace",
            "default",
            "--values",
            "-",
            "--server-side=false",
            "--timeout",
            "300s",
        ];
        expect(installArguments(release, true)).to.deep.equal(["install", ...common]);
        expect(installArguments(release, false)).to.deep.equal(["upgrade", "--install", ...common]);
    });

    it("passes on what the program sets", async () => {
        const release = parseRelease(
            await check({
                chart: "gateway",
                name: "gw",
                version: "1.30.0",
                repositoryOpts: { repo: "https://charts.example.org", username: "u" },
                atomic: true,
                createNamespace: true,
                maxHistory: 3,
                resetValues: true,
                waitForJobs: true,
            }),
        );
        expect(chartArguments(release)).to.deep.equal([
            "gateway",
            "--version",
            "1.30.0",
            "--repo",
            "https://charts.example.org",
            "--username",
            "u",
        ]);
        expect(installArguments(release, false)).to.include.members([
            "--rollback-on-failure",
            "--wait",
            "--wait-for-jobs",
            "--create-namespace",
            "--history-max",
            "3",
            "--reset-values",
        ]);
        expect(installArguments(release, true))
            .not.to.include.members(["--history-max"])
            .and.not.to.include("--reset-values");
    });

    it("names the objects of a manifest as Pulumi groups them", () => {
        const manifest = `---
# Source: a
apiVersion: v1
kind: Service
metadata: {name: b, namespace: n}
---
apiVersion: v1
kind: Service
metadata: {name: a, namespace: n}
---
# nothing
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: d}
`;
        expect(resourceNames(objectsOf(manifest))).to.deep.equal({
            "Service/v1": ["n/a", "n/b"],
            "Deployment.apps/apps/v1": ["d"],
        });
    });
});
