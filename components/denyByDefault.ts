import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { SECURITY_API, typeToken } from "./internal/names";

/** Arguments of {@link DenyByDefault}. The cluster is the one of `opts.provider`. */
export interface DenyByDefaultArgs {
    /** {@link ControlPlane.namespace} of the cluster, whose istiod then denies in all clusters that it serves. */
    controlPlane: pulumi.Input<string>;
}

/**
 * Nobody may call anybody in the mesh but whom another policy lets in, such as the `callers` of a {@link SharedService}: let it depend
 * on those, so that it comes after them, and goes before them. Ingress gateways still let clients in; an east-west gateway decides
 * nothing. Pods without a sidecar are not protected.
 * https://istio.io/latest/docs/ops/best-practices/security/#use-default-deny-patterns
 *
 * @example
 * ```ts
 * const callers = [{ namespace: "shop", account: "webapp" }];
 * const catalog = new SharedService(
 *     "west-shares-catalog",
 *     { service: "catalog", namespace: "shop", controlPlane: controlPlane.namespace, ports: [{ name: "http", port: 80 }], callers },
 *     { provider },
 * );
 * new DenyByDefault("west-deny-by-default", { controlPlane: controlPlane.namespace }, { provider, dependsOn: catalog });
 * ```
 */
export class DenyByDefault extends pulumi.ComponentResource {
    constructor(name: string, args: DenyByDefaultArgs, opts?: pulumi.ComponentResourceOptions) {
        super(typeToken("DenyByDefault"), name, args, opts);
        // In the root namespace, a policy is one for all.
        const namespace = args.controlPlane;
        const ingress = new k8s.apiextensions.CustomResource(
            `${name}-ingress`,
            {
                apiVersion: SECURITY_API,
                kind: "AuthorizationPolicy",
                metadata: { name: "ingress-gateway", namespace },
                spec: { selector: { matchLabels: { istio: "ingressgateway" } }, action: "ALLOW", rules: [{}] },
            },
            { parent: this },
        );
        new k8s.apiextensions.CustomResource(
            `${name}-policy`,
            {
                apiVersion: SECURITY_API,
                kind: "AuthorizationPolicy",
                metadata: { name: "deny-by-default", namespace },
                spec: {},
            },
            { parent: this, dependsOn: ingress },
        );
        this.registerOutputs();
    }
}
