import { expect } from "chai";
import { MeshCluster } from "../../../components/index";
import { CLUSTER_CA, GATEWAY_ADDRESS, NAT, READER_TOKEN } from "../../support/mocks";
import { namesOf, only, provider, record, type Recording, settle } from "../../support/record";
import { ARGS, GATEWAY, ISTIOD_ENV, meshCluster, NAMESPACE, RELEASE, SECRET } from "./support";

const PROBE = {
    httpGet: { path: "/healthz/ready", port: 15021 },
    periodSeconds: 1,
    timeoutSeconds: 3,
    failureThreshold: 60,
};

describe("MeshCluster", () => {
    let run: Recording<MeshCluster>;
    before(async () => {
        run = await meshCluster({ ingress: true });
    });

    it("lands on the cluster of its provider, all of it", () => {
        const kubernetes = run.resources.filter(({ type }) => type.startsWith("kubernetes:"));
        expect(kubernetes).to.have.length(10);
        expect(kubernetes.filter(({ provider }) => provider !== "west")).to.deep.equal([]);
    });

    it("names every part after itself, and has no part without a parent", () => {
        const parts = run.resources.filter(({ type }) => type !== "pulumi:providers:kubernetes");
        expect(parts.filter(({ name }) => !name.startsWith("west"))).to.deep.equal([]);
        expect(parts.filter(({ parent }) => parent === undefined).map(({ name }) => name)).to.deep.equal(["west"]);
    });

    it("writes no private key into the state of a component", () => {
        const components = run.resources.filter(({ type }) => type.startsWith("istio-multicluster:"));
        expect(components).to.have.length(5);
        expect(JSON.stringify(components)).not.to.contain("private key");
    });

    it("labels istio-system with its network before anything else is there", () => {
        const namespace = only(run, NAMESPACE, "west-control-plane-namespace");
        expect(namespace.inputs["metadata"]).to.deep.equal({
            name: "istio-system",
            labels: { "topology.istio.io/network": "west-network" },
        });
        for (const name of ["west-control-plane-base", "west-control-plane-istiod"]) {
            expect(only(run, RELEASE, name).waitsFor).to.include("west-control-plane-namespace");
        }
    });

    it("gives istiod exactly the four files of cacerts, and before it starts", () => {
        const cacerts = only(run, SECRET, "west-control-plane-cacerts");
        expect(cacerts.inputs["metadata"]).to.deep.equal({ name: "cacerts", namespace: "istio-system" });
        expect(cacerts.inputs["stringData"]).to.deep.equal({
            "ca-cert.pem": "intermediate\n",
            "ca-key.pem": "private key\n",
            "cert-chain.pem": "intermediate\nroot\n",
            "root-cert.pem": "root\n",
        });
        expect(cacerts.secrets).to.deep.equal(["stringData"]);
        expect(only(run, RELEASE, "west-control-plane-istiod").waitsFor).to.deep.equal([
            "west-control-plane-cacerts",
            "west-control-plane-namespace",
        ]);
    });

    it("installs each chart once, under the name that Istio gives it", () => {
        const found = namesOf(run, RELEASE).map((name) => {
            const { inputs } = only(run, RELEASE, name);
            return [inputs["name"], inputs["chart"], inputs["version"], inputs["namespace"], inputs["repositoryOpts"]];
        });
        const from = ["1.31.9", "istio-system", { repo: "https://charts.example.org" }];
        expect(found).to.deep.equal([
            ["istio-base", "base", ...from],
            ["istiod", "istiod", ...from],
            ["istio-eastwestgateway", "gateway", ...from],
            ["istio-ingressgateway", "gateway", ...from],
        ]);
    });

    it("tells istiod who it is in the mesh, what every istiod is told, and nothing else", () => {
        expect(only(run, RELEASE, "west-control-plane-istiod").inputs["values"]).to.deep.equal({
            env: ISTIOD_ENV,
            global: {
                meshID: "usmesh",
                multiCluster: { clusterName: "west-cluster" },
                network: "west-network",
            },
            meshConfig: {
                defaultConfig: { proxyMetadata: { PROXY_CONFIG_XDS_AGENT: "true" } },
                trustDomain: "cluster.local",
            },
        });
        expect(only(run, RELEASE, "west-control-plane-base").inputs).not.to.have.property("values");
    });

    it("opens 15021 and 15443 only between networks", () => {
        expect(only(run, RELEASE, "west-ingress-release").inputs["values"]).to.deep.equal({ readinessProbe: PROBE });
        expect(only(run, RELEASE, "west-eastwest-release").inputs["values"]).to.deep.equal({
            readinessProbe: PROBE,
            labels: { istio: "eastwestgateway", "topology.istio.io/network": "west-network" },
            env: { ISTIO_META_REQUESTED_NETWORK_VIEW: "west-network" },
            service: {
                ports: [
                    { name: "status-port", port: 15021, targetPort: 15021, protocol: "TCP" },
                    { name: "tls", port: 15443, targetPort: 15443, protocol: "TCP" },
                ],
            },
        });
        expect(only(run, GATEWAY, "west-eastwest-cross-network").inputs).to.deep.include({
            metadata: { name: "cross-network-gateway", namespace: "istio-system" },
            spec: {
                selector: { istio: "eastwestgateway" },
                servers: [
                    {
                        port: { number: 15443, name: "tls", protocol: "TLS" },
                        tls: { mode: "AUTO_PASSTHROUGH" },
                        hosts: ["*.local"],
                    },
                ],
            },
        });
    });

    it("makes nothing that needs Istio's CRDs or webhooks before they are there", () => {
        const needy = [
            [RELEASE, "west-eastwest-release"],
            [RELEASE, "west-ingress-release"],
            [GATEWAY, "west-eastwest-cross-network"],
            [SECRET, "west-reader-token"],
        ] as const;
        for (const [type, name] of needy) {
            const { waitsFor } = only(run, type, name);
            expect(waitsFor, name).to.include.members(["west-control-plane-base", "west-control-plane-istiod"]);
        }
    });

    it("reads the gateways' addresses once their charts are installed", async () => {
        const reads = run.resources.filter(({ reads }) => reads !== undefined);
        expect(reads.map(({ name, reads }) => [name, reads]).sort()).to.deep.equal([
            ["west-eastwest-service", "west-eastwest-release-id"],
            ["west-ingress-service", "west-ingress-release-id"],
        ]);
        const { eastWestAddress, eastWestPort, ingressAddress } = run.value;
        expect(eastWestAddress && (await settle(eastWestAddress))).to.deep.equal({
            value: GATEWAY_ADDRESS,
            secret: false,
        });
        expect(eastWestPort && (await settle(eastWestPort))).to.deep.equal({ value: 15443, secret: false });
        expect(ingressAddress && (await settle(ingressAddress)).value).to.equal(GATEWAY_ADDRESS);
    });

    it("gives the address that its gateway's Service was given, where the cluster gives none", async () => {
        const service = { type: "NodePort", externalIPs: [GATEWAY_ADDRESS] };
        const istio = { ...ARGS.istio, eastWestGateway: { service } };
        const made = await record(() => new MeshCluster(NAT, { ...ARGS, istio }, { provider: provider(NAT) }));
        expect(only(made, RELEASE, "nat-eastwest-release").inputs).to.have.deep.nested.property(
            "values.service.externalIPs",
            [GATEWAY_ADDRESS],
        );
        const { eastWestAddress } = made.value;
        expect(eastWestAddress && (await settle(eastWestAddress)).value).to.equal(GATEWAY_ADDRESS);
    });

    it("gives peers a kubeconfig with a token and a CA, and nothing more", async () => {
        expect(only(run, SECRET, "west-reader-token").inputs).to.deep.include({
            metadata: {
                name: "istio-reader-service-account-istio-remote-secret-token",
                namespace: "istio-system",
                annotations: {
                    "kubernetes.io/service-account.name": "istio-reader-service-account",
                    "pulumi.com/waitFor": "jsonpath={.data.token}",
                },
            },
            type: "kubernetes.io/service-account-token",
        });
        const { value, secret } = await settle(run.value.readerKubeconfig);
        expect(secret).to.equal(true);
        expect(JSON.parse(value)).to.deep.equal({
            apiVersion: "v1",
            kind: "Config",
            clusters: [
                {
                    name: "west-cluster",
                    cluster: {
                        server: "https://10.0.0.2:6443",
                        "certificate-authority-data": Buffer.from(CLUSTER_CA).toString("base64"),
                    },
                },
            ],
            users: [{ name: "west-cluster", user: { token: READER_TOKEN } }],
            contexts: [{ name: "west-cluster", context: { cluster: "west-cluster", user: "west-cluster" } }],
            "current-context": "west-cluster",
        });
    });

    it("has no ingress unless told to", async () => {
        const bare = await meshCluster();
        expect(namesOf(bare, RELEASE)).to.deep.equal([
            "west-control-plane-base",
            "west-control-plane-istiod",
            "west-eastwest-release",
        ]);
        expect(bare.resources.filter(({ type }) => type.startsWith("kubernetes:"))).to.have.length(8);
        expect(bare.value.ingressAddress).to.equal(undefined);
    });

    it("takes charts of a folder by their path, without a version", async () => {
        const { inputs } = only(
            await meshCluster({ istio: { charts: "charts" } }),
            RELEASE,
            "west-control-plane-istiod",
        );
        expect(inputs["chart"]).to.equal("charts/istiod");
        expect(inputs).not.to.have.any.keys("version", "repositoryOpts");
    });

    it("takes charts of a registry by their URL", async () => {
        const run = await meshCluster({ istio: { charts: "oci://registry.example.org/charts", version: "1.31.9" } });
        const { inputs } = only(run, RELEASE, "west-control-plane-base");
        expect(inputs).to.deep.include({ chart: "oci://registry.example.org/charts/base", version: "1.31.9" });
        expect(inputs).not.to.have.any.keys("repositoryOpts");
    });

    it("refuses names that Kubernetes would refuse, before anything is registered", () => {
        expect(() => new MeshCluster("west", { ...ARGS, clusterName: "West" })).to.throw(
            '`clusterName` must be a DNS label (RFC 1123: lower-case letters, digits and hyphens, at most 63), not "West"',
        );
    });
});
