import { expect } from "chai";
import { createHash } from "node:crypto";
import { z } from "zod";
import { RemoteSecret } from "../../../components";
import { peerAccess, readerKubeconfig } from "../../../components/internal/kubeconfig";
import { only, provider, record } from "../../support/record";
import { SECRET } from "./support";

const JOB = "kubernetes:batch/v1:Job";
const SERVER = "https://203.0.113.7:6443";
const CA = "-----BEGIN CERTIFICATE-----";
const KUBECONFIG = readerKubeconfig({
    clusterName: "east-cluster",
    server: SERVER,
    certificateAuthority: Buffer.from(CA).toString("base64"),
    token: "reader-token",
});

const jobInputs = z.object({
    metadata: z.looseObject({ name: z.string() }),
    spec: z.looseObject({
        template: z.object({
            metadata: z.object({ annotations: z.record(z.string(), z.string()) }),
            spec: z.looseObject({
                containers: z.tuple([z.looseObject({ image: z.string(), args: z.array(z.string()) })]),
            }),
        }),
    }),
});

describe("RemoteSecret", () => {
    const secret = (kubeconfig = KUBECONFIG) =>
        record(() => {
            const args = { peer: "east-cluster", kubeconfig, namespace: "istio-system" };
            return new RemoteSecret("west-reads-east", args, { provider: provider("west") });
        });

    it("is what istioctl create-remote-secret makes, in the cluster that reads", async () => {
        const { inputs, secrets, ...rest } = only(await secret(), SECRET, "west-reads-east-secret");
        expect(inputs).to.deep.include({
            metadata: {
                name: "istio-remote-secret-east-cluster",
                namespace: "istio-system",
                labels: { "istio/multiCluster": "true" },
                annotations: { "networking.istio.io/cluster": "east-cluster" },
            },
            stringData: { "east-cluster": KUBECONFIG },
        });
        expect(secrets).to.deep.equal(["stringData"]);
        expect(rest).to.deep.include({ parent: "west-reads-east", provider: "west" });
    });

    it("waits for a pod of the cluster that reads to reach the peer's API server", async () => {
        const run = await secret();
        const { inputs, secrets, waitsFor } = only(run, JOB);
        const { metadata, spec } = jobInputs.parse(inputs);
        const { containers } = spec.template.spec;
        expect(metadata.name).to.equal("istio-reach-east-cluster");
        expect(containers[0]).to.deep.include({ image: "auto", args: [`${SERVER}/api/v1/namespaces?limit=1`] });
        expect(spec.template.metadata.annotations["checksum/ca"]).to.equal(
            createHash("sha256").update(CA).digest("hex"),
        );
        expect(secrets).to.deep.equal([]);
        expect(waitsFor).to.deep.equal(["west-reads-east-reach-reader"]);
        expect(only(run, SECRET, "west-reads-east-secret").waitsFor).to.deep.equal(["west-reads-east-reach-job"]);
    });

    it("gives that pod the token and the CA by a Secret that istiod does not look at", async () => {
        const { inputs, secrets } = only(await secret(), SECRET, "west-reads-east-reach-reader");
        expect(inputs).to.deep.include({
            metadata: { name: "istio-reach-east-cluster", namespace: "istio-system" },
            stringData: { "ca.crt": CA, headers: "Authorization: Bearer reader-token" },
        });
        expect(secrets).to.deep.equal(["stringData"]);
    });

    it("keeps the kubeconfig out of the component's own inputs", async () => {
        const { inputs } = only(await secret(), "istio-multicluster:index:RemoteSecret");
        expect(inputs).to.deep.equal({ peer: "east-cluster", namespace: "istio-system" });
    });

    it("takes a reader's kubeconfig only", () => {
        expect(peerAccess(KUBECONFIG)).to.deep.equal({
            server: SERVER,
            certificateAuthority: CA,
            token: "reader-token",
        });
        for (const other of ["", "users: []", "[]", '{"clusters":[{}],"users":[]}']) {
            expect(peerAccess(other), other).to.equal(undefined);
        }
    });
});
