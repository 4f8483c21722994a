/** Which services cross the borders of clusters, and on what terms. */
import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { DenyByDefault, SAMPLE_NAMESPACE, SharedService } from "../components/index";
import type { Config } from "./config";
import type { Member } from "./members";

export function declareServices(members: readonly Member[], { trustDomain, denyByDefault }: Config["mesh"]): void {
    const declared = members.flatMap((member) => {
        const { name: cluster, shared, parts, options } = member;
        const namespaces = namespacesOf(member);
        return (shared?.parts ?? []).map((part) => {
            const namespace = namespaces.get(part.namespace) ?? part.namespace;
            return new SharedService(
                `${cluster}-shares-${part.service}.${part.namespace}`,
                { ...part, namespace, controlPlane: parts.namespace, trustDomain },
                options,
            );
        });
    });
    // Clusters that another one's istiod serves have their policies there.
    for (const { name: cluster, parts, primary, options } of denyByDefault ? members : []) {
        if (primary !== undefined) continue;
        const { namespace: controlPlane } = parts;
        // It comes after who is let in, and goes before.
        new DenyByDefault(`${cluster}-deny-by-default`, { controlPlane }, { ...options, dependsOn: declared });
    }
}

/** The namespaces that this stack makes; all others exist. */
function namespacesOf({
    name: cluster,
    shared,
    parts,
    appsNamespace,
    options,
}: Member): Map<string, pulumi.Output<string>> {
    const made = new Map(appsNamespace && [[SAMPLE_NAMESPACE, appsNamespace]]);
    for (const name of shared?.namespaces ?? []) {
        // The label asks for sidecars, which only a control plane that is there gives.
        const labels = { "istio-injection": parts.namespace.apply(() => "enabled") };
        const namespace = new k8s.core.v1.Namespace(
            `${cluster}-namespace-${name}`,
            { metadata: { name, labels } },
            options,
        );
        made.set(name, namespace.metadata.name);
    }
    return made;
}
