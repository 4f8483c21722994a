/** Every rule that goes beyond a setting's type. Each finds all that breaks it. */
import ipaddr from "ipaddr.js";
import { controlPlaneProblem, generationsProblem, isDnsLabel, validityProblem } from "../../components/internal/rules";
import { overlaps } from "../../shared/cidrs";
import type { Problem } from "../../shared/problems";
import { type ClusterIdentity, type ClusterNames, clustersOf, configClusterOf } from "../../shared/topology";
import type { SampleAppsSettings, Settings } from "./schema";

type Member = Settings["mesh"]["clusters"][number];

export function topologyProblems({ mesh, sampleApps }: Settings): Problem[] {
    const clusters = clustersOf(mesh);
    const names = clusters.map((cluster) => cluster.name);
    return [
        ...label("mesh.id", mesh.id, 63),
        ...domain("mesh.trustDomain", mesh.trustDomain),
        ...stackName("mesh.rootStack", mesh.rootStack),
        ...(names.length === 0
            ? [{ subject: "mesh.clusters", rule: "a mesh has at least one cluster", fix: "Add one." }]
            : []),
        ...mesh.clusters.flatMap((cluster, index) => {
            const { name, clusterName, network, stack, peers = [] } = cluster;
            const at = `mesh.clusters[${index}]`;
            return [
                ...controlPlaneProblems(`${at}.controlPlane`, cluster, mesh.clusters),
                ...(cluster.leaving === true ? leavingProblems(`${at}.leaving`, name, clusters) : []),
                // Its node is named <name>-control-plane, within the same limit.
                ...label(`${at}.name`, name, 49),
                ...(clusterName === undefined ? [] : label(`${at}.clusterName`, clusterName, 40)),
                ...(network === undefined ? [] : label(`${at}.network`, network, 63)),
                ...(stack === undefined ? [] : stackName(`${at}.stack`, stack)),
                ...known(`${at}.peers`, peers, names),
                ...peers
                    .filter((peer) => peer === name)
                    .map((peer) => ({
                        subject: `${at}.peers`,
                        value: peer,
                        rule: "a cluster cannot be its own peer",
                        fix: "Remove it.",
                    })),
            ];
        }),
        ...unique("name", clusters),
        ...unique("clusterName", clusters),
        ...(sampleApps === undefined ? [] : sampleAppsProblems(sampleApps, names)),
    ];
}

function controlPlaneProblems(subject: string, cluster: Member, clusters: readonly Member[]): Problem[] {
    const value = cluster.controlPlane;
    if (value === undefined) return [];
    const rule = controlPlaneProblem(cluster.name, cluster, {
        find: (wanted) => clusters.find(({ name }) => name === wanted),
        configClusterOf: (external) => configClusterOf(external, clusters),
    });
    return rule === undefined ? [] : [{ subject, value, rule, fix: "Correct it, or the cluster that it names." }];
}

/**
 * What keeps a cluster from leaving while its peers go on: an istiod that serves a cluster has to read it, to the end.
 *
 * @param clusters All of the mesh.
 */
export function leavingProblems(subject: string, name: string, clusters: readonly ClusterIdentity[]): Problem[] {
    const served = clusters.filter(({ primary }) => primary?.name === name).map((cluster) => cluster.name);
    const primary = clusters.find((cluster) => cluster.name === name)?.primary;
    if (primary !== undefined) {
        const rule = `the istiod of ${primary.name} serves it, and reads it for that`;
        const fix = "Give it an istiod of its own first: remove its `controlPlane`, and run `up`.";
        return [{ subject, value: name, rule, fix }];
    }
    const rule = `its istiod serves ${served.join(", ")}, too`;
    const fix = "Give these an istiod of their own first: remove their `controlPlane`, and run `up`.";
    return served.length === 0 ? [] : [{ subject, value: name, rule, fix }];
}

function sampleAppsProblems({ host, webapp, catalog }: SampleAppsSettings, names: string[]): Problem[] {
    return [
        ...domain("sampleApps.host", host),
        ...known("sampleApps.webapp", webapp, names),
        ...known("sampleApps.catalog", catalog, names),
        ...(webapp.length > 0 && catalog.length === 0
            ? [
                  {
                      subject: "sampleApps.catalog",
                      rule: "webapp shows what catalog answers, and no cluster runs catalog",
                      fix: "Name at least one cluster.",
                  },
              ]
            : []),
    ];
}

/** The default images are on no registry: only clusters of this project have them. */
export function sampleImageProblems({ sampleApps, clusters }: Settings): Problem[] {
    return (["webapp", "catalog"] as const).flatMap((app) => {
        const places = (sampleApps?.[app] ?? []).filter((name) => clusters[name]?.source === "existing");
        const rule = `cluster ${places.join(" and ")} exists already, and can pull no image that only local clusters have`;
        const fix = `Build and push it (apps/${app}/Dockerfile) and name it here, or take the cluster out of sampleApps.${app}.`;
        return places.length === 0 || sampleApps?.images[app] !== undefined
            ? []
            : [{ subject: `sampleApps.images.${app}`, rule, fix }];
    });
}

