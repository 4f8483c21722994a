/** The main job on real clusters: the whole mesh and its proof, a second run, one change, and nothing left behind. */
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { get } from "node:http";
import path from "node:path";
import { CoreV1Api, KubeConfig } from "@kubernetes/client-node";
import { expect } from "chai";
import { z } from "zod";
import { homePaths } from "../../embedded/localClusters/home/paths";
import { CHECKS } from "../../verify/checks";
import { Checkout, type Ended } from "../support/checkout";
import { aged } from "../support/renewal";
import { hostState, tracesOf } from "../support/traces";
import { PROBE_CHECKS } from "../support/probeChecks";

const proofSchema = z.object({
    checks: z.array(z.object({ id: z.string(), result: z.string() })),
});
const clustersSchema = z.object({
    clusters: z.array(z.object({ name: z.string(), kubeconfig: z.string(), network: z.string(), health: z.string() })),
});
const outputsSchema = z.object({
    request: z.object({ url: z.string(), host: z.string() }),
});

const checkpointSchema = z.object({
    deployment: z.object({ resources: z.array(z.looseObject({ urn: z.string(), external: z.boolean().optional() })) }),
});

/** Whatever betrays a private key or a bearer token, in clear or in base64: also a part of one, for which not all commands are searched. */
const KEY_MATERIAL = /PRIVATE KEY|LS0tLS1CRUdJTiBSU0Eg|LS0tLS1CRUdJTiBFQyBQ|LS0tLS1CRUdJTiBQUklW|eyJhbGciOi/;

/** Checks that ask for the answer of an app, which a mesh of another maker does not declare. */
const NEED_A_REQUEST = ["gateway-endpoints", "no-local-pods", "remote-answers"];

