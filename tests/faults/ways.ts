/** Ways to break one thing of a mesh; each says how it is mended. */
import type { BrokenMesh } from "../support/brokenMesh";

export const SYSTEM = ["--namespace", "istio-system"];
export const APPS = ["--namespace", "istioinaction"];

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

/** Gives east another authority, and its workloads certificates of it. */
export async function replaceAuthority(mesh: BrokenMesh, data: Readonly<Record<string, string>>): Promise<void> {
    const secret = [...SYSTEM, "secret", "cacerts"];
    const before = JSON.parse(await mesh.kubectl("east", ["get", ...secret, "-o", "json"])) as { data: object };
    // Repairs run in reverse: the restart is last.
    mesh.later(() => restart(mesh));
    await patch(mesh, "east", secret, { data }, { data: before.data });
    await restart(mesh);
}

/** Restarts istiod of east, then what it signs. Where the root has changed, pods wait until the kubelet gives them the new one. */
export async function restart(mesh: BrokenMesh): Promise<void> {
    for (const deployment of [
        [...SYSTEM, "deployment/istiod"],
        [...SYSTEM, "deployment/istio-eastwestgateway"],
        [...APPS, "deployment/catalog"],
    ]) {
        await mesh.kubectl("east", ["rollout", "restart", ...deployment]);
        await mesh.kubectl("east", ["rollout", "status", ...deployment, "--timeout=150s"]);
    }
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
