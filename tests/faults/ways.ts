/** Ways to break one thing of a mesh; each says how it is mended. */
import type { Mesh } from "../../verify";
import { meshOfSurveys, survey } from "../../verify/survey";
import type { BrokenMesh } from "../support/brokenMesh";

export const SYSTEM = ["--namespace", "istio-system"];
export const APPS = ["--namespace", "istioinaction"];
export const GATEWAY_SERVICE = [...SYSTEM, "service", "istio-eastwestgateway"];
export const CACERTS = [...SYSTEM, "secret", "cacerts"];

/** The catalog app, as a pod of any name. */
export const APP = {
    containers: [{ name: "app", image: "localhost/istio-multicluster/catalog:0.1.0", imagePullPolicy: "Never" }],
};

export async function createPod(
    mesh: BrokenMesh,
    cluster: string,
    namespace: readonly string[],
    pod: { metadata: { name: string; labels?: object }; spec: object },
) {
    const manifest = JSON.stringify({ apiVersion: "v1", kind: "Pod", ...pod });
    await mesh.kubectl(cluster, ["apply", ...namespace, "-f", "-"], manifest);
    mesh.later(() => mesh.kubectl(cluster, ["delete", ...namespace, "pod", pod.metadata.name, "--now"]));
}

/** Deletes an object; the repair makes it again. */
export async function remove(mesh: BrokenMesh, cluster: string, object: readonly string[]): Promise<void> {
    const found = JSON.parse(await mesh.kubectl(cluster, ["get", ...object, "-o", "json"])) as { metadata: object };
    const metadata = Object.fromEntries(
        Object.entries(found.metadata).filter(([key]) => !["uid", "resourceVersion", "managedFields"].includes(key)),
    );
    await mesh.kubectl(cluster, ["delete", ...object]);
    mesh.later(() => mesh.kubectl(cluster, ["create", "-f", "-"], JSON.stringify({ ...found, metadata })));
}

export async function patch(
    mesh: BrokenMesh,
    cluster: string,
    object: readonly string[],
    broken: object,
    mended: object,
    type = "merge",
): Promise<void> {
    const apply = (change: object) =>
        mesh.kubectl(cluster, ["patch", ...object, "--type", type, "--patch", JSON.stringify(change)]);
    await apply(broken);
    mesh.later(() => apply(mended));
}

/** Gives clusters another Secret cacerts, and their workloads certificates of it. @param data Base64, by cluster. */
export async function replaceAuthorities(
    mesh: BrokenMesh,
    data: Readonly<Record<string, Readonly<Record<string, string | undefined>>>>,
    restarted: typeof restart = restart,
): Promise<void> {
    const inEach = (what: typeof restart) => Promise.all(Object.keys(data).map((cluster) => what(mesh, cluster)));
    // Repairs run in reverse: the restart is last.
    mesh.later(() => inEach(restart));
    for (const [cluster, files] of Object.entries(data)) {
        const before = await mesh.cacerts(cluster);
        const replace = (value: object) => [{ op: "replace", path: "/data", value }];
        await patch(mesh, cluster, CACERTS, replace(files), replace(before), "json");
    }
    await inEach(restarted);
}

/** Puts one more file into Secret cacerts of east, which no workload is restarted for. @param content Base64. */
export function addToCacerts(mesh: BrokenMesh, name: string, content: string): Promise<void> {
    return patch(mesh, "east", CACERTS, { data: { [name]: content } }, { data: { [name]: null } });
}

/** Restarts istiod, then what it signs. Where the root has changed, pods wait until the kubelet gives them the new one. */
export async function restart(mesh: BrokenMesh, cluster: string): Promise<void> {
    const istiod = "deployment.apps/istiod";
    await rollOut(mesh, cluster, [...SYSTEM, istiod]);
    const signed = [SYSTEM, APPS].map(async (namespace) => {
        const names = (await mesh.kubectl(cluster, ["get", ...namespace, "deployments", "-o", "name"]))
            .trim()
            .split("\n");
        const others = names.filter((name) => name !== istiod);
        await Promise.all(others.map((name) => rollOut(mesh, cluster, [...namespace, name])));
    });
    await Promise.all(signed);
}

