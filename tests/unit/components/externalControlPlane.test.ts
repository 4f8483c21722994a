import { expect } from "chai";
import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import {
    ExternalControlPlane,
    type ExternalControlPlaneArgs,
    Mesh,
    MeshCluster,
    RemoteSecret,
} from "../../../components/index";
import { GATEWAY_ADDRESS, PROXY_IMAGE } from "../../support/mocks";
import { namesOf, only, provider, record, type Recording, settle } from "../../support/record";
import { ARGS, ISTIOD_ENV, NAMESPACE, RELEASE, SECRET, SERVICE } from "./support";

const JOB = "kubernetes:batch/v1:Job";

const member = { ...ARGS, certificateAuthority: undefined };
const certificateAuthority = { certificate: "intermediate\n", privateKey: "private key\n", rootCertificate: "root\n" };

function external(args: Partial<ExternalControlPlaneArgs> = {}): Promise<Recording<ExternalControlPlane>> {
    const given = { clusterName: "west-cluster", certificateAuthority, kubeconfig: "kubeconfig of west", ...args };
    return record(
        () => new ExternalControlPlane("hub", { istio: ARGS.istio, ...given }, { provider: provider("hub") }),
    );
}

describe("ExternalControlPlane", () => {
    let run: Recording<ExternalControlPlane>;
    before(async () => {
        run = await external();
    });

    it("installs istiod alone, with the name of its config cluster and rights in one namespace", () => {
        expect(namesOf(run, RELEASE)).to.deep.equal(["hub-istiod"]);
        expect(only(run, RELEASE).inputs["values"]).to.deep.equal({
            configMap: false,
            env: { ...ISTIOD_ENV, LOCAL_CLUSTER_SECRET_WATCHER: "true" },
            global: {
                externalIstiod: true,
                multiCluster: { clusterName: "west-cluster" },
                omitSidecarInjectorConfigMap: true,
                resourceScope: "namespace",
            },
            meshConfig: { defaultConfig: { proxyMetadata: { PROXY_CONFIG_XDS_AGENT: "true" } } },
            podAnnotations: {
                "istio-multicluster/kubeconfig-sha256": createHash("sha256").update("kubeconfig of west").digest("hex"),
            },
        });
        expect(only(run, NAMESPACE).inputs["metadata"]).to.deep.equal({ name: "istio-system" });
    });

    it("keeps authority and credentials beside istiod, which starts after both", () => {
        const secrets = run.resources.filter(({ type }) => type === SECRET);
        expect(secrets.map(({ inputs }) => inputs["metadata"])).to.have.deep.members([
            { name: "cacerts", namespace: "istio-system" },
            { name: "istio-kubeconfig", namespace: "istio-system" },
        ]);
        expect(secrets.map((secret) => secret.secrets)).to.deep.equal([["stringData"], ["stringData"]]);
        expect(only(run, RELEASE).waitsFor).to.include.members(["hub-cacerts", "hub-kubeconfig"]);
    });

    it("opens two ports to others by a Service that waits for no pod", async () => {
        const { inputs } = only(run, SERVICE);
        expect(inputs).to.deep.equal({
            apiVersion: "v1",
            kind: "Service",
            metadata: {
                name: "istiod-external",
                namespace: "istio-system",
                annotations: { "pulumi.com/waitFor": "jsonpath={.status.loadBalancer.ingress}" },
            },
            spec: {
                type: "LoadBalancer",
                selector: { app: "istiod", istio: "pilot" },
                ports: [
                    { name: "tls-discovery", port: 15012, targetPort: 15012 },
                    { name: "tls-webhook", port: 15017, targetPort: 15017 },
                ],
            },
        });
        expect(only(run, SERVICE).waitsFor).not.to.include("hub-istiod");
        expect((await settle(run.value.address)).value).to.equal(GATEWAY_ADDRESS);
    });

    it("passes the settings of its Service on", async () => {
        const service = { annotations: { internal: "true" }, loadBalancerSourceRanges: ["10.0.0.0/8"] };
        const made = await external({ istio: { ...ARGS.istio, istiod: { service } } });
        expect(only(made, SERVICE).inputs).to.have.nested.property("metadata.annotations.internal", "true");
        expect(only(made, SERVICE).inputs).to.have.nested.property("spec.loadBalancerSourceRanges[0]", "10.0.0.0/8");
    });

    it("waits for no load balancer where its Service is given an address", async () => {
        const service = { type: "ClusterIP", externalIPs: ["203.0.113.9"] };
        const made = await external({ istio: { ...ARGS.istio, istiod: { service } } });
        const { metadata, spec } = only(made, SERVICE).inputs;
        expect(metadata).to.deep.nested.include({
            annotations: { "pulumi.com/waitFor": "jsonpath={.spec.clusterIP}" },
        });
        expect(spec).to.deep.include(service);
    });

    it("names the image of proxies that is of istiod's registry and release", async () => {
        expect((await settle(run.value.proxyImage)).value).to.equal(PROXY_IMAGE);
    });

    it("starts istiod once the remote Secrets are there that it is to know", async () => {
        const made = await record(() => {
            const other = new MeshCluster(
                "east",
                { ...ARGS, clusterName: "east-cluster" },
                { provider: provider("east") },
            );
            return new ExternalControlPlane(
                "hub",
                {
                    ...{
                        clusterName: "west-cluster",
                        certificateAuthority,
                        kubeconfig: "kubeconfig",
                        istio: ARGS.istio,
                    },
                    peers: other.readerKubeconfig.apply((kubeconfig) => [kubeconfig]),
                },
                { provider: provider("hub") },
            );
        });
        expect(only(made, RELEASE, "hub-istiod").waitsFor).to.include("east-reader-token");
        expect(only(made, SERVICE, "hub-service").waitsFor).not.to.include("east-reader-token");
    });

    it("refuses values that contradict it, before anything is registered", async () => {
        const istio = { ...ARGS.istio, istiod: { values: { global: { resourceScope: "all" } } } };
        const refused: unknown = await external({ istio }).catch((error: unknown) => error);
        expect(refused).to.be.instanceOf(pulumi.RunError);
        expect(String(refused)).to.contain("istiod.values.global.resourceScope: this makes the mesh");
    });
});

