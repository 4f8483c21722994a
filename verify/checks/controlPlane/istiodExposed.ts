import { isIPv6 } from "node:net";
import { defineCheck, type Part } from "../../check";
import { type Mesh, primaryOf } from "../../mesh";
import { inEachCluster } from "../../observe";
import { controlPlaneOf } from "../../observe/controlPlane";
import { endpointAddresses } from "../../observe/endpointSlices";
import type { KubernetesView } from "../../observe/kubernetes";
import { qualifiedName } from "../../observe/objects";
import { tlsFailure, type TlsFailure } from "../../observe/tls";

/** What other clusters use of an istiod: configuration and certificates, and its webhooks. Both are TLS. */
const SERVING_PORTS = [15012, 15017];

/** What istiod tells anybody who asks: configuration in plaintext, its debug interface, and its metrics. */
const PLAIN_PORTS = [15010, 8080, 15014];

/** How a TLS connection fails that ends before there was a certificate. */
const SHOWED_NOTHING = /disconnected before|ECONNRESET|no answer/;

export interface Exposure {
    readonly cluster: string;
    /** Services that open plaintext ports of the cluster's istiod to other networks, as `namespace/name: port`. */
    readonly open: readonly string[];
    /** Where the cluster's proxies and API server find an istiod that runs elsewhere; absent where it runs in the cluster. */
    readonly dialled?: readonly Dialled[];
}

export interface Dialled {
    /** `address:port`. */
    readonly at: string;
    /** Name that its certificate has to have. */
    readonly name: string;
    /** Absent where it showed a certificate of the mesh. */
    readonly failure?: TlsFailure;
}

export const istiodExposed = defineCheck<readonly Exposure[]>({
    id: "istiod-exposed",
    group: "control plane",
    proves: "Clusters whose istiod runs elsewhere are led to one with a certificate of the mesh, and no istiod opens its plaintext ports to other networks",
    observe: (view) =>
        inEachCluster(view, async (kubernetes, { primary, external }) => ({
            open: primary === undefined ? await openedBy(kubernetes.istiod) : [],
            ...(primary === undefined && external === undefined
                ? {}
                : { dialled: await dialledBy(kubernetes, view.signal) }),
        })),
    judge: (clusters, mesh) => clusters.map((exposure) => judgeCluster(exposure, mesh)),
});

function judgeCluster({ cluster, open, dialled }: Exposure, mesh: Mesh): Part {
    const istiod = `istiod of ${primaryOf(mesh, cluster)?.clusterName ?? cluster}`;
    const ways = dialled?.map(({ at, failure }) => `${at} ${failure === undefined ? "is it" : failure.reason}`);
    const found =
        ways === undefined
            ? "its istiod runs there"
            : ways.join(", ") || "Service istiod leads to no address: not judged";
    const seen = `${cluster}: ${found}${open.length === 0 ? "" : `; open: ${open.join(", ")}`}`;
    if (open.length > 0) {
        return {
            seen,
            cause: `Services open plaintext ports of the istiod of ${cluster} to other networks, ${open.join(", ")}: whoever reaches them reads the configuration of the mesh.`,
            fix: `Make them of type ClusterIP. Other clusters need ports ${SERVING_PORTS.join(" and ")} only.`,
        };
    }
    const answered = dialled?.filter(({ failure }) => failure?.answered !== false) ?? [];
    const wrong = answered.filter(({ failure }) => failure !== undefined);
    const where = wrong.map(({ at }) => at).join(", ");
    if (wrong.some(({ failure }) => SHOWED_NOTHING.test(failure?.reason ?? ""))) {
        return {
            seen,
            cause: `What ${cluster} dials at ${where} takes connections and shows no certificate: no ${istiod} is behind it, so new pods get neither sidecar nor certificate.`,
            fix: `See istiod-ready; then which pods are behind the load balancer, and the Gateway and VirtualService that lead to istiod.`,
        };
    }
    if (wrong.length > 0) {
        return {
            seen,
            cause: `What answers ${cluster} at ${where} shows no certificate of the mesh for ${wrong[0]?.name ?? ""}: new pods get neither sidecar nor certificate.`,
            fix: `The address has to lead to ${istiod}, and whatever is in between must pass TLS on as it is.`,
        };
    }
    const silent = dialled?.filter(({ failure }) => failure?.answered === false) ?? [];
    // Where nothing answers this machine, the address may be one for other clusters alone: see proxies-synced.
    return answered.length > 0 && silent.length > 0
        ? {
              seen,
              cause: `${istiod} answers ${cluster} on some of its ports only, not at ${silent.map(({ at }) => at).join(", ")}.`,
              fix: `Open ports ${SERVING_PORTS.join(" and ")} of its load balancer, and of the Gateway behind it.`,
          }
        : { seen };
}

async function openedBy(kubernetes: KubernetesView): Promise<string[]> {
    const [services, { namespace }] = await Promise.all([kubernetes.services(), controlPlaneOf(kubernetes)]);
    return services
        .filter(({ metadata, spec }) => metadata?.namespace === namespace && spec?.selector?.["app"] === "istiod")
        .filter(({ spec }) => spec?.type === "LoadBalancer" || spec?.type === "NodePort")
        .flatMap((service) =>
            (service.spec?.ports ?? [])
                .filter(({ port, targetPort }) => PLAIN_PORTS.includes(Number(targetPort ?? port)))
                .map(({ port }) => `${qualifiedName(service)}: ${port}`),
        );
}

async function dialledBy(kubernetes: KubernetesView, signal: AbortSignal): Promise<Dialled[]> {
    const { namespace } = await controlPlaneOf(kubernetes);
    const [addresses, root] = await Promise.all([
        endpointAddresses(kubernetes, namespace, "kubernetes.io/service-name=istiod"),
        kubernetes.configMap(namespace, "istio-ca-root-cert"),
    ]);
    const name = `istiod.${namespace}.svc`;
    return Promise.all(
        addresses.flatMap((address) =>
            SERVING_PORTS.map(async (port) => {
                const at = `${isIPv6(address) ? `[${address}]` : address}:${port}`;
                const expected = { ca: root?.data?.["root-cert.pem"], serverName: name };
                const failure = await tlsFailure(new URL(`https://${at}`), expected, signal);
                return { at, name, ...(failure === undefined ? {} : { failure }) };
            }),
        ),
    );
}
