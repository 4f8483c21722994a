import { get } from "node:http";
import { isIPv6 } from "node:net";
import { defineCheck } from "../../check";
import type { GatewayAddress } from "../../mesh";
import { anySignal } from "../../../shared/signals";

/** https://istio.io/latest/docs/ops/deployment/application-requirements/#ports-used-by-istio */
const STATUS_PORT = 15021;
const SECONDS = 5;

export interface GatewayAnswer {
    readonly cluster: string;
    readonly url: string;
    /** Status, or why there was none. */
    readonly answer: number | string;
}

export const gatewayAnswers = defineCheck<readonly GatewayAnswer[]>({
    id: "gateway-answers",
    group: "gateways",
    proves: "From this machine, the east-west gateway of each cluster is reachable at its external address, and ready",
    skip: ({ clusters }) =>
        clusters.some(({ eastWestGateway }) => eastWestGateway) ? undefined : "no east-west gateway is declared",
    observe: ({ mesh, signal }) =>
        Promise.all(
            mesh.clusters.flatMap(({ name, eastWestGateway }) => {
                if (eastWestGateway === undefined) return [];
                const url = statusUrl(eastWestGateway);
                return [ask(url, signal).then((answer) => ({ cluster: name, url, answer }))];
            }),
        ),
    judge: (answers) =>
        answers.map(({ cluster, url, answer }) => {
            const seen = `${cluster}: ${url} answered ${answer}`;
            return answer === 200
                ? { seen }
                : {
                      seen,
                      cause:
                          typeof answer === "number"
                              ? `The gateway of ${cluster} is not ready.`
                              : `The address of the gateway of ${cluster} does not lead to it, or a firewall blocks it. Other clusters may still reach it: see answered-through-gateway.`,
                      fix: `\`kubectl -n istio-system get service,endpoints istio-eastwestgateway\` in ${cluster}, then its load balancer and firewall.`,
                  };
        }),
});

/** Where a gateway says whether it is ready. */
export function statusUrl({ address }: GatewayAddress): string {
    return `http://${isIPv6(address) ? `[${address}]` : address}:${STATUS_PORT}/healthz/ready`;
}

function ask(url: string, signal: AbortSignal): Promise<number | string> {
    return new Promise((resolve) => {
        const limit = anySignal([signal], SECONDS * 1000);
        get(url, { signal: limit, agent: false }, (response) => {
            response.resume();
            resolve(response.statusCode ?? "nothing");
        }).once("error", ({ message }) => {
            resolve(`nothing within ${SECONDS} s (${message})`);
        });
    });
}