describe("the config cluster of an external control plane", () => {
    const primary = { clusterName: "west-cluster", address: "10.1.0.40" };
    const config = (): Promise<Recording<MeshCluster>> =>
        record(() => new MeshCluster("west", { ...member, primary, served: "yes" }, { provider: provider("west") }));

    it("has the mesh's configuration, and no istiod", async () => {
        const made = await config();
        expect(only(made, RELEASE, "west-control-plane-istiod").inputs["values"]).to.deep.equal({
            profile: "remote",
            configMap: true,
            env: ISTIOD_ENV,
            global: {
                configCluster: true,
                meshID: "usmesh",
                multiCluster: { clusterName: "west-cluster" },
                network: "west-network",
                omitSidecarInjectorConfigMap: false,
                remotePilotAddress: "10.1.0.40",
            },
            istiodRemote: { injectionPath: "/inject/cluster/west-cluster/net/west-network" },
            meshConfig: {
                defaultConfig: { proxyMetadata: { PROXY_CONFIG_XDS_AGENT: "true" } },
                trustDomain: "cluster.local",
            },
        });
        expect(namesOf(made, "istio-multicluster:index:ControlPlane")).to.deep.equal([]);
    });

    it("gives istiod a token of its own account, and peers one that only reads", async () => {
        const made = await config();
        const accounts = made.resources
            .filter(({ type }) => type === SECRET)
            .map(({ name, inputs }) => [name, JSON.stringify(inputs["metadata"])] as const);
        expect(accounts.map(([name]) => name).sort()).to.deep.equal(["west-istiod-token", "west-reader-token"]);
        for (const [name, metadata] of accounts) {
            const account = name === "west-istiod-token" ? "istiod" : "istio-reader-service-account";
            expect(metadata).to.contain(`"kubernetes.io/service-account.name":"${account}"`);
            expect(metadata).to.contain(`"name":"${account}-istio-remote-secret-token"`);
        }
        expect(namesOf(made, "istio-multicluster:index:RemoteReader")).to.deep.equal(["west-istiod", "west-reader"]);
        expect(made.value.istiodKubeconfig && (await settle(made.value.istiodKubeconfig)).secret).to.equal(true);
    });
});

