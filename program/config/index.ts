/** The typed configuration of a stack. Everything a user can get wrong is found here, all at once. */
import * as pulumi from "@pulumi/pulumi";
import { readFileSync } from "node:fs";
import type { IstioArgs, SampleAppsArgs } from "../../components/index";
import { mergeIstio } from "../../components/istio";
import { type ExistingCluster, readExisting } from "./existing";
import { type GivenIntermediates, givenIntermediatesProblems } from "./givenIntermediates";
import { givenRootProblems } from "./givenRoot";
import { ownershipProblems } from "./ownership";
import {
    generationProblems,
    sampleImageProblems,
    sharedNetworkProblems,
    subnetProblems,
    topologyProblems,
    validityProblems,
} from "./rules";
import { istioSettingsProblems } from "./istio";
import { readShape } from "./shape";
import { type KindSource, type SampleAppsSettings, type Settings, settingsSchema } from "./schema";
import { sharedServicesProblems } from "./services";
import { sharedBy, type Sharing } from "./sharing";
import { SAMPLE_IMAGES } from "../../shared/versions";
import type { ReferenceRequest } from "../../shared/outputs";
import { type Problem, ProblemsError } from "../../shared/problems";
import {
    type ClusterIdentity,
    clustersOf,
    externalClustersOf,
    sharesNetwork,
    type Topology,
} from "../../shared/topology";

/** Sample apps of a cluster, whose control plane is still to be made. */
type PlacedApps = Omit<SampleAppsArgs, "controlPlane">;

/** A cluster of the stack, whether or not it is one of the mesh: where it comes from, and what it gets. */
export interface SourceConfig {
    readonly name: string;
    readonly source: KindSource | ExistingCluster;
    /** Its own among all clusters that the mesh has and needs, equal in all stacks. */
    readonly position: number;
    /** How Istio is installed: the settings of the whole mesh, and this cluster's over them. */
    readonly istio: IstioArgs;
    /** Its network, where that is not one of its own: the node of a cluster that is made says so. */
    readonly sharedNetwork?: string;
}

/** One of this stack's clusters of the mesh. */
export interface ClusterConfig extends ClusterIdentity, SourceConfig {
    /** Whether clients outside of the mesh come in here: where webapp runs. */
    readonly ingress: boolean;
    /** What it has to do with the services that the mesh shares; absent where it shares all. */
    readonly shared?: Sharing;
    /** Sample apps of this cluster; absent where there are none. */
    readonly sampleApps: PlacedApps | undefined;
}

export interface Config {
    readonly mesh: Pick<Topology, "id" | "trustDomain" | "services" | "denyByDefault">;
    /** Name of the stack that runs. */
    readonly stack: string;
    /** Whether this stack makes the mesh's root CA and signs all requests. */
    readonly ownsRoot: boolean;
    /** The generations of the root that the mesh trusts; the first signs. */
    readonly roots: readonly number[];
    /** The generations of the tokens that the stack's clusters accept of their peers; the first is the one that those have. */
    readonly readerTokens: readonly number[];
    /** Name of the stack that owns the root. */
    readonly rootStack: string;
    /** All clusters of the mesh, in the order of its topology. */
    readonly topology: readonly ClusterIdentity[];
    /** The stack's own clusters, in the order of the topology. */
    readonly clusters: readonly ClusterConfig[];
    /** The stack's own clusters that run an istiod for the mesh, and are none of its clusters. */
    readonly externals: readonly SourceConfig[];
    /** The clusters of other stacks, in the order of the topology. */
    readonly elsewhere: readonly ClusterIdentity[];
    /** What a root signed that is kept offline; absent where a stack has the root. */
    readonly givenIntermediates: GivenIntermediates | undefined;
    /** Certificate authorities; `givenRoot.privateKey` is secret. */
    readonly ca: Settings["ca"] & { readonly protectRoot: boolean };
    /** The request that proves the mesh; absent where no cluster of the stack runs webapp. */
    readonly reference: Pick<ReferenceRequest, "host" | "through" | "answeredBy"> | undefined;
}

/** What the configuration refers to outside of itself. */
export interface Surroundings {
    readonly readFile: (path: string) => string;
    readonly now: Date;
    /** Name of the stack that runs. */
    readonly stack: string;
}

/**
 * @param raw The values of the project's namespace, by key.
 * @throws ProblemsError with every problem.
 */
