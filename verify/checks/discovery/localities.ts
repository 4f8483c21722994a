import type { ListedService } from "../../../shared/topology";
import { defineCheck, type Part } from "../../check";
import { knownIn } from "../../../components/internal/services";
import { dotted, membersOf } from "../../listed";
import type { DeclaredMesh } from "../../mesh";
import { inEachCluster } from "../../observe";
import type { KubernetesView } from "../../observe/kubernetes";

/** The parts of a locality, and the labels of nodes that say them. https://istio.io/latest/docs/tasks/traffic-management/locality-load-balancing/ */
const LABELS = ["topology.kubernetes.io/region", "topology.kubernetes.io/zone", "topology.istio.io/subzone"];
/** Label of a pod that says another locality than its node's, with dots. */
const POD_LABEL = "istio-locality";

/** Where a node is, or a pod says that it is. */
export interface Place {
    readonly name: string;
    /** Region, zone and subzone; as many of them as are known. */
    readonly locality: readonly string[];
}

export interface Places {
    readonly cluster: string;
    readonly places: readonly Place[];
}

export const localities = defineCheck<readonly Places[]>({
    id: "localities",
    group: "discovery",
    proves: "Nodes have the labels that the listed services' preferences go by, gateways' nodes among them",
    skip: ({ services = [] }) =>
        services.some((service) => labelsFor(service).length > 0)
            ? undefined
            : "no listed service prefers by region, zone or subzone",
    observe: (view) => inEachCluster(view, async (kubernetes) => ({ places: await placesOf(kubernetes) })),
    judge: (all, mesh) =>
        (mesh.services ?? []).filter((service) => labelsFor(service).length > 0).flatMap((s) => judgeOne(s, mesh, all)),
});

async function placesOf(kubernetes: KubernetesView): Promise<Place[]> {
    const [nodes, pods] = await Promise.all([kubernetes.nodes(), kubernetes.pods(POD_LABEL)]);
    return [
        ...nodes.map(({ metadata }) => {
            const parts = LABELS.map((label) => metadata?.labels?.[label]);
            // A zone says nothing without its region.
            const first = parts.findIndex((part) => part === undefined);
            const locality = parts.slice(0, first === -1 ? parts.length : first).filter((part) => part !== undefined);
            return { name: `node ${metadata?.name ?? ""}`, locality };
        }),
        ...pods.map(({ metadata }) => {
            const locality = (metadata?.labels?.[POD_LABEL] ?? "").split(".");
            return { name: `pod ${metadata?.namespace ?? ""}/${metadata?.name ?? ""}`, locality };
        }),
    ];
}

/** The labels of nodes by which clients of a service are to choose, from the region on. */
function labelsFor({ locality = {} }: ListedService): string[] {
    const { enabled = true, failoverPriority = [], failover, distribute } = locality;
    if (!enabled) return [];
    const depths = [
        ...failoverPriority.map((label) => LABELS.indexOf(label.replace(/=.*/, "")) + 1),
        ...(failover ? [1] : []),
        ...(distribute ?? []).flatMap(({ from, to }) => [from, ...Object.keys(to)].map((each) => partsOf(each).length)),
    ];
    return LABELS.slice(0, Math.max(0, ...depths));
}

function judgeOne(service: ListedService, mesh: DeclaredMesh, all: readonly Places[]): Part[] {
    const name = dotted(service);
    const wanted = labelsFor(service);
    const clients = knownIn(service, membersOf(mesh));
    const placesIn = (clusters: readonly string[]): Places[] => all.filter(({ cluster }) => clusters.includes(cluster));
    const without = placesIn(clients).flatMap(({ cluster, places }) => {
        const [first, ...others] = places.filter(({ locality }) => locality.length < wanted.length);
        if (first === undefined) return [];
        const place = others.length === 0 ? first.name : `${first.name}, like ${others.length} more,`;
        return [{ cluster, place, label: wanted[first.locality.length] ?? "" }];
    });
    const { failover = [], distribute = [] } = service.locality ?? {};
    const named = [
        ...failover.map(({ from, to }) => ({ from, to: [to] })),
        ...distribute.map(({ from, to }) => ({ from, to: Object.keys(to) })),
    ].flatMap(({ from, to }) => [{ of: "clients", where: from }, ...to.map((where) => ({ of: "pods", where }))]);
    const seen = placesIn(clients).map(({ cluster, places }) => {
        const found = new Set(places.map(({ locality }) => locality.slice(0, wanted.length).join("/") || "nowhere"));
        return `${cluster} in ${[...found].join(" and ") || "nowhere"}`;
    });
    if (without.length > 0) {
        return without.map(({ cluster, place, label }) => ({
            seen: `${cluster}: ${place} has no label ${label}`,
            cause: `Pods in ${cluster} are in no known ${label.replace(/.*\//, "")}, by which clients of ${name} are to choose.`,
            fix: `Label the nodes: \`kubectl label node … ${label}=…\`, then restart their pods: Istio learns it when they start.`,
        }));
    }
    // Somebody may be there, in a cluster that nobody looks at.
    const nowhere =
        mesh.mayHaveMore === true
            ? []
            : named.filter(({ of, where }) => !isPlace(where, placesIn(of === "clients" ? clients : service.clusters)));
    const faults = nowhere.map(({ of, where }) => ({
        seen: `${name}: no ${of} are in ${where}`,
        cause: `The preference of ${name} names ${where}, where no cluster that ${of === "clients" ? "may call" : "runs"} it has a node.`,
        fix: `Correct it in the service's locality: ${seen.join(", ")}.`,
    }));
    return faults.length > 0 ? faults : [{ seen: `${name}: ${seen.join(", ")}` }];
}

/** Whether any place is in a locality, `region/zone/subzone`, of which the end may be left out or be a `*`. */
function isPlace(where: string, all: readonly Places[]): boolean {
    const parts = partsOf(where);
    return all.some(({ places }) =>
        places.some(({ locality }) => parts.every((part, depth) => part === locality[depth])),
    );
}

/** `us-west/*` is all of region `us-west`. */
function partsOf(locality: string): string[] {
    return locality.split("/").filter((part) => part !== "*");
}
