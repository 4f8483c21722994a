/** The host's providers against a real cluster: its API server, its controllers, and helm. */
import { expect } from "chai";
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { gunzipSync, gzipSync } from "node:zlib";
import { localClusters, type LocalCluster, type LocalClusters } from "../../embedded/localClusters";
import {
    NotReadyError,
    type Operation,
    type Properties,
    type Provider,
    type ResourceState,
} from "../../embedded/host/providers/provider";
import { objectAt, textAt, valueAt } from "../../embedded/apiServer/json";
import { kubernetesPackage } from "../../embedded/host/providers/kubernetes";
import { ensureToolchain, type Toolchain } from "../../embedded/toolchain";
import { operation } from "../unit/embedded/providers/operation";

const execute = promisify(execFile);
const NAMESPACE = "kubernetes:core/v1:Namespace";
const CONFIG_MAP = "kubernetes:core/v1:ConfigMap";
const SECRET = "kubernetes:core/v1:Secret";
const SERVICE = "kubernetes:core/v1:Service";
const DEPLOYMENT = "kubernetes:apps/v1:Deployment";
const JOB = "kubernetes:batch/v1:Job";
const DEFINITION = "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition";
const RELEASE = "kubernetes:helm.sh/v3:Release";

describe("kubernetes provider on a cluster", function () {
    this.timeout(180_000);

    const home = mkdtempSync(path.join(os.tmpdir(), "providers-"));
    const scratch = path.join(home, "helm");
    let toolchain: Toolchain;
    let clusters: LocalClusters;
    let cluster: LocalCluster;
    let provider: Provider;
    let lines: string[];

    before(async () => {
        toolchain = await ensureToolchain(() => undefined);
        clusters = localClusters(home, () => Promise.resolve(toolchain));
        cluster = await clusters.up({ name: "solo" }, () => undefined);
        provider = configure({ kubeconfig: cluster.kubeconfig, enableSecretMutable: "true" });
        await make(NAMESPACE, object("v1", "Namespace", "apps"));
    });
    after(async () => {
        await clusters.delete("solo", () => undefined);
        rmSync(home, { recursive: true, force: true });
    });
    beforeEach(() => {
        lines = [];
    });

    const configure = (inputs: Properties): Provider => {
        const served = kubernetesPackage(() => Promise.resolve({ binary: toolchain.binaries.helm, scratch }));
        return served.configure(served.checkConfig(inputs));
    };
    const step = (type: string, changes: Partial<Operation> = {}): Operation =>
        operation(type, { workingDirectory: home, progress: (line) => lines.push(line), ...changes });
    const kubectl = async (...args: string[]): Promise<string> => {
        const all = ["--kubeconfig", cluster.kubeconfigPath, "--namespace", "apps", ...args];
        return (await execute(toolchain.binaries.kubectl, all, { timeout: 60_000 })).stdout.trim();
    };
    async function make(type: string, inputs: Properties, changes: Partial<Operation> = {}): Promise<ResourceState> {
        const checked = await provider.check(step(type, changes), undefined, inputs);
        const { id, outputs } = await provider.create(step(type, changes), checked);
        return { id, inputs: checked, outputs };
    }
    async function change(type: string, old: ResourceState, inputs: Properties): Promise<ResourceState> {
        const checked = await provider.check(step(type), old.inputs, inputs);
        const { id, outputs } = await provider.update(step(type), old, checked);
        return { id, inputs: checked, outputs };
    }
    const failure = async (work: Promise<unknown>): Promise<Error> => {
        const error: unknown = await work.then(
            () => undefined,
            (reason: unknown) => reason,
        );
        if (error instanceof Error) return error;
        throw new Error("it did not fail");
    };
    const notReady = async (work: Promise<unknown>): Promise<NotReadyError> => {
        const error = await failure(work);
        if (error instanceof NotReadyError) return error;
        throw error;
    };

    describe("objects", () => {
        it("creates, records as Pulumi does, and reads without a difference", async () => {
            const inputs = object("v1", "ConfigMap", "plain", { data: { a: "1" } });
            const made = await make(CONFIG_MAP, inputs);
            expect(made.id).to.equal("apps/plain");
            expect(made.outputs).to.deep.include({ __inputs: inputs, __initialApiVersion: "v1", data: { a: "1" } });
            expect(textAt(made.outputs, "metadata", "uid")).to.match(/^[0-9a-f-]{36}$/);
            const read = await provider.read(step(CONFIG_MAP), made.id, made);
            expect(read?.inputs).to.deep.equal(inputs);
            expect(read?.outputs).to.deep.equal(made.outputs);
            await provider.delete(step(CONFIG_MAP), made);
            expect(await provider.read(step(CONFIG_MAP), made.id, made)).to.equal(undefined);
            await provider.delete(step(CONFIG_MAP), made);
        });

        it("changes by server-side apply: what the program drops goes, what others own stays", async () => {
            const inputs = object("v1", "ConfigMap", "owned", { data: { a: "1", b: "2" } });
            const made = await make(CONFIG_MAP, inputs);
            await kubectl("label", "configmap", "owned", "team=other");
            const changed = await change(CONFIG_MAP, made, { ...inputs, data: { a: "3" } });
            expect(changed.outputs["data"]).to.deep.equal({ a: "3" });
            expect(textAt(changed.outputs, "metadata", "labels", "team")).to.equal("other");
            expect(textAt(changed.outputs, "metadata", "uid")).to.equal(textAt(made.outputs, "metadata", "uid"));
        });

        it("names the field and the manager that it would fight with", async () => {
            const inputs = object("v1", "ConfigMap", "fought", { data: { a: "1" } });
            const made = await change(CONFIG_MAP, await make(CONFIG_MAP, inputs), { ...inputs, data: { a: "2" } });
            const theirs = path.join(home, "theirs.json");
            writeFileSync(theirs, JSON.stringify({ ...inputs, data: { a: "theirs" } }));
            await kubectl(
                "apply",
                "--server-side",
                "--force-conflicts",
                "--field-manager=gardener",
                "--filename",
                theirs,
            );
            const error = await failure(change(CONFIG_MAP, made, { ...inputs, data: { a: "3" } }));
            expect(error.message).to.contain('.data.a (conflict with "gardener"').and.contain("pulumi.com/patchForce");
            const forced = object(
                "v1",
                "ConfigMap",
                "fought",
                { data: { a: "3" } },
                { "pulumi.com/patchForce": "true" },
            );
            expect((await change(CONFIG_MAP, made, forced)).outputs["data"]).to.deep.equal({ a: "3" });
        });

        it("takes drift over when it reads", async () => {
            const made = await make(CONFIG_MAP, object("v1", "ConfigMap", "drifting", { data: { a: "1" } }));
            await kubectl("patch", "configmap", "drifting", "--type=merge", '--patch={"data":{"a":"x","b":"y"}}');
            const read = await provider.read(step(CONFIG_MAP), made.id, made);
            expect(read?.inputs["data"]).to.deep.equal({ a: "x" });
            expect(read?.outputs["data"]).to.deep.equal({ a: "x", b: "y" });
        });

        it("refuses an object that is there already, unless the last run was ended while it made it", async () => {
            await kubectl("create", "configmap", "found", "--from-literal=a=1");
            const inputs = object("v1", "ConfigMap", "found", { data: { a: "2" } });
            const error = await failure(make(CONFIG_MAP, inputs));
            expect(error.message).to.contain("ConfigMap apps/found exists already").and.contain("Delete it");
            const taken = await make(CONFIG_MAP, inputs, { interrupted: true });
            expect(taken.outputs["data"]).to.deep.equal({ a: "2" });
        });

        it("leaves alone what somebody else has made since under the same name", async () => {
            const made = await make(CONFIG_MAP, object("v1", "ConfigMap", "reused"));
            await kubectl("delete", "configmap", "reused");
            await kubectl("create", "configmap", "reused");
            await provider.delete(step(CONFIG_MAP), made);
            expect(await kubectl("get", "configmap", "reused", "--output=name")).to.equal("configmap/reused");
        });

        it("stores a Secret's text as data, and marks it as secret", async () => {
            const secret = object("v1", "Secret", "text", { stringData: { a: "x" } });
            const checked = await provider.check(step(SECRET), undefined, secret);
            const { outputs, secretOutputs } = await provider.create(step(SECRET), checked);
            expect(outputs["data"]).to.deep.equal({ a: "eA==" });
            expect(outputs).not.to.have.property("stringData");
            expect(secretOutputs).to.include.members(["data", "__inputs"]);
        });

        it("waits for a service account's token", async () => {
            await make("kubernetes:core/v1:ServiceAccount", object("v1", "ServiceAccount", "reader"));
            const annotations = { "kubernetes.io/service-account.name": "reader" };
            const secret = { type: "kubernetes.io/service-account-token" };
            const made = await make(SECRET, object("v1", "Secret", "token", secret, annotations));
            expect(objectAt(made.outputs, "data")).to.have.all.keys("ca.crt", "namespace", "token");
        });

        it("waits for what an object needs: first its kind, then its rule", async () => {
            const gadget = object("example.org/v1", "Gadget", "early");
            const early = make("kubernetes:example.org/v1:Gadget", gadget);
            await sleep(1500);
            const made = await make(DEFINITION, definition());
            expect(lines).to.include(
                "waiting for Gadget apps/early: the cluster does not know example.org/v1 Gadget yet",
            );
            expect((await early).id).to.equal("apps/early");
            expect(valueAt(made.outputs, "spec", "versions", 0, "schema", "openAPIV3Schema")).to.deep.include({
                x_kubernetes_preserve_unknown_fields: true,
            });
        });

        it("finds a node by its id", async () => {
            const node = await provider.read(step("kubernetes:core/v1:Node"), "solo-control-plane", undefined);
            const addresses = valueAt(node?.outputs, "status", "addresses");
            expect(addresses).to.deep.include({ type: "InternalIP", address: cluster.nodeAddress });
            expect(await provider.read(step("kubernetes:core/v1:Node"), "nonesuch", undefined)).to.equal(undefined);
        });

        it("waits for a rollout and for a load balancer's address", async () => {
            const service = object("v1", "Service", "web", {
                spec: { type: "LoadBalancer", selector: { app: "web" }, ports: [{ port: 80, targetPort: 8080 }] },
            });
            const [web, address] = await Promise.all([make(DEPLOYMENT, deployment("web")), make(SERVICE, service)]);
            expect(valueAt(web.outputs, "status", "availableReplicas")).to.equal(1);
            expect(valueAt(address.outputs, "status", "loadBalancer", "ingress", 0, "ip")).to.be.a("string");
        });

        it("says why a rollout does not end, and mends it with the next update", async () => {
            const soon = { "pulumi.com/timeoutSeconds": "4" };
            const broken = deployment("broken", "localhost/nonesuch:1", soon);
            const error = await notReady(make(DEPLOYMENT, broken));
            expect(error.message).to.equal(
                "Deployment apps/broken did not get ready within 4 s: 0 of 1 pods are available",
            );
            expect(error.reasons.join()).to.contain("ErrImageNeverPull").and.contain("localhost/nonesuch:1");
            expect(lines).to.include("waiting for Deployment apps/broken: 0 of 1 pods are available");
            const recorded = { id: error.result.id, inputs: broken, outputs: error.result.outputs };
            const mended = await change(DEPLOYMENT, recorded, deployment("broken"));
            expect(valueAt(mended.outputs, "status", "availableReplicas")).to.equal(1);
        });

        it("waits for a Job's end, and says what the pod of a failed one said", async () => {
            const done = await make(JOB, job("done", ""));
            expect(valueAt(done.outputs, "status", "succeeded")).to.equal(1);
            const error = await notReady(make(JOB, job("failing", "console.error('no way there'); process.exit(7)")));
            expect(error.message).to.contain("Job apps/failing failed").and.contain("BackoffLimitExceeded");
            expect(error.reasons.join()).to.contain("container it ended with exit code 7: Error: no way there");
            await provider.delete(step(JOB), done);
            expect(await kubectl("get", "pods", "--selector=job-name=done", "--output=name")).to.equal("");
        });

        it("says in a user's words what the API server refuses", async () => {
            const invalid = object("v1", "Service", "invalid", { spec: { ports: [{ port: 70_000 }] } });
            const error = await failure(make(SERVICE, invalid));
            expect(error.message).to.contain("Service apps/invalid: the API server refuses it").and.contain("70000");
            await make(CONFIG_MAP, { ...object("v1", "ConfigMap", "warned"), colour: "red" });
            expect(lines.join()).to.contain('unknown field "colour"');
        });

        it("ends a wait when the run is aborted", async () => {
            const stop = new AbortController();
            const waiting = make(DEPLOYMENT, deployment("aborted", "localhost/nonesuch:1"), { signal: stop.signal });
            setTimeout(() => {
                stop.abort(new Error("the user ended the run"));
            }, 500);
            expect((await failure(waiting)).message).to.match(/the user ended the run|aborted/);
        });

        it("names a server that does not answer", async () => {
            const elsewhere = configure({ kubeconfig: cluster.kubeconfig.replaceAll(":6443", ":6444") });
            const error = await failure(elsewhere.read(step(CONFIG_MAP), "apps/plain", undefined));
            expect(error.message).to.match(/^Kubernetes API server https:\/\/\S+:6444 does not answer: .*ECONNREFUSED/);
        });

        it("removes a namespace with all that is in it, and waits until it is gone", async () => {
            const made = await make(NAMESPACE, object("v1", "Namespace", "short-lived"));
            await kubectl("create", "configmap", "inside", "--namespace=short-lived");
            await provider.delete(step(NAMESPACE), made);
            expect(await kubectl("get", "namespaces", "--output=name")).not.to.contain("short-lived");
        });
    });

    describe("releases", () => {
        const release = (values: Properties = {}, changes: Properties = {}): Properties => ({
            name: "web",
            namespace: "apps",
            chart: "./chart",
            values: { image: toolchain.images.catalog.reference, ...values },
            ...changes,
        });
        let installed: ResourceState;

        before(() => {
            writeChart(path.join(home, "chart"));
        });

        it("installs a chart, waits for its objects, and records what Pulumi records", async () => {
            installed = await make(RELEASE, release());
            expect(installed.id).to.equal("apps/web");
            expect(installed.outputs).to.deep.include({
                resourceNames: { "Deployment.apps/apps/v1": ["chart-web"], "Secret/v1": ["chart-web"] },
                status: {
                    appVersion: "7",
                    chart: "chart",
                    name: "web",
                    namespace: "apps",
                    revision: 1,
                    status: "deployed",
                    version: "1.0.0",
                },
                version: "1.0.0",
            });
            expect(
                await kubectl("get", "deployment", "chart-web", "--output=jsonpath={.status.availableReplicas}"),
            ).to.equal("1");
        });

        it("passes values on with nothing left on the disk or in the arguments", async () => {
            installed = await change(RELEASE, installed, release({ password: "hush-hush" }));
            expect(valueAt(installed.outputs, "status", "revision")).to.equal(2);
            const secret = "--output=jsonpath={.data.password}";
            expect(await kubectl("get", "secret", "chart-web", secret)).to.equal(
                Buffer.from("hush-hush").toString("base64"),
            );
            expect(existsSync(scratch)).to.equal(false);
        });

        it("reads without a difference, and takes over what somebody upgraded by hand", async () => {
            expect((await provider.read(step(RELEASE), installed.id, installed))?.inputs).to.deep.equal(
                installed.inputs,
            );
            const binary = toolchain.binaries.helm;
            const args = ["upgrade", "web", "./chart", "--reuse-values", "--set=password=theirs", "--namespace=apps"];
            await execute(binary, [...args, "--kubeconfig", cluster.kubeconfigPath], { cwd: home });
            const read = await provider.read(step(RELEASE), installed.id, installed);
            expect(textAt(read?.inputs, "values", "password")).to.equal("theirs");
        });

        it("says why a release does not become ready, and continues it with the next update", async () => {
            const broken = change(RELEASE, installed, release({ image: "localhost/nonesuch:1" }, { timeout: 4 }));
            const error = await notReady(broken);
            expect(error.message).to.contain(
                "Release apps/web did not get ready within 4 s: Deployment apps/chart-web: ",
            );
            expect(error.reasons.join()).to.contain("ErrImageNeverPull");
            installed = await change(RELEASE, { ...installed, outputs: error.result.outputs }, release());
            expect(textAt(installed.outputs, "status", "status")).to.equal("deployed");
        });

        it("continues a release that a killed helm left pending", async () => {
            const records = "--selector=owner=helm,name=web";
            const names = await kubectl(
                "get",
                "secrets",
                records,
                "--output=name",
                "--sort-by=.metadata.creationTimestamp",
            );
            const latest = names.split("\n").at(-1) ?? "";
            const data = await kubectl("get", latest, "--output=jsonpath={.data.release}");
            await kubectl("patch", latest, "--type=merge", `--patch=${JSON.stringify(pending(data))}`);
            installed = await change(RELEASE, installed, release({ password: "again" }));
            expect(textAt(installed.outputs, "status", "status")).to.equal("deployed");
            expect(lines.join()).to.contain("Release apps/web was left pending-upgrade; continuing it");
        });

        it("refuses a release that is there already, and a chart that helm refuses, in helm's words alone", async () => {
            const existing = await failure(make(RELEASE, release()));
            expect(existing.message).to.contain("Release apps/web exists already and is not this stack's");
            const invalid = await failure(make(RELEASE, release({ replicas: "x: [" }, { name: "invalid" })));
            expect(invalid).not.to.be.instanceOf(NotReadyError);
            expect(invalid.message)
                .to.match(/^Release apps\/invalid: /)
                .and.not.contain("Error:");
        });

        it("uninstalls, and what is gone already is no error", async () => {
            await provider.delete(step(RELEASE), installed);
            expect(await kubectl("get", "deployments", "--output=name")).not.to.contain("chart-web");
            expect(await provider.read(step(RELEASE), installed.id, installed)).to.equal(undefined);
            await provider.delete(step(RELEASE), installed);
        });
    });

    function deployment(
        name: string,
        image = toolchain.images.catalog.reference,
        annotations?: Record<string, string>,
    ): Properties {
        const container = { name, image, imagePullPolicy: "Never", env: [{ name: "CLUSTER", value: "solo" }] };
        const spec = { terminationGracePeriodSeconds: 0, containers: [container] };
        const labels = { app: name };
        const template = { metadata: { labels }, spec };
        const fields = { spec: { replicas: 1, selector: { matchLabels: labels }, template } };
        return object("apps/v1", "Deployment", name, fields, annotations);
    }

    /** @param script Of Node.js. */
    function job(name: string, script: string): Properties {
        const container = {
            name: "it",
            image: toolchain.images.catalog.reference,
            imagePullPolicy: "Never",
            command: ["/usr/local/bin/node", "--eval", script],
            terminationMessagePolicy: "FallbackToLogsOnError",
        };
        const spec = { restartPolicy: "Never", containers: [container] };
        return object("batch/v1", "Job", name, { spec: { backoffLimit: 0, template: { spec } } });
    }
});

