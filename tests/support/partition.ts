/** Cuts the networks of two local clusters off from each other: neither reaches the other, both reach everybody else. */
import { homePaths } from "../../embedded/localClusters/home/paths";
import { inBridge, portOf } from "../../embedded/localClusters/network/network";
import { run } from "../../shared/run";

/**
 * @param home Of the local clusters.
 * @param nodes IP addresses of their nodes.
 * @returns Joins them again.
 */
export async function partition(home: string, nodes: readonly string[]): Promise<() => Promise<void>> {
    const isolate = async (state: "on" | "off"): Promise<void> => {
        for (const node of nodes) {
            // Ports of a bridge that are isolated forward nothing to each other.
            const port = portOf({ nodeAddress: node });
            const set = ["link", "set", "dev", port, "type", "bridge_slave", "isolated", state];
            await run(...inBridge(homePaths(home), "ip", ...set));
        }
    };
    await isolate("on");
    return () => isolate("off");
}
