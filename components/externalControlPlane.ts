import { createHash } from "node:crypto";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { loadBalancerAddress } from "./internal/address";
import { cacerts } from "./internal/cacerts";
import { assertDnsLabel } from "./internal/checks";
import { externalIstiodChart, externalProblems } from "./internal/istio";
import { ISTIO_NAMESPACE, ISTIOD_PORTS, typeToken } from "./internal/names";
import type { CertificateAuthorityArgs } from "./internal/types";
import { refuse, releaseOf } from "./internal/values/release";
import type { IstioArgs } from "./istio";

/** Arguments of {@link ExternalControlPlane}. The cluster is the one of `opts.provider`: the external one, outside of the mesh. */
export interface ExternalControlPlaneArgs {
    /** Istio's name of the config cluster: the one of the mesh whose istiod this is. */
    clusterName: string;
    /** The intermediate, which signs the certificates of the workloads that it serves. It stays outside of their clusters. */
    certificateAuthority: CertificateAuthorityArgs;
    /**
     * How istiod reads and writes the config cluster: {@link MeshCluster.istiodKubeconfig}, or {@link RemoteReader.kubeconfig} of its
     * account `istiod`. A `pulumi.deferredOutput()`, since the charts there need {@link ExternalControlPlane.address}. Secret.
     */
    kubeconfig: pulumi.Input<string>;
    /**
     * {@link RemoteSecret.peer} of the further clusters that it serves: istiod starts once their Secrets are there, so that proxies that
     * come from another istiod keep the endpoints in them. @defaultValue it starts at once
     */
    peers?: pulumi.Input<string[]>;
    /** Release, images and values of the chart `istiod`, and the Service before it. @defaultValue as the chart */
    istio?: IstioArgs | undefined;
}

/**
 * An istiod outside of the mesh that it serves: a mesh's operators run it, and no workload is beside it. One of the mesh's clusters
 * is its config cluster: it has Istio's resources and the mesh's configuration, and istiod bears its name. Further clusters are
 * read by remote Secrets, which lie beside istiod, as does `cacerts`: no key and no credential is in the clusters that are served.
 * https://istio.io/latest/docs/setup/install/external-controlplane/
 *
 * The clusters that are served are {@link RemoteControlPlane}s. Their proxies and API servers reach istiod by a load balancer of
 * its own, on two ports; istiod ends TLS itself. It has no rights in its own cluster but those of namespace `istio-system`, and an
 * external cluster runs the istiod of one mesh.
 *
 * @example
 * ```ts
 * const [kubeconfig, resolve] = pulumi.deferredOutput<string>();
 * const clusterName = "west-cluster";
 * const hub = new k8s.Provider("hub", { kubeconfig: config.requireSecret("hub"), enableSecretMutable: true });
 * const external = new ExternalControlPlane("hub", { clusterName, certificateAuthority, kubeconfig }, { provider: hub });
 * const west = new MeshCluster(
 *     "west",
 *     {
 *         ...{ meshId: "usmesh", clusterName, network: "west-network" },
 *         apiServer: "https://203.0.113.7:6443",
 *         primary: { clusterName, address: external.address },
 *         served: external.ready,
 *     },
 *     { provider },
 * );
 * if (west.istiodKubeconfig) resolve(west.istiodKubeconfig);
 * ```
 */
export class ExternalControlPlane extends pulumi.ComponentResource {
    /** Where istiod answers proxies and API servers of other clusters: an IP address or a host name. Known before istiod runs. */
    public readonly address: pulumi.Output<string>;
    /** The namespace `istio-system`, for {@link RemoteSecret}: known before istiod runs. */
    public readonly namespace: pulumi.Output<string>;
    /** The same, known as soon as istiod answers. */
    public readonly ready: pulumi.Output<string>;
    /** Image of Istio's proxies, of istiod's registry and release: {@link RemoteSecretArgs.image}. */
    public readonly proxyImage: pulumi.Output<string>;

