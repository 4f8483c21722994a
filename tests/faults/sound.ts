/** Meshes that are made in other ways than this project's, and work: every check must pass on each. */
import { expect } from "chai";
import { moduleSource } from "../../embedded/toolchain/moduleSource";
import { CHECKS } from "../../verify/checks";
import type { BrokenMesh } from "../support/brokenMesh";
import { authorities } from "./authority";
import {
    addToCacerts,
    bySelf,
    changeConfig,
    changeService,
    GATEWAY_SERVICE,
    patch,
    replaceAuthorities,
    restart,
    rollOut,
    SYSTEM,
} from "./ways";

export interface Sound {
    /** How it is made, as the title of a test. */
    readonly what: string;
    /** Whether it is made and undone within seconds: those run with every `npm test`. */
    readonly fast?: true;
    /** Makes it so, and tells {@link BrokenMesh.later} how to undo each thing. */
    readonly make: (mesh: BrokenMesh) => Promise<void>;
}

/** Each is judged by what clusters say of themselves, as with `--contexts`. */
export function describeSound(title: string, mesh: BrokenMesh, all: readonly Sound[]): void {
    describe(title, () => {
        for (const { what, make } of all) {
            it(what, async () => {
                try {
                    await make(mesh);
                    const results = await mesh.results(CHECKS, "pass", () => bySelf(mesh));
                    const others = results.filter(({ result }) => result !== "pass");
                    expect(others.map(({ id, cause, seen }) => [id, cause, ...seen])).to.deep.equal([]);
                } finally {
                    await mesh.mend();
                }
                const after = (await mesh.results(CHECKS, "pass")).filter(({ result }) => result !== "pass");
                expect(after.map(({ id, cause }) => [id, cause])).to.deep.equal([]);
            });
        }
    });
}

const GATEWAY = [...SYSTEM, "gateways.networking.istio.io", "cross-network-gateway"];