function object(
    apiVersion: string,
    kind: string,
    name: string,
    fields: Properties = {},
    annotations?: Record<string, string>,
): Properties {
    const namespace = kind === "Namespace" ? {} : { namespace: "apps" };
    return { apiVersion, kind, metadata: { name, ...namespace, ...(annotations ? { annotations } : {}) }, ...fields };
}

function definition(): Properties {
    const schema = { openAPIV3Schema: { type: "object", x_kubernetes_preserve_unknown_fields: true } };
    return {
        apiVersion: "apiextensions.k8s.io/v1",
        kind: "CustomResourceDefinition",
        metadata: { name: "gadgets.example.org" },
        spec: {
            group: "example.org",
            names: { kind: "Gadget", plural: "gadgets" },
            scope: "Namespaced",
            versions: [{ name: "v1", served: true, storage: true, schema }],
        },
    };
}

/** A chart with one Deployment and one Secret. */
function writeChart(folder: string): void {
    mkdirSync(path.join(folder, "templates"), { recursive: true });
    writeFileSync(path.join(folder, "Chart.yaml"), "apiVersion: v2\nname: chart\nversion: 1.0.0\nappVersion: '7'\n");
    writeFileSync(path.join(folder, "values.yaml"), "replicas: 1\npassword: none\n");
    writeFileSync(
        path.join(folder, "templates", "all.yaml"),
        `apiVersion: v1
kind: Secret
metadata: {name: chart-web}
stringData: {password: {{ .Values.password | quote }}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: chart-web}
spec:
  replicas: {{ .Values.replicas }}
  selector: {matchLabels: {app: chart-web}}
  template:
    metadata: {labels: {app: chart-web}}
    spec:
      terminationGracePeriodSeconds: 0
      containers: [{name: web, image: {{ .Values.image | quote }}, imagePullPolicy: Never, env: [{name: CLUSTER, value: solo}]}]
`,
    );
}

/** The change of a record that a killed upgrade would have left (https://helm.sh/docs/topics/advanced/#storage-backends). */
function pending(data: string): Properties {
    const text = String(gunzipSync(Buffer.from(Buffer.from(data, "base64").toString("latin1"), "base64")));
    const left = gzipSync(text.replace('"status":"deployed"', '"status":"pending-upgrade"')).toString("base64");
    return {
        metadata: { labels: { status: "pending-upgrade" } },
        data: { release: Buffer.from(left).toString("base64") },
    };
}
