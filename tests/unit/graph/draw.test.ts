import { expect } from "chai";
import { drawMesh, type MeshGraph } from "../../../graph";
import { drawable, drawEast, NOW } from "../../support/drawn";
import { gatewayService } from "../../support/gatewayService";

const rowOf = ({ cards }: MeshGraph, cluster: string, part: string) =>
    cards.find(({ name }) => name === cluster)?.rows.find((row) => row.part === part);

describe("drawMesh", () => {
    it("finds no difference where all is as declared", () => {
        const { declared, surveys } = drawable(2);
        const graph = drawMesh(declared, surveys, NOW);
        expect(graph.differences).to.deep.equal([]);
        expect(graph.cards.map(({ name, standing }) => `${name} ${standing}`)).to.deep.equal([
            "west as declared",
            "east as declared",
        ]);
        expect(graph.trusts.map(({ cluster, standing }) => `${cluster} ${standing}`)).to.deep.equal([
            "west as declared",
            "east as declared",
        ]);
        expect(graph.discoveries.map(({ from, to, status }) => `${from} ${to} ${status ?? ""}`)).to.deep.equal([
            "west east synced",
            "east west synced",
        ]);
        expect(rowOf(graph, "east", "ca")?.value).to.equal("SHA-256 01:01:01:01:01:01:01:01, 730 days left");
        expect(graph.path).to.deep.equal([
            { to: { cluster: "west", part: "ingress" } },
            { from: { cluster: "west", part: "apps" }, to: { cluster: "east", part: "gateway" } },
        ]);
    });

    it("draws what is declared before anything is there", () => {
        const { declared } = drawable(2);
        const graph = drawMesh(declared, [], NOW);
        expect(graph.cards.map(({ standing }) => standing)).to.deep.equal(["not there", "not there"]);
        expect(graph.differences.slice(0, 2)).to.deep.equal([
            { where: "west", declared: "a cluster of the mesh", found: "not there yet" },
            { where: "east", declared: "a cluster of the mesh", found: "not there yet" },
        ]);
        expect(graph.discoveries.map(({ standing }) => standing)).to.deep.equal(["not there", "not there"]);
    });

    it("says why a cluster could not be read", () => {
        const { declared, surveys } = drawable(2);
        const graph = drawMesh(
            declared,
            [...surveys.slice(0, 1), { cluster: "east", unreadable: "east: no answer" }],
            NOW,
        );
        expect(graph.differences[0]).to.deep.equal({
            where: "east",
            declared: "a cluster of the mesh",
            found: "east: no answer",
        });
    });

    const cases: [string, Parameters<typeof drawEast>[0], string, string, string][] = [
        ["another cluster name", { clusterName: "x" }, "east: cluster name", "east-cluster", "x"],
        ["another mesh", { meshId: "other" }, "east: mesh id", "usmesh", "other"],
        ["another trust domain", { trustDomain: "b" }, "east: trust domain", "cluster.local", "b"],
        ["no gateway", { gateways: [] }, "east: east-west gateway", "10.89.0.101", "none"],
        ["an ingress elsewhere", { remotes: [] }, "east: remote Secret of west", "synced", "none"],
        [
            "an istiod that cannot read its peer",
            { istiods: [{ pod: "a", clusters: [{ id: "west-cluster", syncStatus: "timeout" }] }] },
            "east: remote Secret of west",
            "synced",
            "timeout",
        ],
    ];
    for (const [what, changes, where, declared, found] of cases) {
        it(`names ${what}`, () => {
            expect(drawEast(changes).differences).to.deep.include({ where, declared, found });
        });
    }

    it("takes for no difference what it may not see, and says that it does not", () => {
        const why = "east: port-forward: the right to create pods/portforward is missing";
        const { differences, discoveries } = drawEast({ remotes: [], roots: [], unseen: [why] });
        expect(differences).to.deep.include({ where: "east", declared: "can be seen as a whole", found: why });
        expect(differences.map(({ where }) => where)).not.to.include.members(["east: trusted root"]);
        expect(discoveries.filter(({ from }) => from === "east")).to.deep.equal([]);
    });

    it("shows whose istiod serves a cluster that has none, and misses no remote Secret there", () => {
        const { declared, surveys } = drawable(2);
        const clusters = declared.clusters.map((cluster) =>
            cluster.name === "east" ? { ...cluster, primary: "west-cluster" } : cluster,
        );
        const served = surveys.map((survey) => {
            if (survey.cluster !== "east" || survey.found === undefined) return survey;
            const { istio, ...found } = survey.found;
            expect(istio).to.be.a("string");
            return { ...survey, found: { ...found, remotes: [], istiods: [] } };
        });
        const graph = drawMesh({ ...declared, clusters }, served, NOW);
        expect(rowOf(graph, "east", "istiod")?.value).to.equal("that of west-cluster");
        expect(graph.discoveries.map(({ from, to, serves }) => [from, to, serves])).to.deep.equal([
            ["west", "east", true],
        ]);
        expect(graph.differences).to.deep.equal([]);
        expect(graph.discoveries.map(({ from, to }) => [from, to])).to.deep.equal([["west", "east"]]);
    });

    it("names a gateway that lets nobody through", () => {
        const dials = [{ address: "10.89.0.101", port: 15443 }];
        const gateway = gatewayService({ network: "east-network", dials });
        const closed = drawEast({ gateways: [{ ...gateway, isOpen: false }] });
        expect(closed.differences.map(({ found }) => found)).to.deep.equal(["port 15443 closed"]);
        expect(rowOf(closed, "east", "gateway")?.standing).to.equal("different");
        const empty = drawEast({ gateways: [{ ...gateway, pods: 0 }] });
        expect(empty.differences.map(({ found }) => found)).to.deep.equal(["no ready pod"]);
    });

    it("tells a root that is declared from one that is not", () => {
        const stranger = { subject: "O=foreign", fingerprint: "FF:FF", validTo: NOW };
        const graph = drawEast({ roots: [stranger] });
        expect(graph.roots.map(({ subject, standing }) => `${subject ?? ""} ${standing}`)).to.deep.equal([
            "O=usmesh, CN=Root CA as declared",
            "O=foreign not declared",
        ]);
        expect(graph.trusts.filter(({ cluster }) => cluster === "east").map(({ standing }) => standing)).to.deep.equal([
            "not declared",
            "not there",
        ]);
    });

    it("shows what nobody declared: a cluster, and a remote Secret", () => {
        const { declared, surveys } = drawable(3);
        const graph = drawMesh({ ...declared, clusters: declared.clusters.slice(0, 2) }, surveys, NOW);
        expect(graph.cards[2]).to.include({ name: "c3", standing: "not declared" });
        expect(graph.differences).to.deep.include({
            where: "west: remote Secret of c3-cluster",
            declared: "none",
            found: "synced",
        });
    });
});
