import { expect } from "chai";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { stringify } from "yaml";
import { UNKNOWN, type Diff, type Properties } from "../../../../embedded/host/providers/provider";
import { kubernetesPackage } from "../../../../embedded/host/providers/kubernetes";
import { diffObject, driftedInputs } from "../../../../embedded/host/providers/kubernetes/diff";
import { loadKubeconfig } from "../../../../embedded/host/providers/kubernetes/kubeconfig";
import { normalize } from "../../../../embedded/host/providers/kubernetes/objects";
import { ProblemsError } from "../../../../shared/problems";
import { operation } from "./operation";

const kubeconfig = (server: string, changes: object = {}) =>
    stringify({
        apiVersion: "v1",
        kind: "Config",
        clusters: [{ name: "c", cluster: { server, ...changes } }],
        users: [{ name: "u", user: { token: "t" } }],
        contexts: [
            { name: "one", context: { cluster: "c", user: "u" } },
            { name: "two", context: { cluster: "gone", user: "u" } },
        ],
        "current-context": "one",
    });
const west = kubeconfig("https://west:6443");

const kubernetes = kubernetesPackage(() => Promise.reject(new Error("no helm in a unit test")));

function problems(work: () => unknown): string[] {
    try {
        work();
    } catch (error) {
        expect(error).to.be.instanceOf(ProblemsError);
        if (error instanceof ProblemsError) return error.problems.map(({ subject, rule }) => `${subject}: ${rule}`);
    }
    throw new Error("nothing was refused");
}

describe("kubernetes provider: configuration", () => {
    it("reads YAML, JSON and files alike", () => {
        const folder = mkdtempSync(path.join(os.tmpdir(), "kubeconfig-"));
        try {
            const file = path.join(folder, "config");
            writeFileSync(file, west);
            const json = JSON.stringify({ ...loadKubeconfig({ kubeconfig: west }) }.cluster);
            expect(json).to.equal('{"server":"https://west:6443"}');
            expect(loadKubeconfig({ kubeconfig: file })).to.deep.include({
                cluster: { server: "https://west:6443" },
                folder,
            });
        } finally {
            rmSync(folder, { recursive: true });
        }
    });

    it("refuses what leads to no cluster, or to an unverified one, without showing its content", () => {
        expect(problems(() => loadKubeconfig({ kubeconfig: "/nonesuch" }))).to.deep.equal([
            "kubernetes provider.kubeconfig: must be YAML, JSON, or the path of a file that exists",
        ]);
        expect(problems(() => loadKubeconfig({ kubeconfig: west, context: "three" }))).to.deep.equal([
            "kubernetes provider.kubeconfig: the kubeconfig has no context three (contexts: one, two)",
        ]);
        const unverified = kubeconfig("https://west:6443", { "insecure-skip-tls-verify": true });
        expect(problems(() => loadKubeconfig({ kubeconfig: unverified }))).to.deep.equal([
            "kubernetes provider.kubeconfig: context one cannot be used: it sets insecure-skip-tls-verify, and a cluster that is not verified may be anybody's",
        ]);
        expect(problems(() => loadKubeconfig({ kubeconfig: kubeconfig("http://west") }))).to.deep.equal([
            "kubernetes provider.kubeconfig: context one cannot be used: its server must be an https URL",
        ]);
        const text = problems(() => loadKubeconfig({ kubeconfig: "users:\n  - secret-token" })).join();
        expect(text).to.contain("kubeconfig").and.not.to.contain("secret-token");
    });

    it("refuses settings that it does not know, by name, all of them", () => {
        const inputs = {
            kubeconfig: west,
            strictMode: "true",
            renderYamlToDirectory: "x",
            enableServerSideApply: "false",
        };
        expect(problems(() => kubernetes.checkConfig(inputs)).map((problem) => problem.split(":")[0])).to.have.members([
            "kubernetes provider.strictMode",
            "kubernetes provider.renderYamlToDirectory",
            "kubernetes provider.enableServerSideApply",
        ]);
    });

    it("replaces for another cluster only", () => {
        const diff = (olds: Properties, news: Properties) => kubernetes.diffConfig(olds, news).replace;
        const east = kubeconfig("https://east:6443");
        expect(diff({ kubeconfig: west }, { kubeconfig: west })).to.deep.equal([]);
        expect(diff({ kubeconfig: west }, { kubeconfig: east })).to.deep.equal(["kubeconfig"]);
        expect(diff({ kubeconfig: west }, { kubeconfig: `${west}preferences: {}\n` })).to.deep.equal([]);
        expect(diff({ kubeconfig: west }, { kubeconfig: UNKNOWN })).to.deep.equal(["kubeconfig"]);
        const named = { kubeconfig: west, clusterIdentifier: "west-1" };
        expect(diff(named, { ...named, kubeconfig: east })).to.deep.equal([]);
        expect(diff(named, { ...named, kubeconfig: UNKNOWN })).to.deep.equal([]);
        expect(diff(named, { ...named, clusterIdentifier: "west-2" })).to.deep.equal(["clusterIdentifier"]);
        expect(diff(named, { ...named, clusterIdentifier: UNKNOWN })).to.deep.equal(["clusterIdentifier"]);
        expect(diff({ kubeconfig: west }, named)).to.deep.equal([]);
    });

    it("serves objects of any kind and releases, and nothing that is not an object", () => {
        const provider = kubernetes.configure({ kubeconfig: UNKNOWN });
        const served = (type: string) => provider.serves(type);
        expect(
            ["core/v1:Secret", "apps/v1:Deployment", "networking.istio.io/v1:Gateway", "helm.sh/v3:Release"].map(
                (type) => served(`kubernetes:${type}`),
            ),
        ).to.deep.equal([true, true, true, true]);
        expect(
            [
                "core/v1:NamespacePatch",
                "helm.sh/v3:Chart",
                "helm.sh/v4:Chart",
                "yaml:ConfigFile",
                "kustomize:Directory",
            ].map((type) => served(`kubernetes:${type}`)),
        ).to.deep.equal([false, false, false, false, false]);
        expect(served("tls:index/privateKey:PrivateKey")).to.equal(false);
    });
});

