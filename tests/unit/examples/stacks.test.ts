/** Every stack file of examples/, as the program runs with it, with mocks. The first three also run on real clusters. */
import { expect } from "chai";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { stringify } from "yaml";
import { z } from "zod";
import { givenRoot } from "../../support/certificates";
import type { Json } from "../../../embedded/host/providers/provider";
import { textAt } from "../../../embedded/apiServer/json";
import { GATEWAY_ADDRESS, GATEWAY_HOSTNAME } from "../../support/mocks";
import { configuration, runProgram, type Settings } from "../../support/program";
import { namesOf, only, type Recording } from "../../support/record";
import { ISTIO_VERSION } from "../../../components/index";
import { METALLB_CHARTS, METALLB_VERSION } from "../../../shared/versions";

const EXAMPLES = path.join(__dirname, "..", "..", "..", "examples");
const MESH_CLUSTER = "istio-multicluster:index:MeshCluster";
const REMOTE_SECRET = "istio-multicluster:index:RemoteSecret";

const existing = z.looseObject({
    source: z.literal("existing"),
    kubeconfigFile: z.string(),
    context: z.string().optional(),
});
const outputs = z.object({
    clusters: z.record(z.string(), z.object({ eastWestGateway: z.object({ address: z.string() }) })),
    request: z.object({ url: z.string() }),
});

describe("the example", () => {
    it("three-clusters has a third that discovers nothing, and is discovered", async () => {
        const run = await runProgram(example("three-clusters"));
        expect(namesOf(run, MESH_CLUSTER)).to.deep.equal(["east", "south", "west"]);
        expect(namesOf(run, REMOTE_SECRET)).to.deep.equal([
            "east-reads-south",
            "east-reads-west",
            "west-reads-east",
            "west-reads-south",
        ]);
        expect(only(run, MESH_CLUSTER, "south").inputs).to.include({ network: "south-network" });
    });

    it("bring-your-own-root signs with the root that it is given, and makes no other", async () => {
        const given = await givenRoot();
        const settings = example("bring-your-own-root");
        const run = await runProgram({ ...settings, ca: { ...object(settings["ca"]), givenRoot: given } });
        expect(namesOf(run, "tls:index/selfSignedCert:SelfSignedCert")).to.deep.equal([]);
        for (const name of ["root-ca-west", "root-ca-east"]) {
            const { inputs, secrets } = only(run, "tls:index/locallySignedCert:LocallySignedCert", name);
            expect(inputs).to.include({ caCertPem: given.certificate, validityPeriodHours: 365 * 24 });
            expect(secrets).to.include("caPrivateKeyPem");
        }
    });

    it("kind-docker gives each cluster load-balancer addresses of its own before it makes a gateway", async () => {
        const run = await runProgram(example("kind-docker"));
        const pools = ["west", "east"].map(
            (name) => only(run, "kubernetes:metallb.io/v1beta1:IPAddressPool", `${name}-metallb-pool`).inputs["spec"],
        );
        expect(pools).to.deep.equal([
            { addresses: ["10.0.255.1-10.0.255.254"] },
            { addresses: ["10.0.254.1-10.0.254.254"] },
        ]);
        for (const name of ["west", "east"]) {
            expect(only(run, "kind:index/cluster:Cluster", name).inputs["nodeImage"]).to.match(
                /^kindest\/node:v1\.34\.\d+@sha256:[0-9a-f]{64}$/,
            );
            const { inputs } = only(run, "kubernetes:helm.sh/v3:Release", `${name}-metallb-release`);
            expect(inputs).to.deep.include({
                chart: "metallb",
                version: METALLB_VERSION,
                repositoryOpts: { repo: METALLB_CHARTS },
                namespace: "metallb-system",
            });
            expect(only(run, MESH_CLUSTER, name).waitsFor).to.include.members([
                `${name}-metallb-pool`,
                `${name}-metallb-advertisement`,
            ]);
        }
    });

    it("adjusted gives the charts other values, in all clusters and in one", async () => {
        const run = await runProgram(example("adjusted"));
        const istiod = (cluster: string) =>
            only(run, "kubernetes:helm.sh/v3:Release", `${cluster}-control-plane-istiod`).inputs["values"];
        expect(istiod("west")).to.nested.include({ "cni.enabled": true, "global.hub": "localhost/mirror" });
        expect(istiod("west")).to.nested.include({ replicaCount: 2, "meshConfig.accessLogFile": "/dev/stdout" });
        expect(istiod("east")).to.nested.include({ replicaCount: 1, "meshConfig.accessLogFile": "/dev/stderr" });
        expect([istiod("west"), istiod("east")].map((each) => object(each)["traceSampling"])).to.deep.equal([
            undefined,
            5,
        ]);
    });

    it("own-charts takes all charts from the registry that it names", async () => {
        const run = await onClusters("own-charts");
        const releases = namesOf(run, "kubernetes:helm.sh/v3:Release").map((name) => {
            const { inputs } = only(run, "kubernetes:helm.sh/v3:Release", name);
            return `${textAt(inputs, "chart") ?? ""} ${textAt(inputs, "version") ?? ""}`;
        });
        const charts = ["base", "gateway", "istiod"].map(
            (chart) => `oci://registry.example.org/istio/charts/${chart} ${ISTIO_VERSION}`,
        );
        expect([...new Set(releases)].sort()).to.deep.equal(charts);
    });

    it("own-kubeconfig takes a context each of one kubeconfig", async () => {
        const run = await onClusters("own-kubeconfig");
        const contexts = ["west", "east"].map(
            (name) => only(run, "pulumi:providers:kubernetes", name).inputs["context"],
        );
        expect(contexts).to.deep.equal(["admin@west", "admin@east"]);
        const servers = ["west", "east"].map((name) => only(run, MESH_CLUSTER, name).inputs["apiServer"]);
        expect(servers).to.deep.equal(["https://west.example.org", "https://203.0.113.7:6443"]);
    });

    describe("own-clusters", () => {
        let run: Recording<unknown>;

        before(async () => {
            run = await onClusters("own-clusters");
        });

        it("makes no cluster, and a mesh of all three", () => {
            expect(namesOf(run, "kind:index/cluster:Cluster")).to.deep.equal([]);
            expect(namesOf(run, MESH_CLUSTER)).to.deep.equal(["aks", "eks", "gke"]);
            expect(namesOf(run, REMOTE_SECRET)).to.have.length(6);
        });

        it("gives peers the API server of the kubeconfig, or the one that is set", () => {
            const servers = ["aks", "eks", "gke"].map((name) => only(run, MESH_CLUSTER, name).inputs["apiServer"]);
            expect(servers).to.deep.equal([
                "https://mesh-aks.hcp.westeurope.azmk8s.io:443",
                "https://eks.example.org",
                "https://gke.example.org",
            ]);
        });

        it("takes load balancers that have a host name, like those of AWS, as well as addresses", () => {
            const { clusters, request } = outputs.parse(run.value);
            expect(clusters["eks"]?.eastWestGateway.address).to.equal(GATEWAY_HOSTNAME);
            expect(clusters["gke"]?.eastWestGateway.address).to.equal(GATEWAY_ADDRESS);
            expect(request.url).to.equal(`http://${GATEWAY_HOSTNAME}/api/catalog`);
        });

        it("protects its root", () => {
            expect(only(run, "tls:index/selfSignedCert:SelfSignedCert").protect).to.equal(true);
        });
    });

    for (const { name } of readdirSync(EXAMPLES, { withFileTypes: true }).filter((entry) => entry.isDirectory())) {
        it(`${name} is in the index, and has its page`, () => {
            const index = readFileSync(path.join(EXAMPLES, "README.md"), "utf8");
            expect(index).to.contain(`](${name}/README.md)`);
            expect(existsSync(path.join(EXAMPLES, name, "README.md"))).to.equal(true);
        });
    }
});