export function parseConfig(raw: Record<string, unknown>, { readFile, now, stack }: Surroundings): Config {
    const { value: settings, problems: shape } = readShape(settingsSchema, raw, isSecret);
    if (settings === undefined) {
        throw new ProblemsError(shape);
    }
    const sources = new Map<string, ClusterConfig["source"]>();
    const problems: Problem[] = [
        ...topologyProblems(settings),
        ...ownershipProblems(settings, stack),
        ...subnetProblems(settings),
        ...sharedNetworkProblems(settings),
        ...validityProblems(settings),
        ...generationProblems(settings),
        ...sharedServicesProblems(settings),
        ...istioSettingsProblems(settings.istio, istioOf(settings), settings.mesh, clustersOf(settings.mesh)),
        ...sampleImageProblems(settings),
        ...(settings.ca.givenRoot === undefined ? [] : givenRootProblems(settings.ca.givenRoot, now)),
        ...(settings.givenIntermediates === undefined
            ? []
            : givenIntermediatesProblems(settings.givenIntermediates, now)),
    ];
    for (const [name, source] of Object.entries(settings.clusters)) {
        const found = source.source === "kind" ? source : readExisting(`clusters.${name}`, source, readFile);
        if ("rule" in found) problems.push(found);
        else sources.set(name, found);
    }
    // A part that was left out for its shape is no further mistake of the whole.
    const others = problems.filter(({ subject }) => !shape.some((known) => known.subject.startsWith(subject)));
    if (shape.length + others.length > 0) {
        throw new ProblemsError([...shape, ...others]);
    }
    const { mesh, ca, production, sampleApps, ownsRoot, roots = [1], readerTokens, givenIntermediates } = settings;
    const identities = clustersOf(mesh).map((cluster) => (sources.has(cluster.name) ? { ...cluster, stack } : cluster));
    const clusters = ownClusters(settings, identities, sources);
    const elsewhere = identities.filter(({ name }) => !sources.has(name));
    const rootStack = ownsRoot ? stack : mesh.rootStack;
    const through = clusters.find(({ ingress }) => ingress)?.name;
    const reference =
        sampleApps && through !== undefined
            ? { host: sampleApps.host, through, answeredBy: sampleApps.catalog }
            : undefined;
    return {
        mesh,
        stack,
        ownsRoot,
        givenIntermediates,
        roots,
        readerTokens,
        rootStack,
        // What lives on should not end by mistake; a trial should end with `destroy`.
        ca: { ...ca, protectRoot: ca.protectRoot ?? production },
        topology: identities,
        clusters,
        externals: externalClustersOf(identities).flatMap(({ name, position }) => {
            const source = sources.get(name);
            return source === undefined
                ? []
                : [{ name, position, source, istio: mergeIstio(settings.istio, settings.clusters[name]?.istio) }];
        }),
        elsewhere,
        reference,
    };
}

/** Settings of Istio of the stack's own clusters, by their names. */
function istioOf({ clusters }: Settings): Record<string, IstioArgs> {
    return Object.fromEntries(Object.entries(clusters).map(([name, { istio }]) => [name, istio]));
}

function ownClusters(
    settings: Settings,
    identities: readonly ClusterIdentity[],
    sources: ReadonlyMap<string, ClusterConfig["source"]>,
): ClusterConfig[] {
    const { sampleApps, istio, clusters } = settings;
    return identities.flatMap((identity) => {
        const { name } = identity;
        const source = sources.get(name);
        const ingress = sampleApps?.webapp.includes(name) ?? false;
        const apps = sampleApps && appsOf(name, sampleApps);
        const merged = mergeIstio(istio, clusters[name]?.istio);
        const shared = sharedBy(name, settings, identities, apps !== undefined);
        const network = sharesNetwork(identity, identities) ? { sharedNetwork: identity.network } : {};
        return source === undefined
            ? []
            : [
                  {
                      ...identity,
                      source,
                      istio: merged,
                      ingress,
                      ...network,
                      ...(shared && { shared }),
                      sampleApps: apps,
                  },
              ];
    });
}

function appsOf(cluster: string, { host, images, ...places }: SampleAppsSettings): PlacedApps | undefined {
    const webapp = places.webapp.includes(cluster);
    const catalog = places.catalog.includes(cluster);
    const { webapp: webappImage = SAMPLE_IMAGES.webapp, catalog: catalogImage = SAMPLE_IMAGES.catalog } = images;
    const args = { cluster, host, webapp, catalog, webappImage, catalogImage };
    return webapp || catalog ? args : undefined;
}

function isSecret(path: string): boolean {
    return path.startsWith("ca.givenRoot") || path.endsWith(".kubeconfig");
}

/**
 * The configuration of the stack that runs.
 *
 * @throws RunError, which Pulumi shows without a stack trace, with every problem.
 */
export function loadConfig(): Config {
    const namespace = `${pulumi.getProject()}:`;
    const raw = Object.entries(pulumi.runtime.allConfig())
        .filter(([key]) => key.startsWith(namespace))
        .map(([key, value]) => [key.slice(namespace.length), structure(value)] as const);
    try {
        return parseConfig(Object.fromEntries(raw), {
            readFile: (path) => readFileSync(path, "utf8"),
            now: new Date(),
            stack: pulumi.getStack(),
        });
    } catch (error) {
        throw error instanceof ProblemsError ? new pulumi.RunError(error.message) : error;
    }
}

/** Pulumi passes structures and booleans as JSON, and everything else as it is written. */
function structure(value: string): unknown {
    try {
        return /^([[{]|(true|false)$)/.test(value) ? JSON.parse(value) : value;
    } catch {
        return value;
    }
}
