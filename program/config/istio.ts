/** Settings of Istio: their shape, and what is wrong with them, for the whole mesh and for each cluster over it. */
import { z } from "zod";
import { type IstioArgs, ISTIO_VERSION } from "../../components/index";
import { MOST_SKEW } from "../../components/versions";
import { mergeIstio } from "../../components/istio";
import {
    clusterProblems,
    externalProblems,
    gatewayProblems,
    minorOf,
    remoteProblems,
} from "../../components/internal/istio";
import { sharingOf } from "../../components/internal/sharing";
import type { ValueProblem } from "../../components/internal/values/problem";
import type { Problem } from "../../shared/problems";
import { type ClusterIdentity, clustersOf, externalClustersOf, isShared, type Topology } from "../../shared/topology";
import { membersOf } from "./sharing";

const texts = z.record(z.string(), z.string());
const values = z.record(z.string(), z.json());
const chart = { values: values.exactOptional() };

const workload = {
    replicas: z.number().exactOptional(),
    autoscaling: z.strictObject({ min: z.number(), max: z.number() }).exactOptional(),
    disruptionBudget: z
        .strictObject({ minAvailable: z.number().exactOptional(), maxUnavailable: z.number().exactOptional() })
        .exactOptional(),
    resources: z.strictObject({ requests: texts.exactOptional(), limits: texts.exactOptional() }).exactOptional(),
    nodeSelector: texts.exactOptional(),
    tolerations: z
        .array(
            z.strictObject({
                key: z.string().exactOptional(),
                operator: z.string().exactOptional(),
                value: z.string().exactOptional(),
                effect: z.string().exactOptional(),
                tolerationSeconds: z.number().exactOptional(),
            }),
        )
        .exactOptional(),
    podAnnotations: texts.exactOptional(),
    ...chart,
};

const gateway = z.strictObject({
    ...workload,
    service: z
        .strictObject({
            type: z.string().exactOptional(),
            externalIPs: z.array(z.string()).exactOptional(),
            annotations: texts.exactOptional(),
            loadBalancerClass: z.string().exactOptional(),
            loadBalancerSourceRanges: z.array(z.string()).exactOptional(),
            externalTrafficPolicy: z.string().exactOptional(),
        })
        .exactOptional(),
});

/** As {@link IstioArgs}, with plain values. */
export const istioSchema = z.strictObject({
    version: z.string().exactOptional(),
    charts: z.string().exactOptional(),
    hub: z.string().exactOptional(),
    tag: z.string().exactOptional(),
    variant: z.string().exactOptional(),
    pullSecrets: z.array(z.string()).exactOptional(),
    accessLogFile: z.string().exactOptional(),
    cni: z.boolean().exactOptional(),
    dnsProxy: z.boolean().exactOptional(),
    base: z.strictObject(chart).exactOptional(),
    cniAgent: z.strictObject(chart).exactOptional(),
    istiod: gateway.exactOptional(),
    eastWestGateway: gateway.extend({ deployedBy: z.string().exactOptional() }).exactOptional(),
    ingressGateway: gateway.exactOptional(),
}) satisfies z.ZodType<IstioArgs>;

/** @param own Settings of the stack's own clusters, by their names. */
export function istioSettingsProblems(
    whole: IstioArgs,
    own: Readonly<Record<string, IstioArgs>>,
    mesh: Topology,
    clusters: readonly ClusterIdentity[],
): Problem[] {
    const members = clusters.map((cluster): Judged => [cluster.name, (istio) => problemsIn(istio, mesh, cluster)]);
    const externals = externalClustersOf(clusters).map(({ name, of }): Judged => [
        name,
        (istio) => externalProblems(istio, of),
    ]);
    const judged = [...members, ...externals].filter(([name]) => name in own);
    const ofMesh = judged.flatMap(([, judge]) => judge(whole).map((problem) => problemAt("istio", problem)));
    const ofClusters = judged.flatMap(([name, judge]) => {
        const found = judge(mergeIstio(whole, own[name]));
        const all = found.map((problem) => problemAt(`clusters.${name}.istio`, problem));
        // What the whole mesh sets is told once, there.
        const told = new Set(ofMesh.map(({ subject }) => subject.replace(/^istio\./, "")));
        return all.filter(({ subject }) => !told.has(subject.replace(/^clusters\.[^.]+\.istio\./, "")));
    });
    const distinct = new Map([...ofMesh, ...ofClusters].map((problem) => [JSON.stringify(problem), problem]));
    return [...distinct.values(), ...skewProblems(whole, own)];
}

/** A cluster, and what is wrong with settings of Istio there. */
type Judged = readonly [name: string, judge: (istio: IstioArgs) => ValueProblem[]];

function problemsIn(istio: IstioArgs, mesh: Topology, cluster: ClusterIdentity): ValueProblem[] {
    const { primary, external, network, ...named } = cluster;
    const sharing = mesh.services && sharingOf(cluster.name, mesh.services, membersOf(clustersOf(mesh)));
    const identity = { ...named, network, meshId: mesh.id, trustDomain: mesh.trustDomain, sharing };
    const serving = external === undefined ? primary : cluster;
    return serving === undefined
        ? clusterProblems(istio, { ...identity, shared: isShared(cluster, clustersOf(mesh)) })
        : [
              ...remoteProblems(istio, { ...identity, primary: { clusterName: serving.clusterName } }),
              ...gatewayProblems(network, istio, { sharing }),
          ];
}

function problemAt(at: string, { path, value, rule, fix }: ValueProblem): Problem {
    return { subject: `${at}.${path}`, ...(value === undefined ? {} : { value }), rule, fix };
}

/** https://istio.io/latest/docs/releases/supported-releases/#control-plane-skew: one minor release, while a mesh is upgraded. */
function skewProblems(whole: IstioArgs, own: Readonly<Record<string, IstioArgs>>): Problem[] {
    const releases = Object.entries(own).flatMap(([name, over]) => {
        const version = mergeIstio(whole, over).version ?? ISTIO_VERSION;
        const minor = minorOf(version);
        return minor === undefined ? [] : [{ name, version, minor }];
    });
    const newest = releases.reduce(
        (most, each) => (each.minor > most.minor ? each : most),
        releases[0] ?? { name: "", version: "", minor: 0 },
    );
    return releases
        .filter(({ minor }) => newest.minor - minor > MOST_SKEW)
        .map(({ name, version }) => ({
            subject: `clusters.${name}.istio.version`,
            value: version,
            rule: `control planes of one mesh are at most one minor release apart, and ${newest.name} gets ${newest.version}`,
            fix: "Upgrade one minor release at a time, in all clusters before the next.",
        }));
}
