import { defineCheck, type Part } from "../../check";
import { inEachCluster } from "../../observe";
import { type EastWest, eastWestOf } from "../../observe/eastWest";
import { GATEWAY_PORT, NETWORK_LABEL } from "../../observe/istio";

export const gatewayReady = defineCheck<readonly EastWest[]>({
    id: "gateway-ready",
    group: "gateways",
    proves: "Each cluster has an east-west gateway for its network: an address, port 15443, ready pods, and AUTO_PASSTHROUGH",
    skip: ({ clusters }) => (clusters.length < 2 ? "one cluster has no peers" : undefined),
    observe: (view) => inEachCluster(view, eastWestOf),
    judge: (all, { clusters }) =>
        all.flatMap((found) => {
            const network = clusters.find(({ name }) => name === found.cluster)?.network ?? "";
            return judgeCluster(found, network);
        }),
});

function judgeCluster({ cluster, services }: EastWest, network: string): Part[] {
    const own = services.filter((service) => service.network === network);
    if (own.length === 0) {
        const others = services.map((service) => `${service.name} on ${service.network}`).join(", ");
        return [
            {
                seen: `${cluster}: no gateway for ${network}${others === "" ? "" : `; ${others}`}`,
                cause: `No Service of ${cluster} has the label ${NETWORK_LABEL}=${network}: other clusters find no gateway.`,
                fix: `Install the east-west gateway with networkGateway=${network}.`,
            },
        ];
    }
    return own.map(({ name, addresses, hasPort, pods, isOpen }) => {
        const seen = `${cluster}: ${name} at ${addresses.join(", ") || "no address"}, ${pods} ready pods, ${GATEWAY_PORT} ${hasPort && isOpen ? "open" : "closed"}`;
        const because = (cause: string, fix: string): Part => ({ seen, cause, fix });
        if (pods === 0) {
            return because(
                `No pod of the gateway ${name} in ${cluster} is ready.`,
                `\`kubectl -n istio-system get deployments,pods\` in ${cluster}: is it scaled to 0, or does it not start?`,
            );
        }
        if (addresses.length === 0) {
            return because(
                `The gateway ${name} of ${cluster} has no external address.`,
                `Does ${cluster} give load balancers addresses? Else set spec.externalIPs of the Service.`,
            );
        }
        if (!hasPort) {
            return because(
                `The gateway ${name} of ${cluster} has no port ${GATEWAY_PORT}.`,
                `Add it to the Service, named tls.`,
            );
        }
        return isOpen
            ? { seen }
            : because(
                  `No Gateway resource of ${cluster} opens port ${GATEWAY_PORT} on ${name}: connections are reset.`,
                  `Make the Gateway cross-network-gateway: port ${GATEWAY_PORT}, TLS, AUTO_PASSTHROUGH, hosts *.local, with the gateway's selector.`,
              );
    });
}
