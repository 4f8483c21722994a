import { expect } from "chai";
import { Mesh, type MeshArgs } from "../../../components/index";
import { namesOf, only, provider, record } from "../../support/record";
import { RELEASE, SECRET } from "./support";

const REMOTE_SECRET = "istio-multicluster:index:RemoteSecret";

function mesh(change: (clusters: MeshArgs["clusters"]) => void = () => undefined, args: Partial<MeshArgs> = {}) {
    return record(() => {
        const clusters: MeshArgs["clusters"] = {
            blue: { provider: provider("blue"), apiServer: "https://10.0.0.1:6443" },
            green: { provider: provider("green"), apiServer: "https://10.0.0.2:6443", ingress: true },
        };
        change(clusters);
        return new Mesh("mesh", { id: "usmesh", clusters, ...args });
    });
}

describe("Mesh", () => {
    it("is a root, and in each cluster an intermediate, a control plane, a gateway and its peers' remote Secrets", async () => {
        const run = await mesh();
        const ofLibrary = run.resources.filter(({ type }) => type.startsWith("istio-multicluster:index:"));
        expect(ofLibrary.map(({ type, name }) => `${type.replace(/^.*:/, "")} ${name}`)).to.have.members([
            "Mesh mesh",
            "RootCa mesh-root-ca",
            ...["blue", "green"].flatMap((key) => [
                `IntermediateCa mesh-${key}-ca`,
                `MeshCluster mesh-${key}`,
                `ControlPlane mesh-${key}-control-plane`,
                `EastWestGateway mesh-${key}-eastwest`,
                `RemoteReader mesh-${key}-reader`,
            ]),
            "IngressGateway mesh-green-ingress",
            "RemoteSecret mesh-blue-reads-green",
            "RemoteSecret mesh-green-reads-blue",
        ]);
        expect(Object.keys(run.value.eastWestAddresses)).to.deep.equal(["blue", "green"]);
        expect(Object.keys(run.value.ingressAddresses)).to.deep.equal(["green"]);
    });

    it("puts each cluster's parts into that cluster", async () => {
        const run = await mesh();
        const kubernetes = run.resources.filter(({ type }) => type.startsWith("kubernetes:"));
        const strays = kubernetes.filter(({ name, provider: at }) => at !== /^mesh-(blue|green)-/.exec(name)?.[1]);
        expect(kubernetes.length).to.be.greaterThan(20);
        expect(strays.map(({ name }) => name)).to.deep.equal([]);
    });

    it("has clusters discovered once their gateways answer", async () => {
        const run = await mesh();
        const { waitsFor } = only(run, SECRET, "mesh-blue-reads-green-secret");
        expect(waitsFor).to.include("mesh-green-eastwest-service");
    });

    it("has no authority and no Secret in a cluster that another one's istiod serves", async () => {
        const run = await mesh(({ green }) => {
            if (green) green.controlPlane = "blue";
        });
        expect(namesOf(run, "istio-multicluster:index:IntermediateCa")).to.deep.equal(["mesh-blue-ca"]);
        expect(namesOf(run, "istio-multicluster:index:RemoteControlPlane")).to.deep.equal(["mesh-green-control-plane"]);
        expect(namesOf(run, REMOTE_SECRET)).to.deep.equal(["mesh-blue-reads-green"]);
        for (const gateway of ["mesh-green-eastwest-release", "mesh-green-ingress-release"]) {
            expect(only(run, RELEASE, gateway).waitsFor, gateway).to.include("mesh-blue-reads-green-secret");
        }
        expect(Object.keys(run.value.eastWestAddresses)).to.deep.equal(["blue", "green"]);
    });

    const UNSERVABLE: readonly [string, Record<string, Partial<MeshArgs["clusters"][string]>>, string][] = [
        ["itself", { green: { controlPlane: "green" } }, "must name another cluster of the mesh"],
        ["a stranger", { green: { controlPlane: "red" } }, "must name another cluster of the mesh"],
        [
            "a cluster that has none either",
            { blue: { controlPlane: "green" }, green: { controlPlane: "blue" } },
            "must name a cluster with an istiod of its own: that of blue serves green",
        ],
        ["one, and peers", { green: { controlPlane: "blue", peers: [] } }, "leaves no choice of `peers`"],
        [
            "one that does not read it",
            { blue: { peers: [] }, green: { controlPlane: "blue" } },
            "the `peers` of blue leave it out",
        ],
    ];
    for (const [served, changes, message] of UNSERVABLE) {
        it(`refuses a control plane that is ${served}`, async () => {
            const made: unknown = await mesh((clusters) => {
                for (const [key, change] of Object.entries(changes)) Object.assign(clusters[key] ?? {}, change);
            }).catch((error: unknown) => error);
            expect(String(made)).to.contain("controlPlane` ").and.contain(message);
        });
    }

    it("names clusters and networks by their keys, and discovers by Istio's name", async () => {
        const run = await mesh(({ green }) => {
            if (green) green.clusterName = "production";
        });
        expect(only(run, RELEASE, "mesh-blue-control-plane-istiod").inputs["values"]).to.deep.include({
            global: { meshID: "usmesh", multiCluster: { clusterName: "blue-cluster" }, network: "blue-network" },
        });
        expect(only(run, SECRET, "mesh-blue-reads-green-secret").inputs["metadata"]).to.deep.include({
            name: "istio-remote-secret-production",
        });
    });

    it("installs Istio as the whole mesh says, and each cluster over that", async () => {
        const change = ({ green }: MeshArgs["clusters"]) => {
            if (green) green.istio = { istiod: { replicas: 3 } };
        };
        const run = await mesh(change, { istio: { hub: "registry.example.org/istio", istiod: { replicas: 2 } } });
        const replicas = ["blue", "green"].map(
            (key) => only(run, RELEASE, `mesh-${key}-control-plane-istiod`).inputs["values"],
        );
        expect(replicas).to.have.nested.property("[0].replicaCount", 2);
        expect(replicas).to.have.nested.property("[1].replicaCount", 3);
        expect(replicas).to.have.nested.property("[1].global.hub", "registry.example.org/istio");
    });

    it("lets a cluster discover its peers alone", async () => {
        const run = await mesh(({ blue }) => {
            if (blue) blue.peers = [];
        });
        expect(namesOf(run, REMOTE_SECRET)).to.deep.equal(["mesh-green-reads-blue"]);
    });

    it("keeps private keys out of what components record", async () => {
        const run = await mesh();
        const recorded = run.resources.filter(({ type }) => type.startsWith("istio-multicluster:"));
        expect(JSON.stringify(recorded)).not.to.match(/PRIVATE KEY|reader-token/);
    });

    it("refuses peers that are no clusters of it, before anything is registered", async () => {
        const refused = await mesh(({ blue }) => {
            if (blue) blue.peers = ["red", "blue"];
        }).then(
            () => expect.fail("it was accepted"),
            (error: unknown) => String(error),
        );
        expect(refused).to.contain(
            "`clusters.blue.peers` must name other clusters of the mesh (blue, green), not red, blue",
        );
    });
});
