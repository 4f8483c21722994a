/**
 * Routes between the pods of clusters that are on one network, as an operator of flat networks makes them: pods reach each
 * other by their own addresses, which nothing translates. Pods of other clusters lead nowhere.
 */
import { z } from "zod";
import { run } from "../../../shared/run";
import { inNode } from "../node/node";
import type { ClusterAddresses } from "./addresses";

/** Marks these routes as ours: ip-route(8), "proto". */
const PROTOCOL = "186";
/** Of the firewall's table nat; empty it changes nothing. */
const CHAIN = "SHARED-NETWORK";

const listed = z.array(z.object({ dst: z.string(), gateway: z.string().optional() }));

/** A node that runs, and the network that its cluster shares; undefined where its pods are on one of their own. */
export interface RoutedNode extends ClusterAddresses {
    readonly init: number;
    readonly network?: string | undefined;
}

/** Gives each node exactly the routes that the others call for. In `withRegistry`. */
export async function routePods(nodes: readonly RoutedNode[]): Promise<void> {
    await Promise.all(
        nodes.map(async (node) => {
            const others = nodes.filter((other) => other !== node && other.network === node.network);
            const wanted = node.network === undefined ? [] : others;
            const found = listed.parse(
                JSON.parse(await run(...inNode(node.init, "ip", "-json", "-4", "route", "show", "proto", PROTOCOL))),
            );
            const before = found.map(({ dst, gateway = "" }) => `${dst} via ${gateway}`);
            const after = wanted.map(({ podSubnet, nodeAddress }) => `${podSubnet} via ${nodeAddress}`);
            if (before.sort().join() === after.sort().join()) return;
            const commands = [
                ...before.filter((route) => !after.includes(route)).map((route) => `route del ${route}`),
                ...after
                    .filter((route) => !before.includes(route))
                    .map((route) => `route add ${route} proto ${PROTOCOL}`),
            ];
            await run(...inNode(node.init, "ip", "-batch", "-"), { input: `${commands.join("\n")}\n` });
            await keepAddresses(node.init, wanted);
        }),
    );
}

/** The bridge of the node's pods translates what leaves it: https://www.cni.dev/plugins/current/main/bridge/ (ipMasq). */
async function keepAddresses(init: number, others: readonly ClusterAddresses[]): Promise<void> {
    const rules = others.map(({ podSubnet }) => `-A ${CHAIN} -d ${podSubnet} -j ACCEPT`);
    const input = ["*nat", `:${CHAIN} - [0:0]`, ...rules, "COMMIT", ""].join("\n");
    await run(...inNode(init, "iptables-restore", "--wait", "--noflush"), { input });
    const jump = ["POSTROUTING", "-j", CHAIN];
    const iptables = (...args: string[]) => run(...inNode(init, "iptables", "--wait", "--table", "nat", ...args));
    await iptables("--check", ...jump).catch(() => iptables("--insert", ...jump));
}