describe("a remote Secret where nobody injects", () => {
    it("is there before the Job that tries the way, with an image of its own", async () => {
        const made = await record(
            () =>
                new RemoteSecret(
                    "hub-reads-east",
                    {
                        peer: "east-cluster",
                        namespace: "istio-system",
                        image: "registry.example.org/proxyv2:1",
                        kubeconfig: JSON.stringify({
                            "current-context": "c",
                            clusters: [
                                {
                                    name: "c",
                                    cluster: { server: "https://10.0.0.3:6443", "certificate-authority-data": "Y2E=" },
                                },
                            ],
                            users: [{ name: "u", user: { token: "t" } }],
                            contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
                        }),
                    },
                    { provider: provider("hub") },
                ),
        );
        expect(only(made, SECRET, "hub-reads-east-secret").waitsFor).not.to.include("hub-reads-east-reach-job");
        const job = only(made, JOB).inputs;
        expect(job).to.have.nested.property("spec.template.spec.containers[0].image", "registry.example.org/proxyv2:1");
        expect(job).to.have.nested.property("spec.template.spec.containers[0].securityContext.runAsUser", 1337);
        expect(JSON.stringify(job)).not.to.contain("inject");
    });
});

describe("Mesh with an external cluster", () => {
    const clusters = () => ({
        blue: { provider: provider("blue"), apiServer: "https://10.0.0.1:6443", controlPlane: "hub" },
        green: { provider: provider("green"), apiServer: "https://10.0.0.2:6443", controlPlane: "hub" },
    });

    it("has one authority, beside istiod, and reads all clusters from there", async () => {
        const made = await record(
            () =>
                new Mesh("mesh", {
                    ...{ id: "usmesh", clusters: clusters() },
                    externalClusters: { hub: { provider: provider("hub") } },
                }),
        );
        const hub = made.resources.filter(({ provider: at, type }) => at === "hub" && type.startsWith("kubernetes:"));
        expect(hub.map(({ name }) => name).sort()).to.deep.equal([
            "mesh-blue-reads-green-reach-job",
            "mesh-blue-reads-green-reach-reader",
            "mesh-blue-reads-green-secret",
            "mesh-hub-control-plane-cacerts",
            "mesh-hub-control-plane-deployment",
            "mesh-hub-control-plane-istiod",
            "mesh-hub-control-plane-kubeconfig",
            "mesh-hub-control-plane-namespace",
            "mesh-hub-control-plane-service",
        ]);
        expect(namesOf(made, "istio-multicluster:index:IntermediateCa")).to.deep.equal(["mesh-blue-ca"]);
        expect(only(made, RELEASE, "mesh-hub-control-plane-istiod").waitsFor).to.include(
            "mesh-blue-reads-green-secret",
        );
        for (const cluster of ["blue", "green"]) {
            expect(only(made, RELEASE, `mesh-${cluster}-eastwest-release`).waitsFor, cluster).to.include(
                "mesh-hub-control-plane-istiod",
            );
        }
    });

    it("refuses one that is a member, and one that serves nobody", async () => {
        for (const name of ["blue", "other"]) {
            const made: unknown = await record(
                () =>
                    new Mesh("mesh", {
                        ...{ id: "usmesh", clusters: clusters() },
                        externalClusters: { hub: { provider: provider("hub") }, [name]: { provider: provider(name) } },
                    }),
            ).catch((error: unknown) => error);
            expect(String(made)).to.contain(`\`externalClusters.${name}\` must be no cluster of the mesh`);
        }
    });
});
