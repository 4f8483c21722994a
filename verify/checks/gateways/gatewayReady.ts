import { defineCheck, type Part } from "../../check";
import { isDialled, type Mesh, onNetworkOf } from "../../mesh";
import { inEachCluster } from "../../observe";
import { type EastWest, eastWestOf, type EastWestService } from "../../observe/eastWest";
import { GATEWAY_PORT_LABEL, NETWORK_LABEL } from "../../observe/istio";

export const gatewayReady = defineCheck<readonly EastWest[]>({
    id: "gateway-ready",
    group: "gateways",
    proves: "Each cluster that others discover has an east-west gateway for its network: an address, a port, ready pods, and AUTO_PASSTHROUGH",
    skip: ({ clusters }) => (clusters.length < 2 ? "one cluster has no peers" : undefined),
    observe: (view) => inEachCluster(view, eastWestOf),
    judge: (all, mesh) => all.flatMap((found) => judgeCluster(found, all, mesh)),
});

function judgeCluster({ cluster, services }: EastWest, all: readonly EastWest[], mesh: Mesh): Part[] {
    const network = mesh.clusters.find(({ name }) => name === cluster)?.network ?? "";
    const own = services.filter((service) => service.network === network);
    if (own.length > 0) {
        return own.map((service) => judgeService(cluster, service));
    }
    const others = services.map((service) => `${service.name} on ${service.network}`).join(", ");
    const seen = `${cluster}: no gateway for ${network}${others === "" ? "" : `; ${others}`}`;
    const near = onNetworkOf(mesh, cluster).map(({ name }) => name);
    const through = all.find(
        (other) => near.includes(other.cluster) && other.services.some((service) => service.network === network),
    );
    if (through !== undefined) {
        return [{ seen: `${seen}: that of ${through.cluster} leads into it` }];
    }
    return isDialled(mesh, cluster)
        ? [
              {
                  seen,
                  cause: `No Service of ${cluster} has the label ${NETWORK_LABEL}=${network}: other clusters find no gateway.`,
                  fix: `Install the east-west gateway with networkGateway=${network}; where meshNetworks names gateways, by an address that such a Service has.`,
              },
          ]
        : [{ seen: `${seen}, and no cluster on another network discovers it` }];
}

function judgeService(cluster: string, service: EastWestService): Part {
    const { name, dials, port, targetPort, nodes, pods, isOpen } = service;
    const places = dials.map((dial) => `${dial.address}${dial.port === port ? "" : `:${dial.port}`}`);
    const seen = `${cluster}: ${name} at ${places.join(", ") || "no address"}, ${pods} ready pods, ${port} ${isOpen ? "open" : "closed"}`;
    const because = (cause: string, fix: string): Part => ({ seen, cause, fix });
    if (pods === 0) {
        return because(
            `No pod of the gateway ${name} in ${cluster} is ready.`,
            `\`kubectl get deployments,pods\` in its namespace in ${cluster}: is it scaled to 0, or does it not start?`,
        );
    }
    if (nodes === "no annotation") {
        return because(
            `The gateway ${name} of ${cluster} is of type NodePort and lacks the annotation traffic.istio.io/nodeSelector, so istiod takes no node's address for it.`,
            `Annotate the Service with traffic.istio.io/nodeSelector and the labels of the nodes to dial as JSON; {} selects all.`,
        );
    }
    if (nodes === "no external address") {
        return because(
            `The gateway ${name} of ${cluster} is of type NodePort, and no node that it selects has an address of type ExternalIP.`,
            `Give the nodes an ExternalIP (cloud providers do), or use a Service of type LoadBalancer, or with externalIPs.`,
        );
    }
    if (dials.length === 0) {
        return because(
            `The gateway ${name} of ${cluster} has no external address.`,
            `Does ${cluster} give load balancers addresses? Else set spec.externalIPs of the Service.`,
        );
    }
    if (targetPort === undefined) {
        return because(
            `The gateway ${name} of ${cluster} has no port ${port}, which its peers are told to dial.`,
            `Add it to the Service, named tls; or name another port of the Service in its label ${GATEWAY_PORT_LABEL}.`,
        );
    }
    return isOpen
        ? { seen }
        : because(
              `No Gateway resource of ${cluster} opens port ${targetPort} on ${name}: connections are reset.`,
              `Make the Gateway cross-network-gateway: port ${targetPort}, TLS, AUTO_PASSTHROUGH, hosts *.local, with the gateway's selector. In a Gateway of Kubernetes' Gateway API: the label ${NETWORK_LABEL}, and a listener with protocol TLS and mode Passthrough.`,
          );
}
