/** Clusters on one network, and one on another: west and east reach each other's pods, north is behind gateways. */
import { expect } from "chai";
import { conclude } from "../../../verify/check";
import { noRawEndpoints } from "../../../verify/checks/discovery/noRawEndpoints";
import { networkGateways } from "../../../verify/checks/discovery/networkGateways";
import { gatewayReady } from "../../../verify/checks/gateways/gatewayReady";
import { gatewayRoutes } from "../../../verify/checks/gateways/gatewayRoutes";
import { isDialled, type Mesh, onNetworkOf, peersElsewhere } from "../../../verify/mesh";
import { gatewayService } from "../../support/gatewayService";

const cluster = (name: string, network: string) => ({ name, clusterName: `${name}-cluster`, network, kubeconfig: "" });
const coast: Mesh = { clusters: [cluster("west", "coast"), cluster("east", "coast")] };
const mixed: Mesh = { clusters: [...coast.clusters, cluster("north", "north-network")] };
const names = (clusters: readonly { readonly name: string }[]) => clusters.map(({ name }) => name);

describe("clusters on one network", () => {
    it("dial no gateways of each other, and others dial theirs", () => {
        expect(names(onNetworkOf(mixed, "west"))).to.deep.equal(["west", "east"]);
        expect(names(peersElsewhere(mixed, "west"))).to.deep.equal(["north"]);
        expect(names(peersElsewhere(coast, "west"))).to.deep.equal([]);
        expect([isDialled(mixed, "west"), isDialled(coast, "west")]).to.deep.equal([true, false]);
    });

    it("may do with one gateway for both, or with none where nobody else is there", () => {
        const gateway = gatewayService({ network: "coast" });
        const found = [
            { cluster: "west", services: [] },
            { cluster: "east", services: [gateway] },
        ];
        const { result, seen } = conclude(gatewayReady.judge(found, mixed));
        expect([result, seen[0]]).to.deep.equal(["pass", "west: no gateway for coast: that of east leads into it"]);
        const none = found.map(({ cluster }) => ({ cluster, services: [] }));
        expect(conclude(gatewayReady.judge(none, coast)).result).to.equal("pass");
        expect(conclude(gatewayReady.judge(none, mixed)).cause).to.contain("No Service of west has the label");
        const proxies = [{ pod: "gateway-0", port: 15443, names: ["a"], isClosed: false, addresses: ["10.1.0.1"] }];
        const routes = [
            { cluster: "west", proxies: [], pods: ["10.1.0.1"] },
            { cluster: "east", proxies, pods: ["10.2.0.1"] },
        ];
        expect(conclude(gatewayRoutes.judge(routes, mixed)).result).to.equal("pass");
    });

    it("know each other's pods, but no two with one address", () => {
        const judge = (addresses: string[], ofEast: string) =>
            conclude(
                noRawEndpoints.judge(
                    [
                        { cluster: "west", pods: ["10.1.0.1"], proxy: { pod: "shop/a", addresses } },
                        { cluster: "east", pods: [ofEast] },
                        { cluster: "north", pods: ["10.3.0.1"] },
                    ],
                    mixed,
                ),
            );
        expect(judge(["10.2.0.1"], "10.2.0.1").result).to.equal("pass");
        expect(judge(["10.3.0.1"], "10.2.0.1").cause).to.contain("dials pods of north by their own addresses");
        expect(judge([], "10.1.0.1").cause).to.contain("west and east say that they are on one network");
    });

    it("are reached through the gateways of either", () => {
        const east = { address: "10.0.0.50", port: 15443 };
        const known = (network: string, address: string) => ({ network, address, port: 15443 });
        const looked = { istiods: [], gateways: [], selectors: [], labels: {} };
        const found = [
            { cluster: "west", ...looked },
            { cluster: "east", ...looked, gateways: [east] },
            {
                cluster: "north",
                ...looked,
                istiods: [{ pod: "istiod-0", gateways: [known("coast", "10.0.0.50")] }],
            },
        ];
        expect(conclude(networkGateways.judge(found, mixed)).result).to.equal("pass");
    });
});
