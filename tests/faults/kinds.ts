/** Faults of meshes as people make them, judged by what clusters say of themselves. */
import { authorities } from "./authority";
import type { Fault } from "./fault";
import {
    addToCacerts,
    APP,
    bySelf,
    changeService,
    createPod,
    GATEWAY_SERVICE,
    patch,
    remove,
    replaceAuthorities,
    rollOut,
    SYSTEM,
} from "./ways";

const remoteSecret = (peer: string) => [...SYSTEM, "secret", `istio-remote-secret-${peer}-cluster`];

export const KIND_FAULTS: readonly Fault[] = [
    {
        what: "DNS that does not start",
        fails: { "clusters-ready": /No endpoint of Service kube-system\/kube-dns in east is ready/ },
        also: ["remote-answers"],
        inflict: async (mesh) => {
            const deployment = ["--namespace", "kube-system", "deployment/coredns"];
            const read = ["get", ...deployment, "-o", "jsonpath={.spec.template.spec.containers[0].image}"];
            const image = (value: string) => [
                { op: "replace", path: "/spec/strategy", value: { type: "Recreate" } },
                { op: "replace", path: "/spec/template/spec/containers/0/image", value },
            ];
            mesh.later(() => mesh.kubectl("east", ["rollout", "status", ...deployment, "--timeout=90s"]));
            const own = await mesh.kubectl("east", read);
            await patch(mesh, "east", deployment, image("localhost/none:1"), image(own), "json");
        },
    },
    {
        what: "two islands, with nothing but their own word that they are one mesh",
        fails: {
            "remote-secrets": /^\w+ has no remote Secret for .*\n\w+ has no remote Secret for /,
            "peers-synced": /istiod of west does not know cluster east-cluster/,
            "gateway-endpoints": /istiod of west has found no pod of catalog/,
        },
        also: ["remote-answers", "peer-endpoints", "network-gateways"],
        fast: true,
        inflict: async (mesh) => {
            await remove(mesh, "west", remoteSecret("east"));
            await remove(mesh, "east", remoteSecret("west"));
        },
        instead: bySelf,
    },
    {
        what: "a remote Secret in another namespace",
        fails: {
            "remote-secrets":
                /There is default\/istio-remote-secret-east-cluster \(istiod reads namespace istio-system/,
        },
        also: ["peers-synced", "gateway-endpoints", "network-gateways", "remote-answers", "peer-endpoints"],
        fast: true,
        inflict: async (mesh) => {
            const secret = remoteSecret("east");
            const found = JSON.parse(await mesh.kubectl("west", ["get", ...secret, "-o", "json"])) as {
                metadata: { name: string; labels: object };
            };
            const { name, labels } = found.metadata;
            const moved = { ...found, metadata: { name, labels, namespace: "default" } };
            mesh.later(() => mesh.kubectl("west", ["delete", "--namespace", "default", "secret", name]));
            await mesh.kubectl("west", ["create", "-f", "-"], JSON.stringify(moved));
            await remove(mesh, "west", secret);
        },
        instead: bySelf,
    },
    {
        what: "a label with a port that the gateway's Service does not have",
        fails: {
            "gateway-ready": /has no port 10444, which its peers are told to dial/,
            "network-gateways": /istiod of west knows no gateway of east-network/,
        },
        also: ["gateway-routes", "no-raw-endpoints", "gateway-endpoints", "remote-answers"],
        fast: true,
        inflict: (mesh) =>
            changeService(mesh, ({ labels, ports }) => ({
                labels: { ...labels, "networking.istio.io/gatewayPort": "10444" },
                ports,
            })),
        instead: bySelf,
    },
    {
        what: "node ports that no annotation tells of",
        fails: { "gateway-ready": /lacks the annotation traffic\.istio\.io\/nodeSelector/ },
        also: ["network-gateways", "no-raw-endpoints", "gateway-endpoints", "gateway-answers", "remote-answers"],
        inflict: (mesh) =>
            patch(mesh, "east", GATEWAY_SERVICE, { spec: { type: "NodePort" } }, { spec: { type: "LoadBalancer" } }),
        instead: bySelf,
    },
    {
        what: "a private key beside the files of cacerts, under a name that does not tell",
        fails: { "stored-root": /look like private keys: notes/ },
        fast: true,
        inflict: (mesh) => {
            const notes = Buffer.from("-----BEGIN EC PRIVATE KEY-----").toString("base64");
            return addToCacerts(mesh, "notes", notes);
        },
    },
    {
        what: "an authority above the clusters' own that is about to end",
        fails: {
            "certificate-lifetimes":
                /authority above the intermediate \(CN=Organisation CA\) of east ends in [\d.]+ days/,
        },
        inflict: async (mesh) => replaceAuthorities(mesh, await authorities(10)),
        instead: bySelf,
    },
    {
        what: "workloads that were not restarted after a new root",
        // Proxies of the one cluster may have learnt of it before those of the other.
        fails: { "common-root": /of (east|west) still trusts another root than istiod gives to new workloads/ },
        also: ["remote-answers", "proxies-synced"],
        inflict: async (mesh) =>
            replaceAuthorities(mesh, await authorities(365), (each, cluster) =>
                rollOut(each, cluster, [...SYSTEM, "deployment/istiod"]),
            ),
        instead: bySelf,
    },
    {
        what: "a pod that is older than the revision's label of its namespace",
        fails: { "sidecars-injected": /Pods of west have no ready sidecar: revised\/early/ },
        fast: true,
        inflict: async (mesh) => {
            mesh.later(() => mesh.kubectl("west", ["delete", "namespace", "revised"]));
            await mesh.kubectl("west", ["create", "namespace", "revised"]);
            await createPod(mesh, "west", ["--namespace", "revised"], { metadata: { name: "early" }, spec: APP });
            await mesh.kubectl("west", ["label", "namespace", "revised", "istio.io/rev=default"]);
        },
    },
    {
        what: "mutual TLS turned off for one port of a subset",
        fails: {
            "mtls-not-disabled": /DestinationRule istioinaction\/off \(subset v1: trafficPolicy\.portLevelSettings\)/,
        },
        fast: true,
        inflict: async (mesh) => {
            const trafficPolicy = { portLevelSettings: [{ port: { number: 80 }, tls: { mode: "DISABLE" } }] };
            const rule = {
                apiVersion: "networking.istio.io/v1",
                kind: "DestinationRule",
                metadata: { name: "off", namespace: "istioinaction" },
                spec: {
                    host: "catalog.istioinaction.svc.cluster.local",
                    subsets: [{ name: "v1", labels: { version: "v1" }, trafficPolicy }],
                },
            };
            mesh.later(() =>
                mesh.kubectl("west", ["delete", "--namespace", "istioinaction", "destinationrule", "off"]),
            );
            await mesh.kubectl("west", ["apply", "-f", "-"], JSON.stringify(rule));
        },
    },
];