describe("kubernetes provider: inputs and plans", () => {
    const provider = kubernetes.configure({ kubeconfig: UNKNOWN, namespace: "apps" });
    const secret = { apiVersion: "v1", kind: "Secret", metadata: { name: "s", namespace: "n", uid: "1" } };

    it("stores a Secret's stringData as data, and leaves the unknown as it is", () => {
        const news = { ...secret, data: { a: "eA==" }, stringData: { b: "x", c: UNKNOWN } };
        expect(normalize(news)).to.deep.equal({
            ...secret,
            metadata: { name: "s", namespace: "n" },
            data: { a: "eA==", b: "eA==", c: UNKNOWN },
        });
        expect(provider.secretInputs?.("kubernetes:core/v1:Secret")).to.include("data");
    });

    it("names what has no name, keeps that name, and fills the default namespace of what has one", async () => {
        const map = operation("kubernetes:core/v1:ConfigMap");
        const first = await provider.check(map, undefined, { apiVersion: "v1", kind: "ConfigMap" });
        expect(first["metadata"]).to.deep.include({
            namespace: "apps",
            annotations: { "pulumi.com/autonamed": "true" },
        });
        expect(JSON.stringify(first)).to.match(/"name":"it-[0-9a-f]{8}"/);
        expect(await provider.check(map, first, { apiVersion: "v1", kind: "ConfigMap" })).to.deep.equal(first);
        const role = { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", metadata: { name: "r" } };
        expect(
            await provider.check(operation("kubernetes:rbac.authorization.k8s.io/v1:ClusterRole"), undefined, role),
        ).to.deep.equal(role);
    });

    it("plans a creation and an update without a cluster", async () => {
        const preview = operation("kubernetes:core/v1:ConfigMap", { preview: true });
        const inputs = {
            apiVersion: "v1",
            kind: "ConfigMap",
            metadata: { name: "m", namespace: "n" },
            data: { a: "1" },
        };
        expect(await provider.create(preview, inputs)).to.deep.equal({ id: "", outputs: inputs });
        const outputs = {
            ...inputs,
            metadata: { ...inputs.metadata, uid: "1" },
            __inputs: inputs,
            __fieldManager: "f",
        };
        const news = { ...inputs, data: { a: "2" } };
        expect(await provider.update(preview, { id: "n/m", inputs, outputs }, news)).to.deep.equal({
            id: "n/m",
            outputs: { ...outputs, data: { a: "2" }, __inputs: news },
        });
        expect(await provider.read(preview, "n/m", undefined)).to.deep.equal({ id: "n/m", inputs: {}, outputs: {} });
    });

    it("takes drift over into the inputs, and nothing that the server only writes in another way", () => {
        const inputs = { spec: { cpu: "1000m", replicas: 1, gone: "x" }, labels: { a: "b" } };
        const recorded = { spec: { cpu: "1", replicas: 1, gone: "x", uid: 1 }, labels: { a: "b", own: "c" } };
        expect(driftedInputs(inputs, recorded, { ...recorded, status: 2 })).to.deep.equal(inputs);
        const live = { spec: { cpu: "1", replicas: 3, uid: 2 }, labels: { a: "z", own: "d" } };
        expect(driftedInputs(inputs, recorded, live)).to.deep.equal({
            spec: { cpu: "1000m", replicas: 3 },
            labels: { a: "z" },
        });
    });
});

describe("kubernetes provider: diff", () => {
    const rules: [string, Properties, Properties, Partial<Diff>][] = [
        ["no change", {}, {}, { changed: [], replace: [] }],
        [
            "a label",
            {},
            { metadata: { name: "x", namespace: "n", labels: { a: "b" } } },
            { changed: ["metadata"], replace: [] },
        ],
        [
            "the name",
            {},
            { metadata: { name: "y", namespace: "n" } },
            { replace: ["metadata"], deleteBeforeReplace: false },
        ],
        [
            "the namespace",
            {},
            { metadata: { name: "x", namespace: "m" } },
            { replace: ["metadata"], deleteBeforeReplace: false },
        ],
        ["an unknown value", { spec: { a: 1 } }, { spec: UNKNOWN }, { changed: ["spec"], replace: [] }],
        [
            "a Deployment's selector",
            { apiVersion: "apps/v1", kind: "Deployment", spec: { selector: { matchLabels: { a: "b" } } } },
            { apiVersion: "apps/v1", kind: "Deployment", spec: { selector: { matchLabels: { a: "c" } } } },
            { changed: ["spec"], replace: ["spec"], deleteBeforeReplace: true },
        ],
        [
            "a Deployment's template",
            { apiVersion: "apps/v1", kind: "Deployment", spec: { selector: {}, template: { a: 1 } } },
            { apiVersion: "apps/v1", kind: "Deployment", spec: { selector: {}, template: { a: 2 } } },
            { changed: ["spec"], replace: [] },
        ],
        [
            "a Service's address",
            { kind: "Service", spec: { clusterIP: "None" } },
            { kind: "Service", spec: {} },
            { replace: ["spec"] },
        ],
        [
            "a Secret's type",
            { kind: "Secret", type: "a" },
            { kind: "Secret", type: "b" },
            { replace: ["type"], deleteBeforeReplace: true },
        ],
    ];
    const object = (changes: Properties): Properties => ({
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "x", namespace: "n" },
        ...changes,
    });
    const state = (inputs: Properties) => ({ id: "n/x", inputs, outputs: inputs });

    for (const [name, before, after, expected] of rules) {
        it(`judges a change of ${name}`, () => {
            const diff = diffObject(state(object(before)), object(after), { secrets: true, configMaps: true });
            expect(diff).to.deep.include(expected);
        });
    }

    it("replaces a Job for another pod, and one that did not complete where it is asked to", () => {
        const job = (template: string, annotations: Properties = {}) => ({
            apiVersion: "batch/v1",
            kind: "Job",
            metadata: { name: "x", namespace: "n", annotations },
            spec: { backoffLimit: 0, template },
        });
        const asked = { "pulumi.com/replaceUnready": "true" };
        const ended = (inputs: Properties, type: string) => ({
            id: "n/x",
            inputs,
            outputs: { ...inputs, status: { conditions: [{ type, status: "True" }] } },
        });
        const diff = (type: string, before: Properties, after: Properties) =>
            diffObject(ended(before, type), after, { secrets: true, configMaps: true });
        const again = { changed: ["status"], replace: ["status"], deleteBeforeReplace: true };
        expect(diff("Complete", job("a"), job("b")).replace).to.deep.equal(["spec"]);
        expect(diff("Complete", job("a", asked), job("a", asked))).to.deep.equal(diff("Failed", job("a"), job("a")));
        expect(diff("Failed", job("a"), job("a")).changed).to.deep.equal([]);
        expect(diff("Failed", job("a", asked), job("a", asked))).to.deep.equal(again);
    });

    it("changes a Secret's data in place only where the provider says so", () => {
        const old = state(object({ kind: "Secret", data: { a: "eA==" } }));
        const news = object({ kind: "Secret", stringData: { a: "y" } });
        const replaced = { changed: ["data"], replace: ["data"], deleteBeforeReplace: true };
        const updated = { changed: ["data"], replace: [], deleteBeforeReplace: false };
        expect(diffObject(old, news, { secrets: false, configMaps: false })).to.deep.equal(replaced);
        expect(diffObject(old, news, { secrets: true, configMaps: false })).to.deep.equal(updated);
        expect(
            diffObject(old, { ...news, immutable: true }, { secrets: true, configMaps: false }).replace,
        ).to.deep.equal([]);
        const frozen = state(object({ kind: "Secret", data: { a: "eA==" }, immutable: true }));
        expect(diffObject(frozen, news, { secrets: true, configMaps: false }).replace).to.deep.equal(["data"]);
    });

    it("knows the default namespace, and that a cluster's own objects have none", () => {
        const bare = object({ metadata: { name: "x" } });
        const inDefault = {
            id: "default/x",
            inputs: bare,
            outputs: object({ metadata: { name: "x", namespace: "default" } }),
        };
        const explicit = object({ metadata: { name: "x", namespace: "default" } });
        expect(diffObject(inDefault, explicit, { secrets: true, configMaps: true }).changed).to.deep.equal([]);
        const clusterWide = { id: "x", inputs: bare, outputs: bare };
        expect(diffObject(clusterWide, explicit, { secrets: true, configMaps: true }).changed).to.deep.equal([]);
    });
});
