/** Services that a mesh shares: who knows them, and what is wrong with where they are. Free of the SDK. */
import type { MeshServiceArgs } from "../sharedServiceArgs";
import { isDnsLabel } from "./rules";
import { LABEL, policyProblems, problem } from "./servicePolicy";
import type { ValueProblem } from "./values/problem";

/** Host of a service in the whole mesh. Istio's own suffix: every cluster of a mesh has the same. */
export function serviceHost(service: string, namespace: string): string {
    return `${service}.${namespace}.svc.cluster.local`;
}

/** The services of `mesh verify --probe`, whatever else a mesh shares. Its namespaces end so, and are there while it runs. */
export const PROBE_HOSTS = "*-mesh-probe.svc.cluster.local";

/** A cluster of the mesh, and the one that has the configuration of the istiod that serves it: often itself. */
export interface SharingMember {
    readonly name: string;
    readonly istiod: string;
    readonly network: string;
    /** Clusters whose services that istiod discovers. @defaultValue all others */
    readonly peers?: readonly string[] | undefined;
    /** Whether Istio's DNS proxy answers in its pods; undefined where that is not known. */
    readonly dnsProxy?: boolean | undefined;
}

/** Names of the clusters in which a service can be called. */
export function knownIn(
    { clusters, exports }: Pick<MeshServiceArgs, "clusters" | "exports">,
    members: readonly SharingMember[],
): string[] {
    const names = members.map(({ name }) => name);
    return names.filter((name) => clusters.includes(name) || (exports?.includes(name) ?? true));
}

/**
 * Everything that is wrong with the services of a mesh.
 *
 * @param denies Whether nobody may call but those who are named.
 * @returns Paths like `services[0].exports`.
 */
export function servicesProblems(
    services: readonly MeshServiceArgs[],
    members: readonly SharingMember[],
    denies = false,
): ValueProblem[] {
    const at = (index: number, found: ValueProblem[]): ValueProblem[] =>
        found.map(({ path, ...rest }) => ({ path: `services[${index}].${path}`, ...rest }));
    return services.flatMap((service, index) => {
        const { name, namespace } = service;
        const isRepeated = services.findIndex((each) => each.name === name && each.namespace === namespace) < index;
        const once = "is shared already";
        return at(index, [
            ...(["name", "namespace"] as const)
                .filter((field) => !isDnsLabel(service[field]))
                .map((field) => problem(field, service[field], "must be a DNS label", LABEL)),
            ...(["kube-system", "istio-system"].includes(namespace)
                ? [problem("namespace", namespace, "is the cluster's own, and Istio keeps it there", "Choose another.")]
                : []),
            ...(isRepeated ? [problem("name", `${name}.${namespace}`, once, "Put the two into one.")] : []),
            ...(denies && service.callers === undefined
                ? [
                      {
                          path: "callers",
                          rule: "the mesh denies by default, so nobody could call the service",
                          fix: "Name who may; none is an empty list.",
                      },
                  ]
                : []),
            ...placeProblems(service, members),
            ...headlessProblems(service, members),
            ...policyProblems(service, isFlat(service, members)),
        ]);
    });
}

/** Whether all clusters that know a service reach each other's pods. */
function isFlat(service: MeshServiceArgs, members: readonly SharingMember[]): boolean {
    const known = knownIn(service, members);
    const networks = members.filter(({ name }) => known.includes(name)).map(({ network }) => network);
    return new Set(networks).size <= 1;
}

/** A name of a headless service leads to its pods themselves: no gateway is between, and nothing chooses among them. */
function headlessProblems(service: MeshServiceArgs, members: readonly SharingMember[]): ValueProblem[] {
    if (service.headless !== true) return [];
    const preferences = ["locality", "outlierDetection", "connectTimeout", "retries"] as const;
    const known = knownIn(service, members);
    const withoutDns = members.filter(
        ({ name, dnsProxy }) => known.includes(name) && !service.clusters.includes(name) && dnsProxy === false,
    );
    return [
        ...(isFlat(service, members)
            ? []
            : [
                  problem(
                      "headless",
                      true,
                      `its names lead to pods, which other networks cannot reach: ${known.join(", ")} are not on one (https://github.com/istio/istio/issues/38327)`,
                      "Name clusters of one network, or give it an address.",
                  ),
              ]),
        ...withoutDns.map(({ name }) =>
            problem(
                "exports",
                name,
                "has no DNS for the pods of a headless service elsewhere",
                "Set `istio.dnsProxy` there, or take it out here.",
            ),
        ),
        ...preferences
            .filter((each) => service[each] !== undefined)
            .map((each) =>
                problem(
                    each,
                    service[each],
                    "is for services with an address: clients of this one choose a pod",
                    "Remove it.",
                ),
            ),
    ];
}

function placeProblems(service: MeshServiceArgs, members: readonly SharingMember[]): ValueProblem[] {
    const { clusters, exports } = service;
    const names = members.map(({ name }) => name);
    const known = knownIn(service, members);
    const unknown = (field: string, found: readonly string[]): ValueProblem[] =>
        found
            .filter((name) => !names.includes(name))
            .map((name) => problem(field, name, "is no cluster of the mesh", `Name one of: ${names.join(", ")}.`));
    const both = exports?.filter((name) => clusters.includes(name)) ?? [];
    return [
        ...(clusters.length === 0
            ? [problem("clusters", [], "a service runs in at least one cluster", "Name it.")]
            : []),
        ...unknown("clusters", clusters),
        ...unknown("exports", exports ?? []),
        ...both.map((name) => problem("exports", name, "runs it already", "Remove it here.")),
        ...members
            .filter(({ name, istiod }) => known.includes(istiod) !== known.includes(name))
            .map(({ name, istiod }) =>
                problem(
                    "exports",
                    known,
                    `one istiod serves ${istiod} and ${name}, and gives both the same services`,
                    "Name both or neither.",
                ),
            ),
        ...members
            .filter(({ name }) => known.includes(name) && !clusters.includes(name))
            .filter(({ peers }) => peers && !clusters.some((run) => peers.includes(run)))
            .map(({ name }) =>
                problem(
                    "exports",
                    name,
                    `the istiod of ${name} reads none of the clusters that run it (${clusters.join(", ")})`,
                    "Add one of these to its `peers`, or take it out here.",
                ),
            ),
    ];
}
