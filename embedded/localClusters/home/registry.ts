/** What exists of homes and clusters on this machine: one small file each. Writers hold the registry's lock. */
import { mkdir, readFile, readdir, rm, rmdir } from "node:fs/promises";
import path from "node:path";
import writeFileAtomic from "write-file-atomic";
import { z } from "zod";
import { ProblemsError } from "../../../shared/problems";
import { assertSubnets, chooseClusterAddresses, chooseHomeNetwork, type RequestedSubnets } from "../network/addresses";
import { prefixLength } from "../network/cidr";
import { overlaps } from "../../../shared/cidrs";
import { run } from "../../../shared/run";
import { DATA_ROOT, clusterPaths, homePaths, type ClusterPaths, type HomePaths } from "./paths";

const HomeRecord = z.object({ home: z.string(), network: z.cidrv4() });
const ClusterRecord = z.object({
    name: z.string(),
    nodeAddress: z.ipv4(),
    podSubnet: z.cidrv4(),
    serviceSubnet: z.cidrv4(),
    addressPool: z.cidrv4(),
    /** Kubernetes version that it runs. */
    version: z.string(),
    /** Network that its pods share with others. */
    network: z.string().optional(),
});
export type HomeRecord = z.infer<typeof HomeRecord>;
export type ClusterRecord = z.infer<typeof ClusterRecord>;

export async function readHome(home: HomePaths): Promise<HomeRecord | undefined> {
    return read(home.network, HomeRecord);
}

export async function readCluster(home: HomePaths, name: string): Promise<ClusterRecord | undefined> {
    return read(clusterPaths(home, name).record, ClusterRecord);
}

export async function readClusters(home: HomePaths): Promise<ClusterRecord[]> {
    const names = await folders(home.data);
    const records = await Promise.all(names.map((name) => readCluster(home, name)));
    return records.filter((record) => record !== undefined);
}

export interface Claim {
    readonly network: HomeRecord;
    readonly cluster: ClusterRecord;
}

/** Returns a cluster's record; assigns its addresses, and the home's network, where it has none. In `withRegistry`. */
export async function claimCluster(
    home: HomePaths,
    name: string,
    request: RequestedSubnets & { readonly network?: string },
    version: string,
): Promise<Claim> {
    assertSubnets(request, []);
    const [hosts, others] = await Promise.all([hostNetworks(home), otherHomes(home)]);
    const network = (await readHome(home)) ?? {
        home: home.home,
        network: chooseHomeNetwork([...hosts, ...others.networks, ...requestedCidrs(request)]),
    };
    assertStillFree(network, hosts);
    const existing = await readCluster(home, name);
    if (existing !== undefined) {
        assertSameSubnets(existing, request);
        const cluster = { ...existing, network: request.network };
        await write(clusterPaths(home, name).record, cluster);
        return { network, cluster };
    }
    const siblings = await readClusters(home);
    const used = [...hosts, ...others.networks, ...others.subnets];
    const cluster = {
        name,
        ...chooseClusterAddresses(network.network, request, siblings, used),
        version,
        network: request.network,
    };
    const paths = clusterPaths(home, name);
    await mkdir(paths.data, { recursive: true, mode: 0o700 });
    await write(home.network, network);
    await write(paths.record, cluster);
    return { network, cluster };
}

/** Records which Kubernetes version a cluster runs now. */
export async function recordVersion(home: HomePaths, cluster: ClusterRecord, version: string): Promise<ClusterRecord> {
    const record = { ...cluster, version };
    await write(clusterPaths(home, cluster.name).record, record);
    return record;
}

/** Removes a cluster's folder. In `withRegistry`. */
export async function forgetCluster(paths: ClusterPaths): Promise<void> {
    await rm(paths.data, { recursive: true, force: true, maxRetries: 5 });
}

/** Removes a home's folder, when no cluster is left in it, and says whether it did. In `withRegistry`. */
export async function forgetEmptyHome(home: HomePaths): Promise<boolean> {
    if ((await folders(home.data)).length > 0) {
        return false;
    }
    await rm(home.data, { recursive: true, force: true });
    await rmdir(DATA_ROOT).catch(() => undefined); // other homes may live there
    return true;
}

/** Whether any home of this machine has clusters. */
export async function hasHomes(): Promise<boolean> {
    return (await folders(DATA_ROOT)).length > 0;
}

/** Networks that the host has a route to or an address in, without this home's own. */
async function hostNetworks(home: HomePaths): Promise<string[]> {
    const Routes = z.array(z.object({ dst: z.string(), dev: z.string().optional() }));
    const output = await run("ip", ["-json", "-4", "route", "show", "table", "main"]);
    return Routes.parse(JSON.parse(output))
        .filter(({ dst, dev }) => dst !== "default" && dev !== home.link)
        .map(({ dst }) => (dst.includes("/") ? dst : `${dst}/32`))
        .filter((dst) => prefixLength(dst) >= 8); // a VPN's halves of the default route rule out nothing
}

async function otherHomes(home: HomePaths): Promise<{ networks: string[]; subnets: string[] }> {
    const instances = (await folders(DATA_ROOT)).filter((instance) => instance !== home.instance);
    const records = await Promise.all(
        instances.map(async (instance) => {
            const record = await read(path.join(DATA_ROOT, instance, "network.json"), HomeRecord);
            return record && { record, clusters: await readClusters(homePaths(record.home)) };
        }),
    );
    const known = records.filter((entry) => entry !== undefined);
    return {
        networks: known.map(({ record }) => record.network),
        subnets: known.flatMap(({ clusters }) =>
            clusters.flatMap((cluster) => [cluster.podSubnet, cluster.serviceSubnet]),
        ),
    };
}

function assertStillFree(record: HomeRecord, hosts: readonly string[]): void {
    const clash = hosts.find((host) => overlaps(host, record.network));
    if (clash !== undefined) {
        const rule = `is the network of this home's clusters, but the host now routes ${clash} elsewhere`;
        const fix = "End what took it (a VPN?), or delete this home's clusters: new ones get another network.";
        throw new ProblemsError([{ subject: "address pool", value: record.network, rule, fix }]);
    }
}

function assertSameSubnets(existing: ClusterRecord, request: RequestedSubnets): void {
    const fields = ["podSubnet", "serviceSubnet"] as const;
    const problems = fields.flatMap((field) => {
        const asked = request[field];
        const rule = `cannot change from ${existing[field]} while cluster ${existing.name} exists`;
        const fix = `Keep ${existing[field]}, or delete the cluster first.`;
        return asked === undefined || asked === existing[field] ? [] : [{ subject: field, value: asked, rule, fix }];
    });
    if (problems.length > 0) {
        throw new ProblemsError(problems);
    }
}

function requestedCidrs(request: RequestedSubnets): string[] {
    return [request.podSubnet, request.serviceSubnet].filter((cidr) => cidr !== undefined);
}

async function folders(parent: string): Promise<string[]> {
    const entries = await readdir(parent, { withFileTypes: true }).catch(() => []);
    return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
}

/** A file that is missing or damaged records nothing. */
async function read<T>(file: string, schema: z.ZodType<T>): Promise<T | undefined> {
    try {
        return schema.parse(JSON.parse(await readFile(file, "utf8")));
    } catch {
        return undefined;
    }
}

async function write(file: string, record: HomeRecord | ClusterRecord): Promise<void> {
    await writeFileAtomic(file, `${JSON.stringify(record, undefined, 2)}\n`, { mode: 0o600 });
}
