import { expect } from "chai";
import { RemoteSecret } from "../../../components";
import { only, provider, record } from "../../support/record";
import { SECRET } from "./support";

describe("RemoteSecret", () => {
    const secret = () =>
        record(() => {
            const args = { peer: "east-cluster", kubeconfig: "kubeconfig of east", namespace: "istio-system" };
            return new RemoteSecret("west-reads-east", args, { provider: provider("west") });
        });

    it("is what istioctl create-remote-secret makes, in the cluster that reads", async () => {
        const { inputs, secrets, ...rest } = only(await secret(), SECRET);
        expect(inputs).to.deep.include({
            metadata: {
                name: "istio-remote-secret-east-cluster",
                namespace: "istio-system",
                labels: { "istio/multiCluster": "true" },
                annotations: { "networking.istio.io/cluster": "east-cluster" },
            },
            stringData: { "east-cluster": "kubeconfig of east" },
        });
        expect(secrets).to.deep.equal(["stringData"]);
        expect(rest).to.deep.include({ parent: "west-reads-east", provider: "west" });
    });

    it("keeps the kubeconfig out of the component's own inputs", async () => {
        const { inputs } = only(await secret(), "istio-multicluster:index:RemoteSecret");
        expect(inputs).to.deep.equal({ peer: "east-cluster", namespace: "istio-system" });
    });
});