    constructor(name: string, args: ExternalControlPlaneArgs, opts?: pulumi.ComponentResourceOptions) {
        assertDnsLabel("clusterName", args.clusterName);
        const { clusterName, certificateAuthority, kubeconfig, istio = {} } = args;
        refuse(externalProblems(istio, { clusterName }));
        super(typeToken("ExternalControlPlane"), name, { clusterName }, opts);

        const created = new k8s.core.v1.Namespace(
            `${name}-namespace`,
            { metadata: { name: ISTIO_NAMESPACE } },
            { parent: this },
        );
        const namespace = created.metadata.name;
        const exposed = exposedIstiod(name, namespace, istio, this);
        const authority = cacerts(`${name}-cacerts`, { namespace, certificateAuthority }, this);
        const access = new k8s.core.v1.Secret(
            `${name}-kubeconfig`,
            // Chart istiod mounts the Secret of this name.
            { metadata: { name: "istio-kubeconfig", namespace }, stringData: { config: pulumi.secret(kubeconfig) } },
            { parent: this },
        );
        // istiod reads the file when it starts: another one has to start it anew. The sum of a token does not tell the token.
        const sum = pulumi.output(kubeconfig).apply((text) => createHash("sha256").update(text).digest("hex"));
        const chart = externalIstiodChart({ clusterName, kubeconfigSum: pulumi.unsecret(sum) }, istio);
        const istiod = new k8s.helm.v3.Release(
            `${name}-istiod`,
            { name: "istiod", namespace: afterwards(namespace, args.peers), ...releaseOf(chart, istio) },
            // istiod mounts both Secrets if they are there when its pod starts; without them, it has another root and another cluster.
            { parent: this, dependsOn: [authority, access] },
        );

        this.address = exposed;
        this.namespace = namespace;
        this.ready = afterwards(namespace, istiod.id);
        this.proxyImage = proxyImage(`${name}-deployment`, istiod.id, this);
        const { address, ready } = this;
        this.registerOutputs({ address, namespace, ready, proxyImage: this.proxyImage });
    }
}

/** A value that is known once another one is, too. */
function afterwards(value: pulumi.Output<string>, known: pulumi.Input<unknown>): pulumi.Output<string> {
    return pulumi.all([value, known]).apply(([own]) => own);
}

/** @param id `namespace/name` of istiod's Deployment: the chart names it after the release. */
function proxyImage(name: string, id: pulumi.Output<string>, parent: pulumi.Resource): pulumi.Output<string> {
    const deployment = k8s.apps.v1.Deployment.get(name, id, { parent });
    return deployment.spec.template.spec.containers.apply((containers) => {
        const { image = "" } = containers.find((container) => container.name === "discovery") ?? {};
        // The distroless variant has no curl.
        return image.replace(/\/pilot\b/, "/proxyv2").replace(/-distroless$/, "");
    });
}

/**
 * A Service for other clusters. Not that of the chart, which opens the plaintext ports and is known only once istiod runs: that waits
 * for the config cluster, and the config cluster for the address.
 */
function exposedIstiod(
    name: string,
    namespace: pulumi.Input<string>,
    { istiod: { service: { type = "LoadBalancer", annotations = {}, ...service } = {} } = {} }: IstioArgs,
    parent: pulumi.Resource,
): pulumi.Output<string> {
    const ports = Object.entries(ISTIOD_PORTS).map(([port, number]) => ({
        name: `tls-${port}`,
        port: number,
        targetPort: number,
    }));
    const known = service.externalIPs === undefined ? ".status.loadBalancer.ingress" : ".spec.clusterIP";
    const exposed = new k8s.core.v1.Service(
        `${name}-service`,
        {
            metadata: {
                name: "istiod-external",
                namespace,
                // Else Pulumi waits for pods behind it.
                annotations: { "pulumi.com/waitFor": `jsonpath={${known}}`, ...annotations },
            },
            spec: { type, ...service, selector: { app: "istiod", istio: "pilot" }, ports },
        },
        { parent },
    );
    return loadBalancerAddress(exposed, "the Service of istiod");
}
