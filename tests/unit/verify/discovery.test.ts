import { expect } from "chai";
import { conclude } from "../../../verify/check";
import { gatewayEndpoints, type ProxyEndpoints } from "../../../verify/checks/discovery/gatewayEndpoints";
import { noLocalPods } from "../../../verify/checks/dataPlane/noLocalPods";
import { peersSynced } from "../../../verify/checks/discovery/peersSynced";
import { twoClusters } from "./meshes";

const WEST = { cluster: "west", istiods: [istiod("west-cluster", "synced", "east-cluster", "synced")], remotes: [] };
const EAST = { cluster: "east", remotes: [] };

function istiod(own: string, ownStatus: string, peer: string, peerStatus: string) {
    return {
        pod: "istiod-0",
        clusters: [
            { id: own, syncStatus: ownStatus },
            { id: peer, syncStatus: peerStatus },
        ],
    };
}

describe("peers-synced", () => {
    it("passes when each istiod has synced the other cluster", () => {
        const east = { ...EAST, istiods: [istiod("east-cluster", "synced", "west-cluster", "synced")] };
        expect(conclude(peersSynced.judge([WEST, east], twoClusters))).to.deep.include({
            result: "pass",
            seen: ["west: istiod-0: east-cluster synced", "east: istiod-0: west-cluster synced"],
        });
    });

    it("fails when a remote Secret is missing, naming it", () => {
        const east = {
            ...EAST,
            istiods: [{ pod: "istiod-0", clusters: [{ id: "east-cluster", syncStatus: "synced" }] }],
        };
        const finding = conclude(peersSynced.judge([WEST, east], twoClusters));
        expect(finding.result).to.equal("fail");
        expect(finding.seen).to.include("east: istiod-0: west-cluster unknown");
        expect(finding.cause).to.contain("Secret istio-remote-secret-west-cluster is missing there");
    });

    it("says to restart an istiod that has not taken a Secret that is right", () => {
        const secret = "west-reader";
        const remote = {
            secret,
            clusterName: "west-cluster",
            server: "https://10.1.0.2",
            hasCa: true,
            credentials: [],
        };
        const istiods = [{ pod: "istiod-0", clusters: [] }];
        const finding = conclude(peersSynced.judge([WEST, { ...EAST, istiods, remotes: [remote] }], twoClusters));
        expect(finding.cause).to.contain("has not taken Secret west-reader, which is there");
        expect(finding.fix).to.contain("Restart istiod of east; the Secret may stay");
    });

    it("fails when the peer's API does not answer", () => {
        const east = { ...EAST, istiods: [istiod("east-cluster", "synced", "west-cluster", "timeout")] };
        const finding = conclude(peersSynced.judge([WEST, east], twoClusters));
        expect(finding.cause).to.contain('istiod of east cannot read west-cluster (status "timeout")');
    });

    it("asks for no cluster that is not to be discovered", () => {
        const clusters = twoClusters.clusters.map((cluster) =>
            cluster.name === "east" ? { ...cluster, peers: [] } : { ...cluster, peers: ["east"] },
        );
        const alone = [{ pod: "istiod-0", clusters: [{ id: "east-cluster", syncStatus: "synced" }] }];
        expect(conclude(peersSynced.judge([WEST, { ...EAST, istiods: alone }], { clusters }))).to.deep.include({
            result: "pass",
            seen: ["west: istiod-0: east-cluster synced", "east: istiod-0: discovers no other cluster"],
        });
    });

    it("fails when one of two replicas lags behind", () => {
        const replicas = [
            istiod("east-cluster", "synced", "west-cluster", "synced"),
            istiod("east-cluster", "synced", "west-cluster", "syncing"),
        ];
        const finding = conclude(peersSynced.judge([WEST, { ...EAST, istiods: replicas }], twoClusters));
        expect(finding.result).to.equal("fail");
        expect(finding.seen).to.have.length(3);
    });

    it("fails without an istiod", () => {
        const finding = conclude(peersSynced.judge([WEST, { ...EAST, istiods: [] }], twoClusters));
        expect(finding.cause).to.contain("The control plane of east is not installed");
    });
});

describe("gateway-endpoints", () => {
    const endpoint = (address: string, port: number, health = "HEALTHY") => ({
        address,
        port,
        health,
        answered: 0,
        asked: 0,
        failed: 0,
        refused: 0,
    });
    const seen = (...endpoints: ReturnType<typeof endpoint>[]): ProxyEndpoints => ({
        cluster: "west",
        service: "catalog.istioinaction:80",
        ways: { east: ["10.1.0.50:15443"] },
        proxy: { pod: "webapp-0", endpoints },
    });
    const judge = (observed: ProxyEndpoints) => conclude(gatewayEndpoints.judge(observed, twoClusters));

    it("passes when the only endpoint is the gateway", () => {
        expect(judge(seen(endpoint("10.1.0.50", 15443)))).to.deep.include({
            result: "pass",
            seen: [
                "west: webapp-0 knows catalog.istioinaction:80 as 10.1.0.50:15443 HEALTHY; ways: east 10.1.0.50:15443",
            ],
        });
    });

    it("fails on a raw pod address beside the gateway", () => {
        const finding = judge(seen(endpoint("10.1.0.50", 15443), endpoint("10.245.0.7", 8080)));
        expect(finding.cause).to.contain("10.245.0.7:8080 is not an east-west gateway");
    });

    it("fails on the gateway's address with another port", () => {
        expect(judge(seen(endpoint("10.1.0.50", 8080))).cause).to.contain("10.1.0.50:8080 is not an east-west gateway");
    });

    it("fails without endpoints", () => {
        expect(judge(seen()).cause).to.contain("has found no pod of catalog.istioinaction:80 in the other clusters");
    });

    it("fails when one of two gateways is unknown", () => {
        const observed = {
            ...seen(endpoint("10.1.0.50", 15443)),
            ways: { east: ["10.1.0.50:15443"], north: ["10.1.0.60:15443"] },
        };
        expect(judge(observed).cause).to.contain("does not know 10.1.0.60:15443 as a gateway");
    });

    it("fails when the gateway is unhealthy in the proxy's eyes", () => {
        expect(judge(seen(endpoint("10.1.0.50", 15443, "UNHEALTHY"))).cause).to.contain(
            "stopped using the gateway after failures",
        );
    });

    it("fails when the other cluster's gateway has no address", () => {
        const observed = { ...seen(endpoint("10.1.0.50", 15443)), ways: { east: [] } };
        expect(judge(observed).cause).to.equal(
            "east has no east-west gateway with an address or, on the network of west, no ready pod of catalog.istioinaction:80.",
        );
    });

    it("fails when the client has no proxy", () => {
        const finding = judge({ cluster: "west", service: "catalog.istioinaction:80", ways: { east: [] } });
        expect(finding.cause).to.contain("does not run, or has no sidecar");
    });
});

describe("no-local-pods", () => {
    const observed = { cluster: "west", service: "catalog.istioinaction", selector: "app=catalog" };

    it("passes without a pod", () => {
        expect(conclude(noLocalPods.judge({ ...observed, pods: [] }, twoClusters)).result).to.equal("pass");
    });

    it("fails with one, naming it", () => {
        const finding = conclude(noLocalPods.judge({ ...observed, pods: ["catalog-0"] }, twoClusters));
        expect(finding.result).to.equal("fail");
        expect(finding.seen).to.deep.equal(["west: Service catalog.istioinaction selects app=catalog: catalog-0"]);
    });
});
