/** Faults that only the probe's checks can find. */
import { serverService } from "../../verify/probe/manifests";
import type { ProbeFault } from "./probeFault";
import { APPS, blockPorts, disableMtls, patch, remove, SYSTEM } from "./ways";

export const PROBE_FAULTS: readonly ProbeFault[] = [
    {
        what: "a gateway that passes nothing on",
        fails: {
            "reachability-matrix": /The gateway of east passes nothing on: no Gateway opens port 15443/,
            "reachability-through-ingress": /east/,
            "answered-through-gateway": /east/,
            "foreign-root-refused": /east/,
            "forbidden-identity-refused": /east/,
            failover: /./,
        },
        fast: true,
        inflict: (mesh) => remove(mesh, "east", [...SYSTEM, "gateways.networking.istio.io", "cross-network-gateway"]),
    },
    {
        what: "mutual TLS turned off in a whole cluster",
        fails: {
            "reachability-matrix": /without mutual TLS/,
            "forbidden-identity-refused": /since the request came without mutual TLS/,
        },
        fast: true,
        inflict: (mesh) => disableMtls(mesh, "istio-system"),
    },
    {
        what: "a gateway that no other network can dial",
        fails: {
            "gateway-answers-peers": /Pods of west cannot reach the address of the gateway of east/,
            "reachability-matrix": /The path from the client of west to the server of east is broken/,
            "plaintext-refused": /Pods of west cannot open a connection to the gateway of east/,
        },
        inflict: (mesh) => blockPorts(mesh, "east", "15021,15443"),
    },
    {
        what: "a gateway that takes plaintext",
        fails: { "plaintext-refused": /The gateway of east accepts plaintext on port 15443/ },
        inflict: (mesh) => {
            const server = (port: object, tls: object) => ({
                spec: { servers: [{ port, hosts: ["*.local"], ...tls }] },
            });
            return patch(
                mesh,
                "east",
                [...SYSTEM, "gateways.networking.istio.io", "cross-network-gateway"],
                server({ number: 15443, name: "http", protocol: "HTTP" }, {}),
                server({ number: 15443, name: "tls", protocol: "TLS" }, { tls: { mode: "AUTO_PASSTHROUGH" } }),
            );
        },
    },
    {
        what: "pods that another network's clients reach without a sidecar",
        fails: {
            "without-sidecar-refused":
                /A pod of west without a sidecar gets an answer for server-\d\.[0-9a-f]+-mesh-probe/,
        },
        during: async (mesh, namespaceOf) => {
            const namespace = await namespaceOf("west");
            const path = "jsonpath={.items[0].status.podIP}";
            const address = await mesh.kubectl("west", ["get", "pods", ...APPS, "-l", "app=webapp", "-o", path]);
            const service = serverService({ clusters: mesh.mesh.clusters.map(({ name }) => name) }, "east");
            const slice = {
                apiVersion: "discovery.k8s.io/v1",
                kind: "EndpointSlice",
                metadata: { name: "leak", labels: { "kubernetes.io/service-name": service } },
                addressType: "IPv4",
                endpoints: [{ addresses: [address] }],
                ports: [{ name: "http", port: 8080 }],
            };
            // The run's own Service of east, which has no pods in west.
            await mesh.kubectl("west", ["apply", "--namespace", namespace, "-f", "-"], JSON.stringify(slice));
        },
    },
    {
        what: "an injector that is gone",
        fails: { "probe-workloads": /sidecar/ },
        inflict: (mesh) => remove(mesh, "east", ["mutatingwebhookconfiguration", "istio-sidecar-injector"]),
    },
    {
        what: "a namespace that cannot go",
        fails: { "probe-removed": /The probe's namespace may still be in east/ },
        result: "error",
        during: async (mesh, namespaceOf) => {
            const namespace = await namespaceOf("east");
            const held = {
                apiVersion: "v1",
                kind: "ConfigMap",
                metadata: { name: "held", finalizers: ["example.org/never"] },
            };
            const free = ["patch", "configmap", "held", "--namespace", namespace, "--type=merge"];
            mesh.later(() => mesh.kubectl("east", [...free, '--patch={"metadata":{"finalizers":null}}']));
            await mesh.kubectl("east", ["apply", "--namespace", namespace, "-f", "-"], JSON.stringify(held));
        },
    },
];
