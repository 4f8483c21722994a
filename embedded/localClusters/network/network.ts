/**
 * The network of a home's nodes: a bridge in a network namespace of its own, so that no firewall rule or forwarding
 * setting of the host applies to traffic between nodes, and none of them is changed. The host has one link into it.
 */
import { rm, writeFile } from "node:fs/promises";
import { hostAddress, type ClusterAddresses } from "./addresses";
import { prefixLength } from "./cidr";
import { inNode } from "../node/node";
import type { HomePaths } from "../home/paths";
import type { HomeRecord } from "../home/registry";
import { run } from "../../../shared/run";

/** Name of the bridge, and of the host's port, inside the bridge's namespace. */
const BRIDGE = "nodes";
const HOST_PORT = "host";

/** Makes the bridge and the host's link to it, where they are missing. In `withRegistry`. */
export async function ensureBridge(home: HomePaths, record: HomeRecord): Promise<void> {
    const { link, bridge } = home;
    if (
        (await shows(...inBridge(home, "ip", "link", "show", HOST_PORT, "up"))) &&
        (await shows("ip", ["link", "show", link, "up"]))
    ) {
        return;
    }
    await removeBridge(home);
    await writeFile(bridge, "");
    await run("unshare", [`--net=${bridge}`, "true"]);
    const address = hostAddress(record.network);
    await ip(`link add ${link} address ${macOf(address)} type veth peer name ${HOST_PORT} netns ${bridge}`);
    await ipInBridge(home, [
        `link add ${BRIDGE} type bridge`,
        `link set ${HOST_PORT} master ${BRIDGE} up`,
        `link set ${BRIDGE} up`,
    ]);
    await ip(`addr add ${address}/${prefixLength(record.network)} dev ${link}`);
    await ip(`link set ${link} up`);
}

/** Removes what `ensureBridge` made, or half made. */
export async function removeBridge(home: HomePaths): Promise<void> {
    await ip(`link del ${home.link}`).catch(() => undefined); // it is not there
    await run("umount", [home.bridge]).catch(() => undefined);
    await rm(home.bridge, { force: true });
}

/**
 * Connects a new node. The whole pool of load-balancer addresses is local to the node: it answers ARP for them, and
 * kube-proxy forwards them. There is no default route: a pod that dials the outside fails at once. The route of the
 * Service addresses only lets the node's own processes dial them; kube-proxy translates them before they leave.
 */
export async function connectNode(
    home: HomePaths,
    record: HomeRecord,
    init: number,
    addresses: ClusterAddresses,
): Promise<void> {
    const port = portOf(addresses);
    const eth0 = `eth0 address ${macOf(addresses.nodeAddress)}`;
    // The kernel removes the port of a node that ended some time after the node's namespace, so it may still be there.
    await run(...inBridge(home, "ip", "link", "del", port)).catch(() => undefined);
    await ipInBridge(home, [
        `link add ${port} type veth peer name ${eth0} netns ${init}`,
        `link set ${port} master ${BRIDGE} up`,
    ]);
    const commands = [
        "link set lo up",
        `addr add ${addresses.nodeAddress}/${prefixLength(record.network)} dev eth0`,
        "link set eth0 up",
        `route add local ${addresses.addressPool} dev lo`,
        `route add ${addresses.serviceSubnet} dev eth0`,
    ];
    await run(...inNode(init, "ip", "-batch", "-"), { input: commands.join("\n") });
}

/** Whether the node is still connected to the bridge. */
export async function isConnected(home: HomePaths, init: number, addresses: ClusterAddresses): Promise<boolean> {
    const checks = [
        shows(...inBridge(home, "ip", "link", "show", portOf(addresses), "up")),
        shows(...inNode(init, "ip", "addr", "show", "dev", "eth0", "up", "to", addresses.nodeAddress)),
    ];
    return (await Promise.all(checks)).every(Boolean);
}

/** Name of a node's port at the bridge: unique in its namespace, at most 15 characters. */
export function portOf({ nodeAddress }: Pick<ClusterAddresses, "nodeAddress">): string {
    return `node${nodeAddress.slice(nodeAddress.lastIndexOf("."))}`;
}

/** Follows from the IPv4 address, so that the neighbours of a node that starts again need not unlearn its former one. */
export function macOf(address: string): string {
    const bytes = address.split(".").map((byte) => Number(byte).toString(16).padStart(2, "0"));
    return ["0a", "58", ...bytes].join(":");
}

/** Command line that runs a command in the bridge's namespace. */
export function inBridge(home: Pick<HomePaths, "bridge">, ...command: string[]): [string, string[]] {
    return ["nsenter", [`--net=${home.bridge}`, "--", ...command]];
}

async function ipInBridge(home: HomePaths, commands: readonly string[]): Promise<void> {
    await run(...inBridge(home, "ip", "-batch", "-"), { input: commands.join("\n") });
}

async function ip(command: string): Promise<void> {
    await run("ip", command.split(" "));
}

/** Whether a query of `ip` finds something: an object with other properties is no error of it. */
async function shows(command: string, query: readonly string[]): Promise<boolean> {
    return run(command, query).then(
        (output) => output !== "",
        () => false,
    );
}
