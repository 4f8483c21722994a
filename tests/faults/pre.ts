/** Faults of clusters that are to become a mesh, each of which `mesh verify --pre` must find. */
import { parse, stringify } from "yaml";
import type { MeshCluster } from "../../verify";
import type { BrokenMesh } from "../support/brokenMesh";
import { disguise, type Looks } from "../support/disguise";
import type { Fault } from "./fault";
import { stopEast } from "./ways";

/** The mesh with another declaration of east. */
export function withEast({ mesh }: BrokenMesh, changes: Partial<MeshCluster>) {
    const clusters = mesh.clusters.map((each) => (each.name === "east" ? { ...each, ...changes } : each));
    return { ...mesh, clusters };
}

/** The mesh with an API server of east that gives itself other looks. */
export async function withDisguise(mesh: BrokenMesh, looks: Looks) {
    const east = mesh.mesh.clusters.find(({ name }) => name === "east");
    if (east === undefined) throw new Error("the mesh has no east");
    const { cluster, close } = await disguise(east, looks);
    mesh.later(close);
    // Where its peers reach it is not what is disguised.
    return withEast(mesh, { kubeconfig: cluster.kubeconfig, apiServer: (await serverOf(mesh, "east")).server });
}

/** The mesh with east seen by a user that has a ClusterRole. */
export async function withUser(mesh: BrokenMesh, role: string) {
    const binding = [`--clusterrole=${role}`, "--serviceaccount=default:looker"];
    await mesh.kubectl("east", ["create", "serviceaccount", "looker"]);
    mesh.later(() => mesh.kubectl("east", ["delete", "serviceaccount", "looker"]));
    await mesh.kubectl("east", ["create", "clusterrolebinding", "looker", ...binding]);
    mesh.later(() => mesh.kubectl("east", ["delete", "clusterrolebinding", "looker"]));
    const token = (await mesh.kubectl("east", ["create", "token", "looker"])).trim();
    const { server, ca } = await serverOf(mesh, "east");
    const kubeconfig = stringify({
        apiVersion: "v1",
        kind: "Config",
        clusters: [{ name: "east", cluster: { server, "certificate-authority-data": ca } }],
        users: [{ name: "looker", user: { token } }],
        contexts: [{ name: "east", context: { cluster: "east", user: "looker" } }],
        "current-context": "east",
    });
    return withEast(mesh, { kubeconfig, context: "east" });
}

async function serverOf(mesh: BrokenMesh, cluster: string): Promise<{ server: string; ca: string }> {
    const path = "jsonpath={.clusters[0].cluster.server} {.clusters[0].cluster.certificate-authority-data}";
    const [server = "", ca = ""] = (await mesh.kubectl(cluster, ["config", "view", "--raw", "-o", path])).split(" ");
    return { server, ca };
}

export const PRE_FAULTS: readonly Fault[] = [
    {
        what: "a cluster that is stopped",
        fails: { "clusters-ready": /API server of east is down/ },
        also: "any",
        inflict: stopEast,
    },
    {
        what: "a Kubernetes that Istio does not support",
        fails: { "supported-kubernetes": /east runs Kubernetes v1\.20\.0, which Istio \S+ was not tested with/ },
        also: ["peer-addresses"],
        fast: true,
        instead: (mesh) => withDisguise(mesh, { version: "v1.20.0" }),
    },
    {
        what: "Istio of another mesh",
        fails: { "present-mesh": /Istio in west belongs to another mesh: its mesh id is usmesh, not theirs/ },
        fast: true,
        instead: ({ mesh }) => ({ ...mesh, meshId: "theirs" }),
    },
    {
        what: "an Istio that the stack has not made",
        fails: {
            "name-conflicts":
                /east already has Namespace istio-system, which holds Secret cacerts with the key of an authority[^]*east already has MutatingWebhookConfiguration istio-sidecar-injector, made by Helm release istiod in istio-system/,
        },
        fast: true,
        instead: (mesh) => withEast(mesh, { begun: false }),
    },
    {
        what: "an address that the certificate does not name",
        fails: { "peer-addresses": /Peers of east will not accept its API server/ },
        fast: true,
        instead: async (mesh) => withEast(mesh, { apiServer: (await serverOf(mesh, "west")).server }),
    },
    {
        what: "an address that is each pod's own",
        fails: { "peer-addresses": /leads each pod to itself/ },
        fast: true,
        instead: (mesh) => withEast(mesh, { apiServer: "https://127.0.0.1:6443" }),
    },
    {
        what: "a peer among the own pods",
        fails: { cidrs: /west takes the address of east \(\S+\) for one of its own pods or Services/ },
        also: ["peer-addresses"],
        fast: true,
        instead: async (mesh) => {
            const nodes = parse(await mesh.kubectl("west", ["get", "nodes", "-o", "yaml"])) as {
                items: { spec: { podCIDR: string } }[];
            };
            const host = nodes.items[0]?.spec.podCIDR.replace(/\.\d+\/.*/, ".9") ?? "";
            return withEast(mesh, { apiServer: `https://${host}:6443` });
        },
    },
    {
        what: "a Service that gets no address",
        fails: { "load-balancers": /Nothing in east assigns addresses to load balancers.*default\/waits waits/ },
        fast: true,
        inflict: async (mesh) => {
            const service = {
                apiVersion: "v1",
                kind: "Service",
                metadata: { name: "waits", namespace: "default" },
                spec: { type: "LoadBalancer", loadBalancerClass: "example.org/none", ports: [{ port: 80 }] },
            };
            await mesh.kubectl("east", ["apply", "-f", "-"], JSON.stringify(service));
            mesh.later(() => mesh.kubectl("east", ["delete", "service", "waits"]));
        },
    },
    {
        what: "a user that may only look",
        fails: { permissions: /The user of east may not create namespaces/ },
        also: ["clusters-ready", "cidrs", "load-balancers", "present-mesh"],
        fast: true,
        instead: (mesh) => withUser(mesh, "view"),
    },
    {
        what: "a user that may make roles, but has no rights to give",
        fails: { permissions: /The user of east may make ClusterRoles, but none with rights that it does not have/ },
        fast: true,
        instead: async (mesh) => {
            const rules = [
                { apiGroups: ["*"], resources: ["*"], verbs: ["get", "list", "create", "patch", "delete"] },
                { apiGroups: [""], resources: ["pods/portforward"], verbs: ["create"] },
            ];
            const role = { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", rules };
            const maker = { ...role, metadata: { name: "maker" } };
            await mesh.kubectl("east", ["apply", "-f", "-"], JSON.stringify(maker));
            mesh.later(() => mesh.kubectl("east", ["delete", "clusterrole", "maker"]));
            return withUser(mesh, "maker");
        },
    },
];