export function validityProblems({ ca }: Settings): Problem[] {
    return (["root", "intermediate"] as const).flatMap((authority) => {
        const { days, renewBeforeDays } = ca[authority];
        const rule = validityProblem(days, renewBeforeDays);
        const value = `${days} days, renewed ${renewBeforeDays} days before`;
        return rule === undefined ? [] : [{ subject: `ca.${authority}`, value, rule, fix: "Correct one of the two." }];
    });
}

/** The generations of what is replaced in steps: the root, and the tokens with which peers read. */
export function generationProblems({ roots, readerTokens, ownsRoot }: Settings): Problem[] {
    const wrong = [...badGenerations("readerTokens", readerTokens), ...badGenerations("roots", roots ?? [1])];
    return roots === undefined || ownsRoot
        ? wrong
        : [
              ...wrong,
              {
                  subject: "roots",
                  value: JSON.stringify(roots),
                  rule: "this stack does not own the root, and takes what the mesh trusts from the stack that does",
                  fix: "Set it there, and remove it here.",
              },
          ];
}

function badGenerations(subject: string, generations: readonly number[]): Problem[] {
    const rule = generationsProblem(generations);
    const fix = "Write it like [1], or [1, 2] while one replaces the other.";
    return rule === undefined ? [] : [{ subject, value: JSON.stringify(generations), rule, fix }];
}

/** kind gives the pods of all its clusters the same addresses, which only a network of their own keeps apart. */
export function sharedNetworkProblems({ mesh, clusters }: Settings): Problem[] {
    const members = clustersOf(mesh);
    return members.flatMap(({ name, network }) => {
        const source = clusters[name];
        const others = members.filter((other) => other.network === network && other.name !== name);
        if (source?.source !== "kind" || source.podSubnet !== undefined || others.length === 0) return [];
        const rule = `the cluster shares network ${network} with ${others.map((other) => other.name).join(", ")}, so its pods need addresses that no other's have`;
        return [{ subject: `clusters.${name}.podSubnet`, rule, fix: "Set a CIDR of its own, e.g. 10.10.0.0/16." }];
    });
}

/** Pods and Services of local clusters: kind and the local clusters of this project take CIDRs. */
export function subnetProblems({ clusters }: Settings): Problem[] {
    const problems: Problem[] = [];
    const seen: { subject: string; value: string }[] = [];
    for (const [name, cluster] of Object.entries(clusters)) {
        if (cluster.source !== "kind") continue;
        for (const field of ["podSubnet", "serviceSubnet"] as const) {
            const value = cluster[field];
            if (value === undefined) continue;
            const subject = `clusters.${name}.${field}`;
            if (!ipaddr.isValidCIDR(value)) {
                problems.push({ subject, value, rule: "must be a CIDR", fix: "Write it like 10.10.0.0/16." });
                continue;
            }
            const other = seen.find((candidate) => overlaps(candidate.value, value));
            if (other !== undefined) {
                const rule = `must not overlap with ${other.subject} (${other.value})`;
                problems.push({ subject, value, rule, fix: "Choose another CIDR." });
            }
            seen.push({ subject, value });
        }
    }
    return problems;
}

function unique(field: keyof ClusterNames, clusters: readonly ClusterNames[]): Problem[] {
    return clusters.flatMap(({ [field]: value }, index) => {
        const first = clusters.findIndex((candidate) => candidate[field] === value);
        const subject = `mesh.clusters[${index}].${field}`;
        const rule = `must be unique in the mesh, and mesh.clusters[${first}] has it already`;
        return first === index ? [] : [{ subject, value, rule, fix: "Choose another one." }];
    });
}

/** Names that must be those of clusters, each at most once. */
export function known(subject: string, values: readonly string[], names: readonly string[]): Problem[] {
    const unknown = values
        .filter((value) => names.length > 0 && !names.includes(value))
        .map((value) => ({
            subject,
            value,
            rule: "there is no cluster of this name in mesh.clusters",
            fix: `Name one of: ${names.join(", ")}; or add it there.`,
        }));
    const repeated = values
        .filter((value, index) => values.indexOf(value) !== index)
        .map((value) => ({ subject, value, rule: "must be named only once", fix: "Remove the repetition." }));
    return [...unknown, ...repeated];
}

function label(subject: string, value: string, limit: number): Problem[] {
    const rule = `must be a DNS label of at most ${limit} characters, since Kubernetes names are made of it`;
    const fix = "Use lower-case letters, digits and hyphens, a letter or digit at both ends.";
    return isDnsLabel(value) && value.length <= limit ? [] : [{ subject, value, rule, fix }];
}

function domain(subject: string, value: string): Problem[] {
    const rule = "must be a DNS name: labels of lower-case letters, digits and hyphens, joined by dots";
    return value.length <= 253 && value.split(".").every(isDnsLabel)
        ? []
        : [{ subject, value, rule, fix: "Write it like mesh.example.org." }];
}

/** https://www.pulumi.com/docs/iac/concepts/stacks/#create-a-stack */
function stackName(subject: string, value: string): Problem[] {
    const rule = "must be a stack's name: at most 100 letters, digits, hyphens, underscores and dots";
    return /^[-\w.]{1,100}$/.test(value)
        ? []
        : [{ subject, value, rule, fix: "Write it without organization and project." }];
}
