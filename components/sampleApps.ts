import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { appDeployment, appService } from "./internal/app";
import { assertDnsLabel } from "./internal/checks";
import { NETWORKING_API, typeToken } from "./internal/names";

/** Arguments of {@link SampleApps}. The cluster is the one of `opts.provider`. */
export interface SampleAppsArgs {
    /**
     * {@link ControlPlane.namespace} of this cluster, or that of its {@link MeshCluster}: pods that are made before istiod
     * answers get no sidecar.
     */
    controlPlane: pulumi.Input<string>;
    /** Short name of this cluster, e.g. `west`, which the apps name in their answers. */
    cluster: string;
    /** Host that the ingress gateway routes to webapp. */
    host: pulumi.Input<string>;
    /** Image of webapp. */
    webappImage: pulumi.Input<string>;
    /** Image of catalog. */
    catalogImage: pulumi.Input<string>;
    /** Whether webapp runs here, behind this cluster's {@link IngressGateway}. @defaultValue false */
    webapp?: boolean;
    /** Whether catalog runs here; its Service is made in any case. @defaultValue false */
    catalog?: boolean;
}

/** Namespace of the sample apps. */
export const SAMPLE_NAMESPACE = "istioinaction";

/**
 * The two apps that show the mesh at work: webapp answers with what catalog gives it, from whichever cluster. Every
 * cluster has catalog's Service, since DNS knows only a cluster's own Services.
 *
 * @example
 * ```ts
 * new SampleApps(
 *     "west-apps",
 *     {
 *         cluster: "west",
 *         host: "webapp.istioinaction.io",
 *         controlPlane: controlPlane.namespace,
 *         webappImage: "registry.example.org/webapp:1",
 *         catalogImage: "registry.example.org/catalog:1",
 *         webapp: true,
 *     },
 *     { provider },
 * );
 * ```
 */
export class SampleApps extends pulumi.ComponentResource {
    /** Namespace of the apps. */
    public readonly namespace: pulumi.Output<string>;

    constructor(name: string, args: SampleAppsArgs, opts?: pulumi.ComponentResourceOptions) {
        assertDnsLabel("cluster", args.cluster);
        super(typeToken("SampleApps"), name, args, opts);
        const injection = pulumi.output(args.controlPlane).apply(() => "enabled");

        const namespace = new k8s.core.v1.Namespace(
            `${name}-namespace`,
            // The label asks for sidecars, which only a control plane that is there gives.
            { metadata: { name: SAMPLE_NAMESPACE, labels: { "istio-injection": injection } } },
            { parent: this },
        );
        this.namespace = namespace.metadata.name;

        const catalog = { name: "catalog", namespace: this.namespace, image: args.catalogImage, cluster: args.cluster };
        appService(`${name}-catalog`, catalog, args.catalog ?? false, this);
        if (args.catalog) {
            appDeployment(`${name}-catalog`, catalog, this);
        }
        if (args.webapp) {
            const webapp = { ...catalog, name: "webapp", image: args.webappImage };
            appService(`${name}-webapp`, webapp, true, this);
            appDeployment(`${name}-webapp`, webapp, this);
            route(`${name}-webapp`, args.host, this.namespace, this);
        }
        this.registerOutputs({ namespace: this.namespace });
    }
}

/** Gateway and VirtualService: requests for `host` at this cluster's ingress gateway go to webapp. */
function route(
    name: string,
    host: pulumi.Input<string>,
    namespace: pulumi.Output<string>,
    parent: pulumi.Resource,
): void {
    new k8s.apiextensions.CustomResource(
        `${name}-gateway`,
        {
            apiVersion: NETWORKING_API,
            kind: "Gateway",
            metadata: { name: "webapp", namespace },
            spec: {
                selector: { istio: "ingressgateway" },
                servers: [{ port: { number: 80, name: "http", protocol: "HTTP" }, hosts: [host] }],
            },
        },
        { parent },
    );
    new k8s.apiextensions.CustomResource(
        `${name}-route`,
        {
            apiVersion: NETWORKING_API,
            kind: "VirtualService",
            metadata: { name: "webapp", namespace },
            spec: {
                hosts: [host],
                gateways: ["webapp"],
                http: [{ route: [{ destination: { host: "webapp", port: { number: 80 } } }] }],
            },
        },
        { parent },
    );
}
