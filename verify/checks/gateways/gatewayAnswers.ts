import { get } from "node:http";
import { connect, isIPv6 } from "node:net";
import { defineCheck } from "../../check";
import type { GatewayAddress } from "../../mesh";
import { inEachCluster } from "../../observe";
import { gatewaysInto } from "../../observe/eastWest";
import { STATUS_PORT } from "../../observe/istio";
import { anySignal } from "../../../shared/signals";

const SECONDS = 5;

export interface GatewayAnswer {
    readonly cluster: string;
    /** URL of its status, or `address:port` where peers dial it and it shows no status. */
    readonly url: string;
    /** Status, or in words why there was none; `open` where it shows none and takes connections. */
    readonly answer: number | string;
    /** Why this machine may not reach it although peers do; absent otherwise. */
    readonly elsewhere?: string;
}

interface Asked {
    readonly gateway: GatewayAddress;
    readonly statusPort: number | undefined;
    readonly isInternal: boolean;
}

export const gatewayAnswers = defineCheck<readonly GatewayAnswer[]>({
    id: "gateway-answers",
    group: "gateways",
    proves: "From this machine, the east-west gateway of each cluster is reachable at its external address, and ready",
    skip: ({ clusters }) =>
        clusters.some(({ eastWestGateway }) => eastWestGateway) ? undefined : "no east-west gateway is declared",
    observe: async (view) => {
        const found = await inEachCluster(view, async (kubernetes, { network, eastWestGateway }) => {
            const asked = (await gatewaysInto(kubernetes, network)).flatMap(({ dials, ...service }): Asked[] =>
                dials.map((gateway) => ({ gateway, ...service })),
            );
            const declared = asked.some(({ gateway }) => gateway.address === eastWestGateway?.address);
            return {
                asked:
                    eastWestGateway === undefined || declared
                        ? asked
                        : [...asked, { gateway: eastWestGateway, statusPort: STATUS_PORT, isInternal: false }],
            };
        });
        const answers = found.flatMap(({ cluster, asked }) =>
            asked.map(async (each) => ({ cluster, ...(await ask(each, view.signal)) })),
        );
        return Promise.all(answers);
    },
    judge: (answers) =>
        answers.map(({ cluster, url, answer, elsewhere }) => {
            const seen = `${cluster}: ${url} answered ${answer}`;
            if (answer === 200 || answer === "open") {
                return { seen };
            }
            if (typeof answer === "string" && elsewhere !== undefined) {
                return { seen: `${seen}; ${elsewhere}, so peers may reach it all the same: --probe asks from there` };
            }
            return {
                seen,
                cause:
                    typeof answer === "number"
                        ? `The gateway of ${cluster} is not ready.`
                        : `The address of the gateway of ${cluster} does not lead to it, or a firewall blocks it. Other clusters may still reach it: see answered-through-gateway.`,
                fix: `\`kubectl get service,endpoints\` of the gateway in ${cluster}, then its load balancer and firewall.`,
            };
        }),
});

/** Where a gateway says whether it is ready. */
export function statusUrl({ address }: Pick<GatewayAddress, "address">, port: number): string {
    return `http://${isIPv6(address) ? `[${address}]` : address}:${port}/healthz/ready`;
}

async function ask(
    { gateway, statusPort, isInternal }: Asked,
    signal: AbortSignal,
): Promise<Omit<GatewayAnswer, "cluster">> {
    const limit = anySignal([signal], SECONDS * 1000);
    const url = statusPort === undefined ? `${gateway.address}:${gateway.port}` : statusUrl(gateway, statusPort);
    const answer = statusPort === undefined ? await dial(gateway, limit) : await getStatus(url, limit);
    const elsewhere = isInternal
        ? "its load balancer is internal"
        : String(answer).includes("ENOTFOUND")
          ? "its name does not resolve on this machine"
          : undefined;
    return { url, answer, ...(elsewhere === undefined ? {} : { elsewhere }) };
}

function getStatus(url: string, limit: AbortSignal): Promise<number | string> {
    return new Promise((resolve) => {
        get(url, { signal: limit, agent: false }, (response) => {
            response.resume();
            resolve(response.statusCode ?? "nothing");
        }).once("error", ({ message }) => {
            resolve(`nothing within ${SECONDS} s (${message})`);
        });
    });
}

/** What is not TLS of the mesh a gateway ends; that it takes the connection is all it shows. */
function dial({ address, port }: GatewayAddress, limit: AbortSignal): Promise<string> {
    return new Promise((resolve) => {
        const socket = connect({ host: address, port, signal: limit });
        socket.once("connect", () => {
            socket.destroy();
            resolve("open");
        });
        socket.once("error", ({ message }) => {
            resolve(`nothing within ${SECONDS} s (${message})`);
        });
    });
}
