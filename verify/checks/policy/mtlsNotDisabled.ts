import { z } from "zod";
import { defineCheck } from "../../check";
import { type DestinationRule, destinationRules } from "../../observe/istioResources";
import { inEachCluster } from "../../observe";

const tlsMode = z.object({ mode: z.string().optional() }).optional();

const peerAuthentication = z.object({
    metadata: z.object({ name: z.string(), namespace: z.string() }),
    spec: z.object({ mtls: tlsMode, portLevelMtls: z.record(z.string(), tlsMode).optional() }).default({}),
});

type TrafficPolicy = DestinationRule["spec"]["trafficPolicy"];

export interface Policies {
    readonly cluster: string;
    readonly count: number;
    /** What turns mutual TLS off, in words. */
    readonly disabling: readonly string[];
}

export const mtlsNotDisabled = defineCheck<readonly Policies[]>({
    id: "mtls-not-disabled",
    group: "policy",
    proves: "No PeerAuthentication or DestinationRule turns off mutual TLS, without which other networks cannot be reached",
    observe: (view) =>
        inEachCluster(view, async (kubernetes) => {
            const [authentications, rules] = await Promise.all([
                kubernetes.objects("security.istio.io", "v1", "peerauthentications", peerAuthentication),
                destinationRules(kubernetes),
            ]);
            const disabling = [
                ...authentications.flatMap(({ metadata, spec: { mtls, portLevelMtls = {} } }) =>
                    [mtls, ...Object.values(portLevelMtls)].some((tls) => tls?.mode === "DISABLE")
                        ? [`PeerAuthentication ${metadata.namespace}/${metadata.name}`]
                        : [],
                ),
                ...rules.filter(({ spec: { host } }) => isOfMesh(host)).flatMap(disablingIn),
            ];
            return { count: authentications.length + rules.length, disabling };
        }),
    judge: (clusters) =>
        clusters.map(({ cluster, count, disabling }) => {
            const seen = `${cluster}: ${count} PeerAuthentications and DestinationRules, ${disabling.length} of them turn mutual TLS off`;
            return disabling.length === 0
                ? { seen }
                : {
                      seen,
                      cause: `In ${cluster}, mutual TLS is turned off by ${disabling.join(", ")}: gateways forward nothing else, so other networks lose its endpoints.`,
                      fix: `Remove DISABLE there, or narrow it to workloads that no other cluster calls.`,
                  };
        }),
});

/** A host outside of the mesh may well have no mutual TLS. */
function isOfMesh(host: string): boolean {
    return /(^\*$|\.local$|\.svc(\.|$)|^[^.]+$)/.test(host);
}

/** Fields of a DestinationRule that turn mutual TLS off, in words. */
export function disablingIn({ metadata, spec }: DestinationRule): string[] {
    const fields = (policy: TrafficPolicy, of: string): string[] => [
        ...(policy?.tls?.mode === "DISABLE" ? [`${of}trafficPolicy.tls`] : []),
        ...(policy?.portLevelSettings.some(({ tls }) => tls?.mode === "DISABLE") === true
            ? [`${of}trafficPolicy.portLevelSettings`]
            : []),
    ];
    const found = [
        ...fields(spec.trafficPolicy, ""),
        ...spec.subsets.flatMap(({ name, trafficPolicy: policy }) => fields(policy, `subset ${name}: `)),
    ];
    return found.map((field) => `DestinationRule ${metadata.namespace}/${metadata.name} (${field})`);
}