export async function rollOut(mesh: BrokenMesh, cluster: string, deployment: readonly string[]): Promise<void> {
    await mesh.kubectl(cluster, ["rollout", "restart", ...deployment]);
    await mesh.kubectl(cluster, ["rollout", "status", ...deployment, "--timeout=150s"]);
}

/** What is changed of the Service of the east-west gateway. */
interface GatewayService {
    readonly labels: Readonly<Record<string, string>>;
    readonly ports: readonly { readonly name: string; readonly port: number }[];
}

/** Changes labels and ports of the Service of east's east-west gateway. */
export async function changeService(
    mesh: BrokenMesh,
    change: (service: GatewayService) => GatewayService,
): Promise<void> {
    const { metadata, spec } = JSON.parse(await mesh.kubectl("east", ["get", ...GATEWAY_SERVICE, "-o", "json"])) as {
        metadata: { labels: GatewayService["labels"] };
        spec: { ports: GatewayService["ports"] };
    };
    const replace = ({ labels, ports }: GatewayService) => [
        { op: "replace", path: "/metadata/labels", value: labels },
        { op: "replace", path: "/spec/ports", value: ports },
    ];
    const before = { labels: metadata.labels, ports: spec.ports };
    await patch(mesh, "east", GATEWAY_SERVICE, replace(change(before)), replace(before), "json");
}

/** Changes an entry of istiod's configuration. */
export async function changeConfig(
    mesh: BrokenMesh,
    cluster: string,
    key: string,
    change: (text: string) => string,
): Promise<void> {
    const config = [...SYSTEM, "configmap", "istio"];
    const text = await mesh.kubectl(cluster, ["get", ...config, "-o", `jsonpath={.data.${key}}`]);
    await patch(mesh, cluster, config, { data: { [key]: change(text) } }, { data: { [key]: text } });
}

/** The mesh as its clusters say that it is, with the request that is declared. */
export async function bySelf({ mesh }: Pick<BrokenMesh, "mesh">): Promise<Mesh> {
    // Until it is read, a cluster is called by its context in all respects.
    const clusters = mesh.clusters.map(({ name, kubeconfig, context }) => ({
        name,
        clusterName: name,
        network: "",
        kubeconfig,
        ...(context === undefined ? {} : { context }),
    }));
    const found = meshOfSurveys(clusters, await survey({ clusters }));
    return { ...found, ...(mesh.request === undefined ? {} : { request: mesh.request }) };
}

/** Drops what comes to a cluster's node for some ports, before kube-proxy has turned a Service's address into a pod's. */
export async function blockPorts(mesh: BrokenMesh, cluster: string, ports: string): Promise<void> {
    const rule = ["PREROUTING", "-p", "tcp", "-m", "multiport", "--dports", ports, "-j", "DROP"];
    mesh.later(() => mesh.inNode(cluster, "iptables", "-t", "raw", "-D", ...rule));
    await mesh.inNode(cluster, "iptables", "-t", "raw", "-I", ...rule);
}

/** Turns mutual TLS off in a namespace of east; in istio-system, in the whole cluster. */
export async function disableMtls(mesh: BrokenMesh, namespace: string): Promise<void> {
    const policy = {
        apiVersion: "security.istio.io/v1",
        kind: "PeerAuthentication",
        metadata: { name: "off", namespace },
        spec: { mtls: { mode: "DISABLE" } },
    };
    await mesh.kubectl("east", ["apply", "-f", "-"], JSON.stringify(policy));
    mesh.later(() => mesh.kubectl("east", ["delete", "--namespace", namespace, "peerauthentication", "off"]));
}

/** Ends all processes of east. */
export async function stopEast(mesh: BrokenMesh): Promise<void> {
    await mesh.stopCluster("east");
    mesh.later(() => mesh.startCluster("east"));
}
