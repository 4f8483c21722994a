import { expect } from "chai";
import { kubernetesPackage } from "../../../../embedded/host/providers/kubernetes";
import { writeKubeconfig } from "../../../../shared/kubeconfig";
import { rejection } from "../host/rejection";
import { operation } from "./operation";

const SECRET = "kubernetes:core/v1:Secret";
/** Nothing listens on the discard port. */
const kubeconfig = writeKubeconfig("gone", { server: "https://127.0.0.1:9" }, { token: "t" });
const object = { apiVersion: "v1", kind: "Secret", metadata: { name: "s", namespace: "n" } };
const recorded = { id: "n/s", inputs: object, outputs: object };

describe("an object of a cluster that is gone", () => {
    const provider = (forgetUnreachable?: boolean) =>
        kubernetesPackage(() => Promise.reject(new Error("no helm")), forgetUnreachable).configure({ kubeconfig });

    it("cannot be deleted, and the error says how it is forgotten", async () => {
        const error = await rejection(provider().delete(operation(SECRET), recorded));
        expect(error.message).to.match(/^Kubernetes API server https:\/\/127\.0\.0\.1:9 does not answer: /);
        expect(error.message).to.contain("If it is gone for good, `--unreachable` forgets what is in it");
    });

    it("is forgotten where it is asked for, and that is said", async () => {
        const lines: string[] = [];
        const progress = (line: string) => lines.push(line);
        await provider(true).delete(operation(SECRET, { progress }), recorded);
        expect(lines).to.deep.equal([
            "its cluster does not answer: it is forgotten, and stays there should the cluster come back",
        ]);
    });
});
