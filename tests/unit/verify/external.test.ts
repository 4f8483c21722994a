/** Clusters whose istiod runs in another one: how they are recognised, and how the way to it is judged. */
import { expect } from "chai";
import { conclude } from "../../../verify/check";
import { istiodReady } from "../../../verify/checks/controlPlane/istiodReady";
import { type Dialled, type Exposure, istiodExposed } from "../../../verify/checks/controlPlane/istiodExposed";
import { remoteSecrets } from "../../../verify/checks/discovery/remoteSecrets";
import { istiodHome, type MeshCluster, servedBy } from "../../../verify/mesh";
import { type Found, withExternals } from "../../../verify/survey";
import { primaryRemote, twoClusters } from "./meshes";

/** West's istiod runs in hub, and serves east, too. */
const external = {
    ...primaryRemote(),
    clusters: primaryRemote().clusters.map((cluster) =>
        cluster.name === "west" ? { ...cluster, external: { name: "hub", kubeconfig: "" } } : cluster,
    ),
};

describe("clusters of which one runs the istiod of another", () => {
    const cluster = (name: string): MeshCluster => ({ name, clusterName: name, network: "", kubeconfig: name });
    const found = (changes: Partial<Found>): Found => ({
        ...{ apiServer: "https://10.1.0.2:6443", kubernetes: "v1.34.4" },
        ...{ gateways: [], ingress: [], remotes: [], istiods: [], roots: [], unseen: [] },
        ...changes,
    });
    const all = ["hub", "west", "east"].map(cluster);
    const surveys = [
        { cluster: "hub", found: found({ clusterName: "west-cluster", istio: "1.31.1" }) },
        { cluster: "west", found: found({ clusterName: "west-cluster", primary: "west-cluster" }) },
        { cluster: "east", found: found({ clusterName: "east-cluster", primary: "west-cluster" }) },
    ];

    it("are a mesh without it, and the way to it is known", () => {
        const [west, east, ...others] = withExternals(all, surveys);
        expect(west).to.deep.include({ name: "west", external: cluster("hub") });
        expect(east).to.deep.equal(cluster("east"));
        expect(others).to.deep.equal([]);
    });

    it("are what they are where two have one name by mistake, or nobody looks at it", () => {
        const twins = [
            { cluster: "hub", found: found({ clusterName: "west-cluster", istio: "1.31.1" }) },
            { cluster: "west", found: found({ clusterName: "west-cluster", istio: "1.31.1" }) },
        ];
        expect(withExternals(all, twins)).to.deep.equal(all);
        expect(withExternals(all, surveys.slice(1))).to.deep.equal(all);
    });

    it("are told where istiod is, and what nobody can judge", () => {
        expect(["west", "east"].map((name) => istiodHome(external, name))).to.deep.equal(["hub", "hub"]);
        expect(istiodHome(twoClusters, "east")).to.equal("east");
        const [west] = twoClusters.clusters;
        const alone = { clusters: west === undefined ? [] : [{ ...west, primary: "west-cluster" }] };
        expect(servedBy(alone, "west")).to.contain("in a cluster that nobody looks at: not judged");
    });

    it("are to be mended where istiod runs", () => {
        const pods = { ready: [], notReady: [], others: [], namespace: "istio-system" };
        const away = conclude(istiodReady.judge([{ cluster: "west", ...pods }], external));
        expect(away.fix).to.equal("Scale the Deployment of istiod in hub up, or install it.");
        expect(away.seen).to.deep.equal(["west: 0 of 0 istiod replicas ready in istio-system of hub"]);
        const none = { cluster: "west", namespace: "istio-system", remotes: [] };
        expect(conclude(remoteSecrets.judge([none], external)).fix).to.contain(
            "istio-remote-secret-east-cluster in hub,",
        );
    });
});

describe("istiod-exposed", () => {
    const judge = (exposure: Partial<Exposure>) =>
        conclude(istiodExposed.judge([{ cluster: "east", open: [], ...exposure }], external));
    const at = (port: number, failure?: Dialled["failure"]): Dialled => ({
        ...{ at: `10.1.0.40:${port}`, name: "istiod.istio-system.svc" },
        ...(failure === undefined ? {} : { failure }),
    });

    it("passes where a cluster has its own, or what answers is the mesh's", () => {
        expect(judge({})).to.deep.include({ result: "pass", seen: ["east: its istiod runs there"] });
        expect(judge({ dialled: [at(15012), at(15017)] }).seen).to.deep.equal([
            "east: 10.1.0.40:15012 is it, 10.1.0.40:15017 is it",
        ]);
        expect(judge({ dialled: [] }).seen).to.deep.equal(["east: Service istiod leads to no address: not judged"]);
    });

    it("fails for somebody else's certificate", () => {
        const foreign = { answered: true, reason: "self-signed certificate" };
        expect(judge({ dialled: [at(15012, foreign), at(15017)] }).cause).to.contain(
            "at 10.1.0.40:15012 shows no certificate of the mesh for istiod.istio-system.svc",
        );
    });

    it("fails where connections end before there is a certificate", () => {
        const ended = { answered: true, reason: "Client network socket disconnected before secure TLS connection" };
        expect(judge({ dialled: [at(15012, ended)] }).cause).to.contain("no istiod of west-cluster is behind it");
    });

    it("fails where one of the two ports is closed, and judges nothing that this machine does not reach", () => {
        const silent = { answered: false, reason: "no answer within 5 s" };
        const closed = judge({ dialled: [at(15012), at(15017, silent)] });
        expect(closed.cause).to.contain("istiod of west-cluster answers east on some of its ports only");
        expect(closed.cause).to.contain("not at 10.1.0.40:15017");
        expect(judge({ dialled: [at(15012, silent), at(15017, silent)] }).result).to.equal("pass");
    });

    it("fails for plaintext ports that are open to other networks", () => {
        const { cause, fix } = judge({ open: ["istio-system/istiod: 15010"] });
        expect(cause).to.contain(
            "open plaintext ports of the istiod of east to other networks, istio-system/istiod: 15010",
        );
        expect(fix).to.contain("ports 15012 and 15017 only");
    });
});
