/** Chooses and checks the addresses of homes and clusters; touches nothing. */
import { ProblemsError, type Problem } from "../../../shared/problems";
import { overlaps } from "../../../shared/cidrs";
import { addressAt, isCidr, prefixLength, subnets } from "./cidr";

/** Private ranges (RFC 1918) to choose from, in this order. */
const RANGES = ["10.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16"];
/** A home's network: the host, its nodes and their load-balancer addresses. */
const HOME_PREFIX = 22;
const CLUSTER_PREFIX = 20;
const POOL_PREFIX = 27;
/** The first /24 of a home's network is for nodes, the rest for pools, but for the one with the broadcast address. */
const FIRST_POOL = 8;
const LAST_POOL = 30;
const FIRST_NODE = 2;
const LAST_NODE = 254;

/** Addresses of a cluster; kept as long as it exists. */
export interface ClusterAddresses {
    readonly nodeAddress: string;
    readonly podSubnet: string;
    readonly serviceSubnet: string;
    /** CIDR from which LoadBalancer Services get their addresses. */
    readonly addressPool: string;
}

/** Subnets that a user asks for. */
export interface RequestedSubnets {
    readonly podSubnet?: string;
    readonly serviceSubnet?: string;
}

/** A home's network that none of the used ones overlaps. */
export function chooseHomeNetwork(used: readonly string[]): string {
    return firstFree(HOME_PREFIX, used) ?? noneFree("network of the local clusters", `/${HOME_PREFIX}`);
}

/** The host's own address in a home's network. */
export function hostAddress(homeNetwork: string): string {
    return addressAt(homeNetwork, 1);
}

/**
 * @param siblings Clusters of the same home.
 * @param used Networks in use elsewhere: by other homes and by the host.
 */
export function chooseClusterAddresses(
    homeNetwork: string,
    request: RequestedSubnets,
    siblings: readonly ClusterAddresses[],
    used: readonly string[],
): ClusterAddresses {
    const own = [homeNetwork, ...siblings.flatMap((sibling) => [sibling.podSubnet, sibling.serviceSubnet])];
    assertSubnets(request, own);
    const taken = [...own, ...used, ...requested(request).map(([, cidr]) => cidr)];
    const podSubnet = request.podSubnet ?? chooseSubnet("pods", taken);
    const serviceSubnet = request.serviceSubnet ?? chooseSubnet("Services", [...taken, podSubnet]);
    return {
        nodeAddress: chooseNode(homeNetwork, siblings),
        podSubnet,
        serviceSubnet,
        addressPool: choosePool(homeNetwork, siblings),
    };
}

/** Throws every rule that requested subnets break. `own`: networks of the same home. */
export function assertSubnets(request: RequestedSubnets, own: readonly string[]): void {
    const asked = requested(request);
    const problems = asked.flatMap(([subject, cidr], index): Problem[] => {
        const limits = LIMITS[subject];
        if (!isCidr(cidr)) {
            return [
                {
                    subject,
                    value: cidr,
                    rule: "must be an IPv4 CIDR without host bits",
                    fix: "Write it like 10.244.0.0/16.",
                },
            ];
        }
        if (prefixLength(cidr) < limits.shortest || prefixLength(cidr) > limits.longest) {
            const rule = `must have a prefix of /${limits.shortest} to /${limits.longest}, ${limits.reason}`;
            return [{ subject, value: cidr, rule, fix: "Choose another size, or leave it out." }];
        }
        const earlier = asked.slice(0, index).filter(([, other]) => isCidr(other));
        return [...own, ...earlier.map(([, other]) => other)]
            .filter((other) => overlaps(cidr, other))
            .map((other) => ({
                subject,
                value: cidr,
                rule: `must not overlap ${other}, which these clusters already use`,
                fix: "Choose another CIDR, or leave it out to have one assigned.",
            }));
    });
    if (problems.length > 0) {
        throw new ProblemsError(problems);
    }
}

type SubnetField = keyof RequestedSubnets;

const LIMITS: Record<SubnetField, { shortest: number; longest: number; reason: string }> = {
    podSubnet: { shortest: 8, longest: 25, reason: "since a node runs up to 110 pods" },
    serviceSubnet: { shortest: 12, longest: 26, reason: "which is what the API server takes" },
};

function requested(request: RequestedSubnets): [SubnetField, string][] {
    const fields: SubnetField[] = ["podSubnet", "serviceSubnet"];
    return fields.flatMap((field): [SubnetField, string][] => {
        const cidr = request[field];
        return cidr === undefined ? [] : [[field, cidr]];
    });
}

function chooseSubnet(what: string, taken: readonly string[]): string {
    return firstFree(CLUSTER_PREFIX, taken) ?? noneFree(`subnet of ${what}`, `/${CLUSTER_PREFIX}`);
}

function chooseNode(homeNetwork: string, siblings: readonly ClusterAddresses[]): string {
    for (let n = FIRST_NODE; n <= LAST_NODE; n++) {
        const address = addressAt(homeNetwork, n);
        if (!siblings.some((sibling) => sibling.nodeAddress === address)) {
            return address;
        }
    }
    return noneFree("node address", homeNetwork);
}

function choosePool(homeNetwork: string, siblings: readonly ClusterAddresses[]): string {
    const pools = [...subnets(homeNetwork, POOL_PREFIX)].slice(FIRST_POOL, LAST_POOL + 1);
    const free = pools.find((pool) => !siblings.some((sibling) => overlaps(sibling.addressPool, pool)));
    return free ?? noneFree(`pool of load-balancer addresses (at most ${pools.length} clusters a home)`, homeNetwork);
}

function firstFree(length: number, used: readonly string[]): string | undefined {
    for (const range of RANGES) {
        for (const candidate of subnets(range, length)) {
            if (!used.some((other) => overlaps(candidate, other))) {
                return candidate;
            }
        }
    }
    return undefined;
}

function noneFree(subject: string, value: string): never {
    const rule = "must be free, but this machine and its clusters use every candidate";
    throw new ProblemsError([{ subject, value, rule, fix: "Delete clusters that are no longer needed." }]);
}
