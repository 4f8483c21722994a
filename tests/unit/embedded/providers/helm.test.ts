import { expect } from "chai";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { UNKNOWN, type Properties } from "../../../../embedded/host/providers/provider";
import { installArguments } from "../../../../embedded/host/providers/helm/command";
import { checkRelease, parseRelease } from "../../../../embedded/host/providers/helm/inputs";
import { objectsOf, resourceNames } from "../../../../embedded/host/providers/helm/record";
import { ProblemsError } from "../../../../shared/problems";
import { operation } from "./operation";

const RELEASE = "kubernetes:helm.sh/v3:Release";

describe("helm releases", () => {
    let folder: string;
    before(() => {
        folder = mkdtempSync(path.join(os.tmpdir(), "charts-"));
        mkdirSync(path.join(folder, "base"));
        const chart = "name: base\nversion: 1.2.3\n";
        writeFileSync(path.join(folder, "base", "Chart.yaml"), chart);
    });
    after(() => {
        rmSync(folder, { recursive: true });
    });

    const check = (news: Properties, olds?: Properties) =>
        checkRelease(operation(RELEASE, { workingDirectory: folder }), olds, news, "default");
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

    it("reads the version of a folder, or of a pin", async () => {
        const version = async (news: Properties) => (await check({ name: "x", ...news }))["version"];
        const repositoryOpts = { repo: "https://charts.example.org" };
        expect(await version({ chart: path.join(folder, "base") })).to.equal("1.2.3");
        expect(await version({ chart: "base", version: "1.30.0", repositoryOpts })).to.equal("1.30.0");
        expect(await version({ chart: UNKNOWN })).to.equal("");
        expect(await refusal({ name: "x", chart: "base", version: "^1.0", repositoryOpts })).to.contain(
            ".version: a chart of a repository needs an exact version with the embedded host",
        );
    });

    it("keeps the name that it once made", async () => {
        const first = await check({ chart: "./base" });
        expect(first["name"]).to.match(/^it-[0-9a-f]{8}$/);
        expect(await check({ chart: "./base" }, first)).to.deep.equal(first);
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
        expect(await refusal({ chart: "./nonesuch" })).to.contain(".chart: must be a chart's folder");
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

    it("names the repository of a chart that has one", async () => {
        const repositoryOpts = { repo: "https://charts.example.org" };
        const release = parseRelease(await check({ chart: "gateway", name: "gw", version: "1.30.0", repositoryOpts }));
        expect(installArguments(release, true).slice(0, 7)).to.deep.equal([
            "install",
            "gw",
            "gateway",
            "--version",
            "1.30.0",
            "--repo",
            "https://charts.example.org",
        ]);
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
