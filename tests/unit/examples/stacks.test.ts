/** Every stack file of examples/, as the program runs with it, on paper. The first three also run on real clusters. */
import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import { expect } from "chai";
import { KeyObject, webcrypto } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { z } from "zod";
import type { Json } from "../../../embedded/host/provider";
import { GATEWAY_ADDRESS, GATEWAY_HOSTNAME, kubeconfig } from "../../support/mocks";
import { configuration, runProgram, type Settings } from "../../support/program";
import { namesOf, only, type Recording } from "../../support/record";

const EXAMPLES = path.join(__dirname, "..", "..", "..", "examples");
const MESH_CLUSTER = "istio-multicluster:index:MeshCluster";
const REMOTE_SECRET = "istio-multicluster:index:RemoteSecret";

const outputs = z.object({
    clusters: z.record(z.string(), z.object({ eastWestGateway: z.object({ address: z.string() }) })),
    request: z.object({ url: z.string() }),
});

describe("the example", () => {
    it("two-clusters is the tutorial", async () => {
        const run = await runProgram(example("two-clusters"));
        const mesh = await runProgram(configuration("Pulumi.mesh.yaml"));
        const ofBoth = [run, mesh].map(({ resources }) => resources.map(({ type, name }) => `${type} ${name}`).sort());
        expect(ofBoth[0]).to.deep.equal(ofBoth[1]);
    });

    it("three-clusters has a third that discovers nothing, and is discovered", async () => {
        const run = await runProgram(example("three-clusters"));
        expect(namesOf(run, MESH_CLUSTER)).to.deep.equal(["east", "south", "west"]);
        expect(namesOf(run, REMOTE_SECRET)).to.deep.equal([
            "east-reads-south",
            "east-reads-west",
            "west-reads-east",
            "west-reads-south",
        ]);
        expect(only(run, MESH_CLUSTER, "south").inputs).to.include({ network: "south-network" });
    });

    it("bring-your-own-root signs with the root that it is given, and makes no other", async () => {
        const givenRoot = await root();
        const settings = example("bring-your-own-root");
        const run = await runProgram({ ...settings, ca: { ...object(settings["ca"]), givenRoot } });
        expect(namesOf(run, "tls:index/selfSignedCert:SelfSignedCert")).to.deep.equal([]);
        for (const name of ["root-ca-west", "root-ca-east"]) {
            const { inputs, secrets } = only(run, "tls:index/locallySignedCert:LocallySignedCert", name);
            expect(inputs).to.include({ caCertPem: givenRoot.certificate, validityPeriodHours: 365 * 24 });
            expect(secrets).to.include("caPrivateKeyPem");
        }
    });

    describe("own-clusters", () => {
        let folder: string;
        let run: Recording<unknown>;

        before(async () => {
            folder = mkdtempSync(path.join(os.tmpdir(), "istio-multicluster-examples-"));
            const settings = example("own-clusters");
            const clusters = Object.entries(object(settings["clusters"])).map(([name, source]) => {
                const kubeconfigFile = path.join(folder, `${name}.yaml`);
                const text = kubeconfig(name, `https://${name}.example.org`);
                writeFileSync(kubeconfigFile, text);
                return [name, { ...object(source), kubeconfigFile }] as const;
            });
            run = await runProgram({ ...settings, clusters: Object.fromEntries(clusters) });
        });

        after(() => {
            rmSync(folder, { recursive: true });
        });

        it("makes no cluster, and a mesh of all three", () => {
            expect(namesOf(run, "kind:index/cluster:Cluster")).to.deep.equal([]);
            expect(namesOf(run, MESH_CLUSTER)).to.deep.equal(["aks", "eks", "gke"]);
            expect(namesOf(run, REMOTE_SECRET)).to.have.length(6);
        });

        it("gives peers the API server of the kubeconfig, or the one that is set", () => {
            const servers = ["aks", "eks", "gke"].map((name) => only(run, MESH_CLUSTER, name).inputs["apiServer"]);
            expect(servers).to.deep.equal([
                "https://mesh-aks.hcp.westeurope.azmk8s.io:443",
                "https://eks.example.org",
                "https://gke.example.org",
            ]);
        });

        it("takes load balancers that have a host name, like those of AWS, as well as addresses", () => {
            const { clusters, request } = outputs.parse(run.value);
            expect(clusters["eks"]?.eastWestGateway.address).to.equal(GATEWAY_HOSTNAME);
            expect(clusters["gke"]?.eastWestGateway.address).to.equal(GATEWAY_ADDRESS);
            expect(request.url).to.equal(`http://${GATEWAY_HOSTNAME}/api/catalog`);
        });

        it("protects its root", () => {
            expect(only(run, "tls:index/selfSignedCert:SelfSignedCert").protect).to.equal(true);
        });
    });

    for (const { name } of readdirSync(EXAMPLES, { withFileTypes: true }).filter((entry) => entry.isDirectory())) {
        it(`${name} is in the index, and has its page`, () => {
            const index = readFileSync(path.join(EXAMPLES, "README.md"), "utf8");
            expect(index).to.contain(`](${name}/README.md)`);
            expect(existsSync(path.join(EXAMPLES, name, "README.md"))).to.equal(true);
        });
    }
});

function example(name: string): Settings {
    return configuration(path.join("examples", name, `Pulumi.${name}.yaml`));
}

function object(value: Json | undefined): Record<string, Json> {
    return z.record(z.string(), z.json()).parse(value);
}

/** What the README's openssl commands make. */
async function root(): Promise<{ certificate: string; privateKey: string }> {
    const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
    const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
    const certificate = await x509.X509CertificateGenerator.createSelfSigned(
        {
            name: "O=Example,CN=Root CA",
            keys,
            signingAlgorithm: algorithm,
            extensions: [
                new x509.BasicConstraintsExtension(true, undefined, true),
                new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
            ],
        },
        webcrypto,
    );
    const privateKey = KeyObject.from(keys.privateKey).export({ type: "pkcs8", format: "pem" }).toString();
    return { certificate: certificate.toString("pem"), privateKey };
}
