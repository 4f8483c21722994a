import { expect } from "chai";
import { writeKubeconfig } from "../../../../shared/kubeconfig";
import type { ClusterRequest, LocalCluster, LocalClusters } from "../../../../embedded/localClusters";
import type { Properties } from "../../../../embedded/host/providers/provider";
import { kindPackage } from "../../../../embedded/host/providers/kind";
import { ProblemsError } from "../../../../shared/problems";
import { KIND_NODE_IMAGE } from "../../../../shared/versions";
import { operation } from "./operation";

const CLUSTER = "kind:index/cluster:Cluster";
const base64 = (text: string) => Buffer.from(text).toString("base64");

/** Mock clusters: the real ones are tested in tests/integration. */
class PaperClusters implements LocalClusters {
    public readonly requests: ClusterRequest[] = [];
    public readonly clusters = new Map<string, LocalCluster>();

    public up(request: ClusterRequest): Promise<LocalCluster> {
        this.requests.push(request);
        const cluster: LocalCluster = {
            name: request.name,
            kubeconfig: writeKubeconfig(
                "c",
                { server: "https://10.0.0.2:6443", "certificate-authority-data": base64("ca") },
                { "client-certificate-data": base64("cert"), "client-key-data": base64("key") },
            ),
            kubeconfigPath: `/home/kubeconfigs/${request.name}.yaml`,
            apiServer: "https://10.0.0.2:6443",
            nodeAddress: "10.0.0.2",
            podSubnet: "10.1.0.0/16",
            serviceSubnet: "10.2.0.0/16",
            addressPool: "10.0.0.32/27",
            version: "v1.34.4",
            health: "ready",
        };
        this.clusters.set(request.name, cluster);
        return Promise.resolve(cluster);
    }
    public get = (name: string) => Promise.resolve(this.clusters.get(name));
    public list = () => Promise.resolve([...this.clusters.values()]);
    public stop = (name: string) => {
        const cluster = this.clusters.get(name);
        if (cluster) this.clusters.set(name, { ...cluster, health: "stopped" });
        return Promise.resolve();
    };
    public delete = (name: string) => {
        this.clusters.delete(name);
        return Promise.resolve();
    };
}

const west: Properties = {
    name: "west",
    kindConfig: { apiVersion: "kind.x-k8s.io/v1alpha4", kind: "Cluster", networking: { podSubnet: "10.1.0.0/16" } },
};

async function created() {
    const clusters = new PaperClusters();
    const kind = kindPackage(clusters).configure({});
    const { id, outputs, secretOutputs } = await kind.create(operation(CLUSTER), west);
    return { clusters, kind, secretOutputs, state: { id, inputs: west, outputs } };
}

describe("kind provider", () => {
    it("makes a local cluster and gives kind's outputs, keys marked as secret", async () => {
        const { clusters, secretOutputs, state } = await created();
        expect(clusters.requests).to.deep.equal([{ name: "west", podSubnet: "10.1.0.0/16" }]);
        expect(state.id).to.equal("west");
        expect(state.outputs).to.deep.include({
            ...west,
            clusterCaCertificate: "ca",
            clientCertificate: "cert",
            clientKey: "key",
            completed: true,
            endpoint: "https://10.0.0.2:6443",
        });
        expect(secretOutputs).to.have.members(["kubeconfig", "clientCertificate", "clientKey"]);
    });

    it("puts it on the network that its node's label names", async () => {
        const clusters = new PaperClusters();
        const kind = kindPackage(clusters).configure({});
        const labels = { "topology.istio.io/network": "coast" };
        const kindConfig = {
            kind: "Cluster",
            apiVersion: "kind.x-k8s.io/v1alpha4",
            nodes: [{ role: "control-plane", labels }],
        };
        await kind.create(operation(CLUSTER), { name: "west", kindConfig });
        expect(clusters.requests).to.deep.equal([{ name: "west", network: "coast" }]);
    });

    it("says which Kubernetes runs where the node's image has another minor release", async () => {
        const kind = kindPackage(new PaperClusters()).configure({});
        const linesFor = async (nodeImage: string) => {
            const lines: string[] = [];
            const progress = (line: string) => lines.push(line);
            await kind.create(operation(CLUSTER, { progress }), { ...west, nodeImage });
            return lines;
        };
        expect(await linesFor(KIND_NODE_IMAGE)).to.deep.equal([]);
        expect(await linesFor("kindest/node:v1.33.7")).to.deep.equal([
            "runs Kubernetes v1.34.4 of the toolchain, whatever its nodeImage kindest/node:v1.33.7 has",
        ]);
    });

    it("shows a cluster that is gone as a replacement, in a preview too", async () => {
        const { clusters, kind, state } = await created();
        const preview = operation(CLUSTER, { preview: true });
        expect(await kind.diff(preview, state, west)).to.deep.include({ changed: [], replace: [] });
        const renamed = await kind.diff(preview, state, { ...west, name: "east" });
        expect(renamed).to.deep.equal({ changed: ["name"], replace: ["name"], deleteBeforeReplace: true });
        await clusters.delete("west");
        expect((await kind.diff(preview, state, west)).replace).to.deep.equal(["completed"]);
        expect(await kind.read(operation(CLUSTER), "west", state)).to.equal(undefined);
    });

    it("starts a cluster again that has stopped, and leaves one alone that is ready", async () => {
        const { clusters, kind, state } = await created();
        expect(await kind.ensure?.(operation(CLUSTER), state)).to.equal(undefined);
        expect(clusters.requests).to.have.length(1);
        await clusters.stop("west");
        expect(await kind.ensure?.(operation(CLUSTER), state)).to.equal(undefined);
        expect(clusters.requests).to.have.length(2);
        expect((await clusters.get("west"))?.health).to.equal("ready");
    });

    it("refuses what only a kind of containers can do, by name", async () => {
        const { kind } = await created();
        const kindConfig = { apiVersion: "kind.x-k8s.io/v1alpha4", kind: "Cluster", nodes: [{ role: "worker" }] };
        const error: unknown = await kind.check(operation(CLUSTER), undefined, { name: "west", kindConfig }).then(
            () => undefined,
            (reason: unknown) => reason,
        );
        expect(error).to.be.instanceOf(ProblemsError);
        expect(String(error)).to.contain("kindConfig").and.contain("nodes");
    });
});
