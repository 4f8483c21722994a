/** What Istio's charts make of the library's values. A misplaced value renders without complaint, so effects count. */
import { expect } from "chai";
import { parse } from "yaml";
import { z } from "zod";
import { rendered } from "../support/rendered";
import {
    eastWestValues,
    externalIstiodValues,
    ingressValues,
    istiodValues,
    remoteIstiodValues,
} from "../support/values";
import { ensureToolchain, type Toolchain } from "../../embedded/toolchain";

const labels = z.record(z.string(), z.string());
const serviceSchema = z.object({
    metadata: z.object({ name: z.string(), namespace: z.string(), labels }),
    spec: z.object({ type: z.string(), selector: labels, ports: z.array(z.object({ port: z.number() })) }),
});
const containerSchema = z.object({
    env: z.array(z.object({ name: z.string(), value: z.unknown().optional() })).nullish(),
    readinessProbe: z.unknown().optional(),
});
const deploymentSchema = z.object({
    spec: z.object({
        template: z.object({
            metadata: z.object({ labels }),
            spec: z.object({ containers: z.tuple([containerSchema]) }),
        }),
    }),
});
const configMapSchema = z.object({ data: labels });

describe("charts with the library's values", function () {
    this.timeout("25m");
    let toolchain: Toolchain;
    before(async () => {
        toolchain = await ensureToolchain((line) => {
            console.error(line);
        });
    });

    const render = (release: string, chart: string, values: object) => rendered(toolchain, release, chart, values);

    describe("istiod", () => {
        const identity = {
            meshId: "usmesh",
            clusterName: "west-cluster",
            network: "west-network",
            trustDomain: "mesh.example.org",
        };

        it("knows its cluster's name", () => {
            const find = render("istiod", "istiod", istiodValues(identity));
            const { env } = deploymentSchema.parse(find("Deployment", "istiod")).spec.template.spec.containers[0];
            expect(env).to.deep.include({ name: "CLUSTER_ID", value: "west-cluster" });
        });

        it("tells proxies mesh, network and cluster when it injects them", () => {
            const find = render("istiod", "istiod", istiodValues(identity));
            const { data } = configMapSchema.parse(find("ConfigMap", "istio-sidecar-injector"));
            const { global } = z.object({ global: z.unknown() }).parse(JSON.parse(data["values"] ?? ""));
            expect(global).to.deep.include({
                meshID: "usmesh",
                network: "west-network",
                multiCluster: { clusterName: "west-cluster" },
            });
        });

        it("gives workloads identities of the trust domain, in the mesh", () => {
            const find = render("istiod", "istiod", istiodValues(identity));
            const { data } = configMapSchema.parse(find("ConfigMap", "istio"));
            expect(parse(data["mesh"] ?? "")).to.deep.include({ trustDomain: "mesh.example.org" });
            expect(parse(data["mesh"] ?? "")).to.have.nested.property("defaultConfig.meshId", "usmesh");
        });
    });

    describe("istiod of another cluster", () => {
        const remote = () =>
            render(
                "istiod",
                "istiod",
                remoteIstiodValues({
                    meshId: "usmesh",
                    clusterName: "east-cluster",
                    network: "east-network",
                    trustDomain: "cluster.local",
                    primary: { clusterName: "west-cluster", address: "10.1.0.40" },
                }),
            );

        it("runs nothing, and leads to the primary's address", () => {
            expect(() => remote()("Deployment", "istiod")).to.throw("Deployment istiod");
            const slice = z.object({ endpoints: z.array(z.object({ addresses: z.array(z.string()) })) });
            expect(slice.parse(remote()("EndpointSlice", "istiod")).endpoints).to.deep.equal([
                { addresses: ["10.1.0.40"] },
            ]);
        });

        it("is told by the webhook which cluster and network a pod is of", () => {
            const hooks = z.object({
                webhooks: z.array(z.object({ clientConfig: z.object({ service: z.object({ path: z.string() }) }) })),
            });
            const found = hooks.parse(remote()("MutatingWebhookConfiguration", "istio-sidecar-injector")).webhooks;
            expect(new Set(found.map(({ clientConfig }) => clientConfig.service.path))).to.deep.equal(
                new Set(["/inject/cluster/east-cluster/net/east-network"]),
            );
        });

        it("may write its CA and its root there, by the reader's role", () => {
            const role = z.object({
                rules: z.array(z.object({ resources: z.array(z.string()).default([]), verbs: z.array(z.string()) })),
            });
            const { rules } = role.parse(remote()("ClusterRole", "istio-reader-clusterrole-istio-system"));
            expect(
                rules.some(
                    ({ resources, verbs }) =>
                        resources.includes("mutatingwebhookconfigurations") && verbs.includes("patch"),
                ),
            ).to.equal(true);
        });
    });

    describe("istiod outside of its mesh", () => {
        const find = () => render("istiod", "istiod", externalIstiodValues("west-cluster"));

        it("is named as the cluster that it serves, and looks for remote Secrets where it runs", () => {
            const { env } = deploymentSchema.parse(find()("Deployment", "istiod")).spec.template.spec.containers[0];
            for (const [name, value] of [
                ["CLUSTER_ID", "west-cluster"],
                ["EXTERNAL_ISTIOD", "true"],
                ["LOCAL_CLUSTER_SECRET_WATCHER", "true"],
            ]) {
                expect(env).to.deep.include({ name, value });
            }
        });

        it("has no rights beyond its namespace, and injects nothing there", () => {
            for (const [kind, name] of [
                ["ClusterRole", "istiod-clusterrole-istio-system"],
                ["MutatingWebhookConfiguration", "istio-sidecar-injector"],
                ["ValidatingWebhookConfiguration", "istio-validator-istio-system"],
                ["ConfigMap", "istio"],
                ["ConfigMap", "istio-sidecar-injector"],
            ] as const) {
                expect(() => find()(kind, name), name).to.throw(`${kind} ${name}`);
            }
            expect(find()("Role", "istiod")).to.have.property("kind", "Role");
        });
    });

    describe("the config cluster of an istiod outside", () => {
        it("has the configuration of the mesh, and leads to it", () => {
            const cluster = { meshId: "usmesh", clusterName: "west-cluster", network: "west-network" };
            const find = render(
                "istiod",
                "istiod",
                remoteIstiodValues({
                    ...cluster,
                    trustDomain: "mesh.example.org",
                    primary: { clusterName: "west-cluster", address: "10.1.0.40" },
                }),
            );
            const { data } = configMapSchema.parse(find("ConfigMap", "istio"));
            expect(parse(data["mesh"] ?? "")).to.deep.include({ trustDomain: "mesh.example.org" });
            expect(find("ConfigMap", "istio-sidecar-injector")).to.have.property("kind", "ConfigMap");
            expect(() => find("Deployment", "istiod")).to.throw("Deployment istiod");
        });
    });

    describe("east-west gateway", () => {
        const gateway = () => render("istio-eastwestgateway", "gateway", eastWestValues("west-network"));

        it("opens 15021 and 15443 to other networks, and nothing else", () => {
            const { spec } = serviceSchema.parse(gateway()("Service", "istio-eastwestgateway"));
            expect(spec.type).to.equal("LoadBalancer");
            expect(spec.ports.map(({ port }) => port)).to.deep.equal([15021, 15443]);
        });

        it("opens istiod's two ports only where it is shared", () => {
            const find = render("istio-eastwestgateway", "gateway", eastWestValues("west-network", {}, true));
            const { spec } = serviceSchema.parse(find("Service", "istio-eastwestgateway"));
            expect(spec.ports.map(({ port }) => port)).to.deep.equal([15021, 15443, 15012, 15017]);
        });

        it("is the gateway of its network, by the label of its Service and its pods", () => {
            const find = gateway();
            const { metadata } = serviceSchema.parse(find("Service", "istio-eastwestgateway"));
            expect(metadata.labels["topology.istio.io/network"]).to.equal("west-network");
            const { template } = deploymentSchema.parse(find("Deployment", "istio-eastwestgateway")).spec;
            expect(template.metadata.labels["topology.istio.io/network"]).to.equal("west-network");
        });

        it("sees its own network only", () => {
            const { template } = deploymentSchema.parse(gateway()("Deployment", "istio-eastwestgateway")).spec;
            expect(template.spec.containers[0].env).to.deep.equal([
                { name: "ISTIO_META_REQUESTED_NETWORK_VIEW", value: "west-network" },
            ]);
        });

        it("is selected by istio: eastwestgateway, as its Gateway resource does", () => {
            const find = gateway();
            const { template } = deploymentSchema.parse(find("Deployment", "istio-eastwestgateway")).spec;
            expect(template.metadata.labels["istio"]).to.equal("eastwestgateway");
            const { spec } = serviceSchema.parse(find("Service", "istio-eastwestgateway"));
            expect(spec.selector).to.deep.equal({ app: "istio-eastwestgateway", istio: "eastwestgateway" });
        });

        it("does what the chart's networkGateway does, but for the two ports", () => {
            const values = { ...ingressValues(), networkGateway: "west-network" };
            const theirs = render("istio-eastwestgateway", "gateway", values);
            const ours = gateway();
            const [mine, upstream] = [ours, theirs].map((find) => ({
                service: serviceSchema.parse(find("Service", "istio-eastwestgateway")).metadata.labels,
                pod: deploymentSchema.parse(find("Deployment", "istio-eastwestgateway")).spec.template,
            }));
            expect(mine).to.deep.equal(upstream);
        });
    });

    describe("ingress gateway", () => {
        it("serves 80 and 443 as istio: ingressgateway", () => {
            const find = render("istio-ingressgateway", "gateway", ingressValues());
            const { spec } = serviceSchema.parse(find("Service", "istio-ingressgateway"));
            expect(spec.selector).to.deep.equal({ app: "istio-ingressgateway", istio: "ingressgateway" });
            expect(spec.ports.map(({ port }) => port)).to.deep.equal([15021, 80, 443]);
        });

        it("is looked at every second", () => {
            const find = render("istio-ingressgateway", "gateway", ingressValues());
            const { template } = deploymentSchema.parse(find("Deployment", "istio-ingressgateway")).spec;
            expect(template.spec.containers[0]["readinessProbe"]).to.deep.equal(ingressValues()["readinessProbe"]);
        });
    });
});