export const SOUND: readonly Sound[] = [
    { what: "as it was brought up", fast: true, make: () => Promise.resolve() },
    {
        what: "a gateway on another port, named by its label",
        fast: true,
        make: (mesh) =>
            changeService(mesh, (service) => ({
                ...service,
                labels: { ...service.labels, "networking.istio.io/gatewayPort": "10443" },
                ports: service.ports.map((each) => (each.name === "tls" ? { ...each, port: 10443 } : each)),
            })),
    },
    {
        what: "a gateway without the port of its status",
        fast: true,
        make: (mesh) =>
            changeService(mesh, (service) => ({
                ...service,
                ports: service.ports.filter(({ port }) => port !== 15021),
            })),
    },
    {
        what: "a gateway for single Services",
        fast: true,
        make: (mesh) => {
            const hosts = (...names: string[]) => [{ op: "replace", path: "/spec/servers/0/hosts", value: names }];
            const one = hosts("catalog.istioinaction.svc.cluster.local");
            return patch(mesh, "east", GATEWAY, one, hosts("*.local"), "json");
        },
    },
    {
        what: "two gateways into one network",
        fast: true,
        make: async (mesh) => {
            const { metadata, spec } = JSON.parse(
                await mesh.kubectl("east", ["get", ...GATEWAY_SERVICE, "-o", "json"]),
            ) as {
                metadata: { labels: object };
                spec: { selector: object; ports: { name: string; port: number }[] };
            };
            const second = {
                apiVersion: "v1",
                kind: "Service",
                metadata: { name: "second", namespace: "istio-system", labels: metadata.labels },
                spec: {
                    type: "LoadBalancer",
                    selector: spec.selector,
                    ports: spec.ports.map(({ name, port }) => ({ name, port })),
                },
            };
            mesh.later(() => mesh.kubectl("east", ["delete", ...SYSTEM, "service", "second"]));
            await mesh.kubectl("east", ["apply", "-f", "-"], JSON.stringify(second));
        },
    },
    {
        what: "networks by meshNetworks, without labels",
        make: async (mesh) => {
            const path = "jsonpath={.status.loadBalancer.ingress[0].ip}";
            const networks = ["west", "east"].map(async (cluster) => {
                const address = await mesh.kubectl(cluster, ["get", ...GATEWAY_SERVICE, "-o", path]);
                const endpoints = `endpoints: [{fromRegistry: ${cluster}-cluster}]`;
                return `  ${cluster}-network: {${endpoints}, gateways: [{address: ${address}, port: 15443}]}`;
            });
            const text = ["networks:", ...(await Promise.all(networks))].join("\n");
            for (const cluster of ["west", "east"]) {
                const label = (value: string | null) => ({
                    metadata: { labels: { "topology.istio.io/network": value } },
                });
                mesh.later(() => restart(mesh, cluster));
                await changeConfig(mesh, cluster, "meshNetworks", () => text);
                for (const object of [["namespace", "istio-system"], GATEWAY_SERVICE]) {
                    await patch(mesh, cluster, object, label(null), label(`${cluster}-network`));
                }
                await restart(mesh, cluster);
            }
        },
    },
    {
        what: "a gateway by Kubernetes' Gateway API",
        make: async (mesh) => {
            const crds = `${await moduleSource("istio", "istio.io/istio")}/tests/integration/pilot/testdata/gateway-api-crd.yaml`;
            mesh.later(() => mesh.kubectl("east", ["delete", "-f", crds]));
            await mesh.kubectl("east", ["apply", "--server-side", "-f", crds]);
            await rollOut(mesh, "east", [...SYSTEM, "deployment/istiod"]);
            await changeService(mesh, ({ labels, ports }) => {
                const others = Object.entries(labels).filter(([name]) => name !== "topology.istio.io/network");
                return { labels: Object.fromEntries(others), ports };
            });
            const tls = { mode: "Passthrough" };
            const listeners = [{ name: "cross-network", port: 15443, protocol: "TLS", hostname: "*.local", tls }];
            const labels = { "topology.istio.io/network": "east-network" };
            const gateway = {
                apiVersion: "gateway.networking.k8s.io/v1",
                kind: "Gateway",
                metadata: { name: "cross-network", namespace: "istio-system", labels },
                spec: { gatewayClassName: "istio", listeners },
            };
            const named = [...SYSTEM, "gateways.gateway.networking.k8s.io", "cross-network"];
            mesh.later(() => mesh.kubectl("east", ["delete", ...named]));
            await mesh.kubectl("east", ["apply", "-f", "-"], JSON.stringify(gateway));
        },
    },
    {
        what: "cacerts in the shape of cert-manager",
        make: async (mesh) => {
            const { "ca-cert.pem": certificate, "ca-key.pem": key, "root-cert.pem": root } = await mesh.cacerts("east");
            await replaceAuthorities(mesh, { east: { "tls.crt": certificate, "tls.key": key, "ca.crt": root } });
        },
    },
    {
        what: "cacerts with a list of revoked certificates",
        fast: true,
        make: (mesh) => addToCacerts(mesh, "ca-crl.pem", ""),
    },
    {
        what: "an authority between the root and the clusters' own",
        make: async (mesh) => replaceAuthorities(mesh, await authorities(365)),
    },
    {
        what: "a control plane of a revision, alone",
        make: async (mesh) => {
            const release = [...SYSTEM, "istiod-canary"];
            // Repairs run in reverse: istiod is back before its workloads are.
            mesh.later(() => restart(mesh, "east"));
            mesh.later(() => mesh.helm("east", ["uninstall", ...release]));
            await mesh.installIstiod("east", "istiod-canary", { revision: "canary" });
            const revision = (value: string | null) => ({
                spec: { template: { metadata: { labels: { "istio.io/rev": value } } } },
            });
            const gateway = [...SYSTEM, "deployment/istio-eastwestgateway"];
            await patch(mesh, "east", gateway, revision("canary"), revision(null));
            const labels = (rev: string | null, injection: string | null) => ({
                metadata: { labels: { "istio.io/rev": rev, "istio-injection": injection } },
            });
            const namespace = ["namespace", "istioinaction"];
            await patch(mesh, "east", namespace, labels("canary", null), labels(null, "enabled"));
            await rollOut(mesh, "east", ["--namespace", "istioinaction", "deployment/catalog"]);
            const scale = (replicas: number) =>
                mesh.kubectl("east", ["scale", ...SYSTEM, "deployment/istiod", `--replicas=${replicas}`]);
            mesh.later(() => mesh.kubectl("east", ["rollout", "status", ...SYSTEM, "deployment/istiod"]));
            mesh.later(() => scale(1));
            await scale(0);
        },
    },
    {
        what: "discoverySelectors that take the mesh's namespaces",
        make: async (mesh) => {
            const labels = (value: string | null) => ({ metadata: { labels: { "istio-discovery": value } } });
            const selectors = '\ndiscoverySelectors:\n- matchLabels: {istio-discovery: "yes"}\n';
            for (const cluster of ["west", "east"]) {
                for (const name of ["istio-system", "istioinaction"]) {
                    await patch(mesh, cluster, ["namespace", name], labels("yes"), labels(null));
                }
                await changeConfig(mesh, cluster, "mesh", (text) => text + selectors);
            }
        },
    },
];