describe("the mesh stack on local clusters", function () {
    this.timeout(600_000);

    const checkout = new Checkout();
    const { instance } = homePaths(checkout.home);
    const hostBefore = hostState();
    const printed: string[] = [];

    /** Runs a command that has to succeed. */
    const mesh = async (...args: string[]): Promise<Ended> => {
        const ended = await checkout.mesh(...args);
        printed.push(ended.all);
        expect(ended.exitCode, ended.all.slice(-3000)).to.equal(0);
        return ended;
    };
    const resultsOf = (proof: Ended): Record<string, string> =>
        Object.fromEntries(proofSchema.parse(JSON.parse(proof.stdout)).checks.map(({ id, result }) => [id, result]));
    const outputs = async () => outputsSchema.parse(JSON.parse((await mesh("outputs")).stdout));

    after(async () => {
        await checkout.mesh("destroy");
        await checkout.mesh("clusters", "delete");
        checkout.remove();
    });

    it("comes up with one command, which proves it", async () => {
        const results = resultsOf(await mesh("start", "--output", "json"));
        expect(results).to.deep.equal(Object.fromEntries([...CHECKS, ...PROBE_CHECKS].map(({ id }) => [id, "pass"])));
    });

    it("answers through west's ingress with east's catalog", async () => {
        const { request } = await outputs();
        const { status, body } = await ask(request.url, request.host);
        expect(status).to.equal(200);
        expect(body).to.contain('"cluster":"east"');
    });

    it("keeps keys out of state, output and logs", async () => {
        const state = checkout.read(".mesh/stacks/mesh.json");
        expect(state).not.to.match(KEY_MATERIAL);
        expect((await mesh("outputs", "--show-secrets")).stdout).not.to.match(KEY_MATERIAL);
        expect(printed.join("\n")).not.to.match(KEY_MATERIAL);
        expect(statSync(path.join(checkout.home, "passphrase")).mode & 0o777).to.equal(0o600);
    });

    it("lists its clusters for scripts", async () => {
        const { clusters } = clustersSchema.parse(JSON.parse((await mesh("clusters", "--output", "json")).stdout));
        expect(clusters.map(({ name, network, health }) => ({ name, network, health }))).to.have.deep.members([
            { name: "west", network: "west-network", health: "ready" },
            { name: "east", network: "east-network", health: "ready" },
        ]);
        for (const { kubeconfig } of clusters) expect(statSync(kubeconfig).mode & 0o777).to.equal(0o600);
    });

    it("changes nothing when it runs again", async () => {
        const before = checkout.read(".mesh/stacks/mesh.json");
        const again = await mesh("start", "--output", "json");
        expect(again.all).to.match(/^\d+ unchanged in /m);
        expect(Object.values(resultsOf(again)))
            .to.have.lengthOf(CHECKS.length + PROBE_CHECKS.length)
            .and.to.satisfy(allPass);
        expect(resourcesOf(checkout.read(".mesh/stacks/mesh.json"))).to.deep.equal(resourcesOf(before));
    });

    it("previews one change property by property, and makes just that one", async () => {
        checkout.edit("Pulumi.yaml", (text) => text.replace("webapp.istioinaction.io", "shop.istioinaction.io"));
        const preview = await mesh("preview");
        expect(preview.all).to.contain('~ spec.hosts[0]: "webapp.istioinaction.io" => "shop.istioinaction.io"');
        // Two objects, and the SampleApps of each cluster, which record the host.
        expect(preview.all).to.match(/^4 to update, \d+ unchanged in /m);

        const up = await mesh("up");
        expect(up.all).to.match(/^4 updated, \d+ unchanged in /m);
        const { request } = await outputs();
        expect(request.host).to.equal("shop.istioinaction.io");
        expect(Object.values(resultsOf(await mesh("verify", "--output", "json")))).to.satisfy(allPass);
    });

    it("renews a certificate that is due: replaced in a plain preview, and its Secret updated in place", async () => {
        const before = await cacerts();
        checkout.edit(".mesh/stacks/mesh.json", (text) => aged(text, "root-ca-west"));
        const preview = await mesh("preview");
        expect(preview.stdout).to.match(/^\+- LocallySignedCert root-ca-west$/m);
        expect(preview.stdout).to.match(/^~ {2}Secret west-control-plane-cacerts$/m);
        expect(preview.all).to.match(/^1 to update, 1 to replace, \d+ unchanged in /m);
        await mesh("up");
        const after = await cacerts();
        expect(after.uid).to.equal(before.uid);
        expect(after.certificate).not.to.equal(before.certificate);
        expect((await mesh("preview")).all).to.match(/^\d+ unchanged in /m);
    });

    /** The Secret with west's authority. */
    async function cacerts(): Promise<{ uid: string | undefined; certificate: string | undefined }> {
        const config = new KubeConfig();
        config.loadFromFile(path.join(checkout.home, "kubeconfigs", "west.yaml"));
        const secret = { namespace: "istio-system", name: "cacerts" };
        const { metadata, data } = await config.makeApiClient(CoreV1Api).readNamespacedSecret(secret);
        return { uid: metadata?.uid, certificate: data?.["ca-cert.pem"] };
    }

    it("is drawn, and found to be as declared: by its stack, and by contexts of a kubeconfig", async () => {
        const file = path.join(checkout.folder, "report.html");
        await mesh("report", "--file", file);
        const page = readFileSync(file, "utf8");
        expect(page)
            .to.contain("Everything that was found is as it is declared.")
            .and.to.contain("The clusters are one mesh");
        const contexts = "west,east";
        const kubeconfig = path.join(checkout.folder, "both.yaml");
        writeFileSync(kubeconfig, await merged());
        const drawn = await mesh("graph", "--contexts", contexts, "--kubeconfig", kubeconfig);
        expect(drawn.stdout).to.contain("west-cluster").and.to.contain("discovers").and.to.not.contain("not there");
        const proof = resultsOf(
            await mesh("verify", "--contexts", contexts, "--kubeconfig", kubeconfig, "--output", "json"),
        );
        expect(Object.keys(proof).filter((id) => proof[id] !== "pass")).to.deep.equal(NEED_A_REQUEST);
        const stranger = await checkout.mesh("verify", "--contexts", "north", "--kubeconfig", kubeconfig);
        expect(stranger.exitCode).to.equal(2);
        expect(stranger.all).to.contain("the kubeconfig has no such context").and.to.contain("west");
    });

    /** The kubeconfigs of both clusters in one. */
    async function merged(): Promise<string> {
        const { clusters } = clustersSchema.parse(JSON.parse((await mesh("clusters", "--output", "json")).stdout));
        const config = new KubeConfig();
        for (const { kubeconfig } of clusters) {
            const one = new KubeConfig();
            one.loadFromFile(kubeconfig);
            config.mergeConfig(one);
        }
        return config.exportConfig();
    }

    it("says which part is broken when one is, and mends it", async () => {
        await mesh("clusters", "stop", "east");
        const broken = await checkout.mesh("verify", "--output", "json");
        expect(broken.exitCode, broken.all).to.equal(1);
        expect(resultsOf(broken)["clusters-ready"]).to.equal("fail");
        expect(Object.values(resultsOf(await mesh("start", "--output", "json")))).to.satisfy(allPass);
    });

    it("refuses bad input before it changes anything", async () => {
        const before = checkout.read(".mesh/stacks/mesh.json");
        const good = checkout.read("Pulumi.yaml");
        checkout.edit("Pulumi.yaml", (text) =>
            text.replace("network: east-network", "network: west-network").replace("id: usmesh", "id: Us_Mesh"),
        );
        const refused = await checkout.mesh("up");
        checkout.edit("Pulumi.yaml", () => good);
        expect(refused.exitCode).to.not.equal(0);
        expect(refused.all).to.contain("mesh.id").and.to.contain("west-network").and.not.to.contain("    at ");
        expect(resourcesOf(checkout.read(".mesh/stacks/mesh.json"))).to.deep.equal(resourcesOf(before));
    });

    it("leaves nothing when it is destroyed", async () => {
        await mesh("destroy");
        expect(Object.values(tracesOf(instance)).flat()).to.deep.equal([]);
        expect(hostState()).to.deep.equal(hostBefore);
        expect(existsSync(checkout.home)).to.equal(false);
        expect(printed.join("\n")).not.to.match(KEY_MATERIAL);
    });
});

function allPass(results: readonly string[]): boolean {
    return results.every((result) => result === "pass");
}

/** What a checkpoint says of what the stack made, by URN: the order of parallel steps and what is only read may vary. */
function resourcesOf(checkpoint: string): Record<string, unknown> {
    const { deployment } = checkpointSchema.parse(JSON.parse(checkpoint));
    const made = deployment.resources.filter(({ external }) => external !== true);
    return Object.fromEntries(made.map((resource) => [resource.urn, resource]));
}

function ask(url: string, host: string): Promise<{ status: number | undefined; body: string }> {
    return new Promise((resolve, reject) => {
        get(url, { headers: { host }, timeout: 10_000 }, (response) => {
            let body = "";
            response.setEncoding("utf8").on("data", (chunk: string) => {
                body += chunk;
            });
            response.on("end", () => {
                resolve({ status: response.statusCode, body });
            });
        }).on("error", reject);
    });
}