function example(name: string): Settings {
    return configuration(path.join("examples", name, `Pulumi.${name}.yaml`));
}

/** Runs an example whose clusters exist, with kubeconfigs in the place of those that its README asks for. */
async function onClusters(name: string): Promise<Recording<unknown>> {
    const folder = mkdtempSync(path.join(os.tmpdir(), "istio-multicluster-examples-"));
    try {
        const settings = example(name);
        const sources = z.record(z.string(), existing).parse(settings["clusters"]);
        const entries = Object.entries(sources).map(([cluster, { kubeconfigFile, context = cluster, ...source }]) => {
            const file = path.join(folder, path.basename(kubeconfigFile));
            return { cluster, file, context, source: { ...source, kubeconfigFile: file, context } };
        });
        for (const { file } of entries) {
            writeFileSync(file, kubeconfigOf(entries.filter((entry) => entry.file === file)));
        }
        const clusters = Object.fromEntries(entries.map(({ cluster, source }) => [cluster, source]));
        return await runProgram({ ...settings, clusters });
    } finally {
        rmSync(folder, { recursive: true });
    }
}

/** An administrator's, with a context for each cluster. */
function kubeconfigOf(entries: readonly { readonly cluster: string; readonly context: string }[]): string {
    return stringify({
        clusters: entries.map(({ cluster }) => ({
            name: cluster,
            cluster: { server: `https://${cluster}.example.org`, "certificate-authority-data": btoa(cluster) },
        })),
        users: [{ name: "admin", user: { token: "admin" } }],
        contexts: entries.map(({ cluster, context }) => ({ name: context, context: { cluster, user: "admin" } })),
    });
}

function object(value: Json | undefined): Record<string, Json> {
    return z.record(z.string(), z.json()).parse(value);
}
