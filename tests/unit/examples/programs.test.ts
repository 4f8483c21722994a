/** The examples that are programs of their own, run with mocks. */
import { expect } from "chai";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { readerKubeconfig } from "../../../components/internal/kubeconfig";
import type { Json } from "../../../embedded/host/providers/provider";
import { givenRoot } from "../../support/certificates";
import { namesOf, only, record, type Recording } from "../../support/record";

const RELEASE = "kubernetes:helm.sh/v3:Release";
const PROVIDER = "pulumi:providers:kubernetes";
const REMOTE_SECRET = "istio-multicluster:index:RemoteSecret";

const cluster = { kubeconfig: "kubeconfig", endpoint: "https://10.0.0.2", fqdn: "api.example.org" };

async function run(
    example: string,
    config: Record<string, Json>,
    stacks: readonly string[] = [],
): Promise<Recording<unknown>> {
    const file = path.join(__dirname, "../../../examples", example, "index.ts");
    const siblings = Object.fromEntries(
        stacks.map((name) => [name, example === "gke" ? { ...cluster, endpoint: "10.0.0.2" } : cluster]),
    );
    const program = async (): Promise<unknown> => import(pathToFileURL(file).href);
    return record(program, config, { siblings });
}

function values(recording: Recording<unknown>, release: string): Json | undefined {
    return only(recording, RELEASE, release).inputs["values"];
}

describe("the program", () => {
    it("mesh makes a whole mesh of two clusters", async () => {
        const config = {
            blueKubeconfig: "blue",
            greenKubeconfig: "green",
            blueApiServer: "https://203.0.113.10:6443",
            greenApiServer: "https://203.0.113.20:6443",
        };
        const made = await run("mesh", config);
        expect(namesOf(made, PROVIDER)).to.deep.equal(["blue", "green"]);
        expect(namesOf(made, REMOTE_SECRET)).to.deep.equal(["mesh-blue-reads-green", "mesh-green-reads-blue"]);
        expect(namesOf(made, RELEASE)).to.have.length(7);
    });

    it("eks has a public network load balancer for clients, and private ones between clusters", async () => {
        const made = await run("eks", { virginiaStack: "virginia", oregonStack: "oregon" }, ["virginia", "oregon"]);
        const scheme = (release: string) =>
            expect(values(made, release)).to.have.nested.property(
                "service.annotations.service\\.beta\\.kubernetes\\.io/aws-load-balancer-scheme",
            );
        scheme("mesh-virginia-eastwest-release").that.equals("internal");
        scheme("mesh-oregon-eastwest-release").that.equals("internal");
        scheme("mesh-virginia-ingress-release").that.equals("internet-facing");
        expect(values(made, "mesh-oregon-control-plane-istiod")).to.include({ autoscaleMin: 2, autoscaleMax: 5 });
    });

    it("gke has internal load balancers, and the CNI agent before istiod", async () => {
        const made = await run("gke", { belgiumStack: "belgium", finlandStack: "finland" }, ["belgium", "finland"]);
        expect(values(made, "mesh-belgium-eastwest-release")).to.have.nested.property(
            "service.annotations.networking\\.gke\\.io/load-balancer-type",
            "Internal",
        );
        expect(only(made, RELEASE, "mesh-finland-control-plane-istiod").waitsFor).to.include(
            "mesh-finland-control-plane-cni",
        );
        expect(values(made, "mesh-finland-control-plane-cni")).to.deep.equal({ cniBinDir: "/home/kubernetes/bin" });
    });

    it("aks takes images from a registry, and gives one cluster two replicas", async () => {
        const made = await run("aks", { amsterdamStack: "amsterdam", dublinStack: "dublin" }, ["amsterdam", "dublin"]);
        const [amsterdam, dublin] = ["amsterdam", "dublin"].map((name) =>
            values(made, `mesh-${name}-control-plane-istiod`),
        );
        expect(amsterdam).to.have.nested.property("global.hub", "mycompany.azurecr.io/istio");
        expect(amsterdam).not.to.have.property("replicaCount");
        expect(dublin).to.have.property("replicaCount", 2);
    });

    it("primary-remote has one istiod, which serves both clusters once it reads the other", async () => {
        const made = await run("primary-remote", {
            westKubeconfig: "west",
            eastKubeconfig: "east",
            westApiServer: "https://203.0.113.10:6443",
            eastApiServer: "https://203.0.113.20:6443",
        });
        expect(values(made, "mesh-west-control-plane-istiod")).to.have.nested.property("global.externalIstiod", true);
        expect(values(made, "mesh-east-control-plane-istiod")).to.have.property("profile", "remote");
        expect(namesOf(made, REMOTE_SECRET)).to.deep.equal(["mesh-west-reads-east"]);
        expect(only(made, RELEASE, "mesh-east-eastwest-release").waitsFor).to.include("mesh-west-reads-east-secret");
    });

    it("foreign-member discovers a cluster by what istioctl printed there", async () => {
        const { certificate, privateKey } = await givenRoot();
        const kubeconfig = readerKubeconfig({
            clusterName: "legacy-cluster",
            server: "https://10.0.0.9:6443",
            certificateAuthority: "Y2E=",
            token: "token",
        });
        const printed = JSON.stringify({
            apiVersion: "v1",
            kind: "Secret",
            stringData: { "legacy-cluster": kubeconfig },
        });
        const made = await run("foreign-member", {
            kubeconfig: "blue",
            apiServer: "https://203.0.113.10:6443",
            rootCertificate: certificate,
            rootKey: privateKey,
            legacy: printed,
        });
        expect(namesOf(made, REMOTE_SECRET)).to.deep.equal(["blue-reads-legacy"]);
        const secret = only(made, "kubernetes:core/v1:Secret", "blue-reads-legacy-secret");
        expect(secret.inputs["stringData"]).to.deep.equal({ "legacy-cluster": kubeconfig });
    });
});
