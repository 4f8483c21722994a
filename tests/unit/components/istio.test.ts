/** What a user may set of Istio: layers, and every mistake that is found before anything is registered. */
import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { type IstioArgs, MeshCluster } from "../../../components/index";
import { mergeIstio } from "../../../components/istio";
import { namesOf, only, record } from "../../support/record";
import { ARGS, ISTIOD_ENV, meshCluster, RELEASE } from "./support";

const ISTIOD = "west-control-plane-istiod";

async function release(istio: IstioArgs, name: string) {
    return only(await meshCluster({ istio, ingress: true }), RELEASE, name).inputs;
}

describe("settings of Istio", () => {
    it("of a cluster go over those of the mesh, map by map", () => {
        const mesh: IstioArgs = {
            hub: "a",
            istiod: { replicas: 2, values: { env: { A: "1", B: "2" }, list: [1, 2] } },
        };
        const cluster: IstioArgs = { istiod: { values: { env: { B: null, C: "3" }, list: [3] } } };
        expect(mergeIstio(mesh, cluster)).to.deep.equal({
            hub: "a",
            istiod: { replicas: 2, values: { env: { A: "1", B: null, C: "3" }, list: [3] } },
        });
        expect(mesh.istiod?.values).to.deep.equal({ env: { A: "1", B: "2" }, list: [1, 2] });
    });

    it("reach the values of istiod, under what makes the mesh", async () => {
        const istio: IstioArgs = {
            hub: "registry.example.org/istio",
            accessLogFile: "/dev/stdout",
            istiod: { replicas: 2, values: { traceSampling: 5, global: { logAsJson: true } } },
        };
        expect((await release(istio, ISTIOD))["values"]).to.deep.equal({
            autoscaleEnabled: false,
            replicaCount: 2,
            traceSampling: 5,
            global: {
                hub: "registry.example.org/istio",
                logAsJson: true,
                meshID: "usmesh",
                multiCluster: { clusterName: "west-cluster" },
                network: "west-network",
            },
            env: ISTIOD_ENV,
            meshConfig: {
                accessLogFile: "/dev/stdout",
                defaultConfig: { proxyMetadata: { PROXY_CONFIG_XDS_AGENT: "true" } },
                trustDomain: "cluster.local",
            },
        });
    });

    it("may be on their way", async () => {
        const sampling = pulumi.output(Promise.resolve(7));
        const { values } = await release({ istiod: { values: { traceSampling: sampling } } }, ISTIOD);
        expect(values).to.deep.include({ traceSampling: 7 });
    });

    it("with a null remove a default of the chart, which Pulumi has to be told", async () => {
        const inputs = await release({ istiod: { values: { resources: { requests: null } } } }, ISTIOD);
        expect(inputs).to.deep.include({ allowNullValues: true });
        expect(await release({}, ISTIOD)).not.to.have.property("allowNullValues");
    });

    it("install the CNI agent before istiod", async () => {
        const run = await meshCluster({ istio: { cni: true } });
        expect(only(run, RELEASE, "west-control-plane-cni").inputs).to.deep.include({
            name: "istio-cni",
            chart: "cni",
        });
        const istiod = only(run, RELEASE, ISTIOD);
        expect(istiod.waitsFor).to.include("west-control-plane-cni");
        expect(istiod.inputs["values"]).to.deep.include({ cni: { enabled: true } });
    });

    const port = { name: "tls", port: 15443, targetPort: 15443, protocol: "TCP" };
    it("may add ports to the east-west gateway", async () => {
        const ports = [port, { name: "extra", port: 8443, targetPort: 8443, protocol: "TCP" }];
        const { values } = await release(
            { eastWestGateway: { values: { service: { ports } } } },
            "west-eastwest-release",
        );
        expect(values).to.have.deep.nested.property("service.ports", ports);
    });

    const mistakes: [what: string, istio: IstioArgs, says: string][] = [
        [
            "another mesh id",
            { istiod: { values: { global: { meshID: "other" } } } },
            'istiod.values.global.meshID: this makes the mesh, and the library sets global.meshID to "usmesh" itself (found "other"). Remove it; set the id of the mesh',
        ],
        [
            "no network",
            { istiod: { values: { global: { network: null } } } },
            "istiod.values.global.network: this makes the mesh",
        ],
        ["no `global` at all", { istiod: { values: { global: null } } }, "istiod.values.global: this makes the mesh"],
        [
            "another trust domain",
            { istiod: { values: { meshConfig: { trustDomain: "td" } } } },
            "istiod.values.meshConfig.trustDomain: this makes the mesh",
        ],
        ["a revision", { istiod: { values: { revision: "canary" } } }, "istiod.values.revision: this makes the mesh"],
        [
            "the chart's network gateway",
            { eastWestGateway: { values: { networkGateway: "west-network" } } },
            "eastWestGateway.values.networkGateway: this makes the mesh",
        ],
        [
            "another label of the gateway",
            { eastWestGateway: { values: { labels: { istio: "mine" } } } },
            "eastWestGateway.values.labels.istio: this makes the mesh",
        ],
        [
            "ports without 15443",
            { eastWestGateway: { values: { service: { ports: [{ ...port, port: 443 }] } } } },
            "eastWestGateway.values.service.ports: other networks dial port 15443, and these ports lack it",
        ],
        [
            "no Service",
            { eastWestGateway: { service: { type: "None" }, values: {} } },
            "eastWestGateway.values.service.type: without a Service no other network can dial the gateway",
        ],
        [
            "a misspelt value",
            { istiod: { values: { pilot: { traceSamplin: 1 } } } },
            "istiod.values.pilot.traceSamplin: chart istiod has no such value. Did you mean traceSampling?",
        ],
        [
            "a misspelt value of MeshConfig",
            { istiod: { values: { meshConfig: { accesLogFile: "/dev/stdout" } } } },
            "istiod.values.meshConfig.accesLogFile: chart istiod has no such value. Did you mean accessLogFile?",
        ],
        [
            "a value of the charts' machinery",
            { istiod: { values: { _internal_defaults_do_not_set: {} } } },
            "istiod.values._internal_defaults_do_not_set: chart istiod has no such value",
        ],
        [
            "a text in place of a map",
            { ingressGateway: { values: { service: "LoadBalancer" } } },
            "ingressGateway.values.service: chart gateway has a map here",
        ],
        ["a release that is none", { version: "latest" }, "version: must be a release of Istio"],
        ["an old release", { version: "1.24.2" }, "version: this library supports Istio 1.30 to 1.32"],
        ["a hub with a scheme", { hub: "https://registry.example.org" }, "hub: must be a registry with a path"],
        ["a hub with a tag", { hub: "registry.example.org/istio/pilot:1.31" }, "hub: must be a registry with a path"],
        ["a variant that is none", { variant: "slim" }, "variant: Istio's images are `debug` or `distroless`"],
        ["values for no agent", { cniAgent: { values: {} } }, "cniAgent: the agent is only installed with `cni: true`"],
        [
            "fixed and scaled replicas",
            { istiod: { replicas: 2, autoscaling: { min: 1, max: 3 } } },
            "istiod.replicas: is either fixed or scaled",
        ],
        ["half a replica", { ingressGateway: { replicas: 0.5 } }, "ingressGateway.replicas: must be a whole number"],
        ["a budget of both kinds", { istiod: { disruptionBudget: {} } }, "istiod.disruptionBudget: has one of"],
    ];
    for (const [what, istio, says] of mistakes) {
        it(`are refused for ${what}, before anything is registered`, async () => {
            const run = await record(() => {
                expect(() => new MeshCluster("west", { ...ARGS, ingress: true, istio })).to.throw(says);
                return Promise.resolve({});
            });
            expect(run.resources.filter(({ type }) => type.startsWith("kubernetes:"))).to.deep.equal([]);
        });
    }

    it("may have istiod make the east-west gateway from a Gateway of Kubernetes' API, beside the chart's or in its place", async () => {
        const K8S_GATEWAY = "kubernetes:gateway.networking.k8s.io/v1:Gateway";
        const service = { annotations: { scheme: "internal" } };
        const made = await meshCluster({
            istio: { ...ARGS.istio, eastWestGateway: { deployedBy: "gatewayApi", service } },
        });
        expect(namesOf(made, RELEASE)).to.deep.equal(["west-control-plane-base", "west-control-plane-istiod"]);
        const { metadata, spec } = only(made, K8S_GATEWAY, "west-eastwest-gateway").inputs;
        const labels = { "topology.istio.io/network": "west-network" };
        expect(metadata).to.deep.include({ name: "istio-eastwestgateway", namespace: "istio-system", labels });
        expect(spec).to.deep.include({ gatewayClassName: "istio", infrastructure: { ...service, labels } });
        expect(JSON.stringify(spec)).to.contain('"port":15443,"protocol":"TLS"').and.contain('"mode":"Passthrough"');
        const both = await meshCluster({ istio: { ...ARGS.istio, eastWestGateway: { deployedBy: "both" } } });
        expect(namesOf(both, RELEASE)).to.include("west-eastwest-release");
        expect(namesOf(both, K8S_GATEWAY)).to.deep.equal(["west-eastwest-gateway"]);
    });

    it("refuses values of the chart for a gateway that istiod makes, and one that leads to a shared istiod", async () => {
        const eastWestGateway = { deployedBy: "gatewayApi", replicas: 2, service: { type: "NodePort" } };
        const made: unknown = await meshCluster({ shared: true, istio: { ...ARGS.istio, eastWestGateway } }).catch(
            (error: unknown) => error,
        );
        expect(String(made)).to.contain("eastWestGateway.replicas: is a value of the chart");
        expect(String(made)).to.contain("eastWestGateway.service.type: is a value of the chart");
        expect(String(made)).to.contain("eastWestGateway.deployedBy: leads to other networks only");
    });
});
