/** Ways in which configuration of a mesh ends a request, each with the object and the field that `mesh explain` must name. */
import type { Culprit } from "../../verify/explain";
import type { BrokenMesh } from "../support/brokenMesh";
import { APPS, patch } from "./ways";

export interface Break {
    readonly what: string;
    readonly culprit: Omit<Culprit, "cluster"> & { readonly cluster: "west" | "east" };
    readonly inflict: (mesh: BrokenMesh) => Promise<unknown>;
}

export const NAMESPACE = "istioinaction";

/** Makes an object, and removes it again. */
export async function apply(
    mesh: BrokenMesh,
    cluster: string,
    object: { kind: string; metadata: { name: string }; spec: object },
) {
    mesh.later(() => mesh.kubectl(cluster, ["delete", "-n", NAMESPACE, object.kind, object.metadata.name]));
    const group = object.kind === "AuthorizationPolicy" ? "security" : "networking";
    const manifest = JSON.stringify({ apiVersion: `${group}.istio.io/v1`, ...object });
    await mesh.kubectl(cluster, ["apply", "-n", NAMESPACE, "-f", "-"], manifest);
}

export const BREAKS: readonly Break[] = [
    {
        what: "a twin Service that is exported to nobody",
        culprit: {
            ...{ kind: "Service", namespace: NAMESPACE, name: "catalog", cluster: "west" },
            field: 'metadata.annotations["networking.istio.io/exportTo"]',
        },
        inflict: async (mesh) => {
            const annotate = (value: string) => ["annotate", "-n", NAMESPACE, "service", "catalog", value];
            mesh.later(() => mesh.kubectl("west", annotate("networking.istio.io/exportTo-")));
            await mesh.kubectl("west", annotate("networking.istio.io/exportTo=~"));
        },
    },
    {
        what: "TLS that is not the mesh's",
        culprit: {
            ...{ kind: "DestinationRule", namespace: NAMESPACE, name: "catalog", cluster: "west" },
            field: "spec.trafficPolicy.tls.mode",
        },
        inflict: (mesh) =>
            apply(mesh, "west", {
                kind: "DestinationRule",
                metadata: { name: "catalog" },
                spec: { host: "catalog", trafficPolicy: { tls: { mode: "SIMPLE" } } },
            }),
    },
    {
        what: "a Sidecar without the Service's namespace",
        culprit: { kind: "Sidecar", namespace: NAMESPACE, name: "narrow", cluster: "west", field: "spec.egress" },
        inflict: (mesh) =>
            apply(mesh, "west", {
                kind: "Sidecar",
                metadata: { name: "narrow" },
                spec: { egress: [{ hosts: ["istio-system/*"] }] },
            }),
    },
    {
        what: "a policy that allows nothing",
        culprit: {
            kind: "AuthorizationPolicy",
            namespace: NAMESPACE,
            name: "nothing",
            cluster: "east",
            field: "spec.rules",
        },
        inflict: (mesh) =>
            apply(mesh, "east", {
                kind: "AuthorizationPolicy",
                metadata: { name: "nothing" },
                spec: {},
            }),
    },
    {
        what: "a subset that does not exist",
        culprit: {
            ...{ kind: "VirtualService", namespace: NAMESPACE, name: "catalog", cluster: "west" },
            field: "spec.http[0].route[0].destination.subset",
        },
        inflict: (mesh) =>
            apply(mesh, "west", {
                kind: "VirtualService",
                metadata: { name: "catalog" },
                spec: { hosts: ["catalog"], http: [{ route: [{ destination: { host: "catalog", subset: "v2" } }] }] },
            }),
    },
    {
        what: "a target port that nobody listens on",
        culprit: {
            ...{ kind: "Service", namespace: NAMESPACE, name: "catalog", cluster: "east" },
            field: "spec.ports[].targetPort",
        },
        inflict: async (mesh) => {
            const path = "/spec/ports/0/targetPort";
            const jsonpath = "jsonpath={.spec.ports[0].targetPort}";
            const value = await mesh.kubectl("east", ["get", "-n", NAMESPACE, "service", "catalog", "-o", jsonpath]);
            const was = /^\d+$/.test(value) ? Number(value) : value;
            const replace = (port: number | string) => ({ op: "replace", path, value: port });
            await patch(mesh, "east", [...APPS, "service", "catalog"], [replace(9999)], [replace(was)], "json");
        },
    },
    {
        what: "no replicas",
        culprit: { kind: "Deployment", namespace: NAMESPACE, name: "catalog", cluster: "east", field: "spec.replicas" },
        inflict: async (mesh) => {
            const scale = (replicas: number) => [
                "scale",
                "-n",
                NAMESPACE,
                "deployment",
                "catalog",
                `--replicas=${replicas}`,
            ];
            mesh.later(async () => {
                await mesh.kubectl("east", scale(1));
                await mesh.kubectl("east", ["rollout", "status", "-n", NAMESPACE, "deployment", "catalog"]);
            });
            await mesh.kubectl("east", scale(0));
            await mesh.kubectl("east", [
                "wait",
                "-n",
                NAMESPACE,
                "--for=delete",
                "pod",
                "-l",
                "app=catalog",
                "--timeout=60s",
            ]);
        },
    },
];
