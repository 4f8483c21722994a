/**
 * Examples on real clusters: a mesh of three, and one below a root that exists already. The tutorial's own stack is in
 * mesh.test.ts.
 */
import { expect } from "chai";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { stringify } from "yaml";
import { z } from "zod";
import { configuration } from "../support/program";
import { Checkout } from "../support/checkout";
import { type Json, NotReadyError, type Properties } from "../../embedded/host/providers/provider";
import { kubernetesPackage } from "../../embedded/host/providers/kubernetes";
import { operation } from "../unit/embedded/providers/operation";

const execute = promisify(execFile);
const JOB = "kubernetes:batch/v1:Job";

const proof = z.object({
    checks: z.array(z.object({ id: z.string(), result: z.string(), seen: z.array(z.string()) })),
});

describe("the examples on local clusters", function () {
    this.timeout(600_000);

    const checkout = new Checkout();

    /** Runs a command that has to succeed. */
    const mesh = async (...args: string[]) => {
        const ended = await checkout.mesh(...args);
        expect(ended.exitCode, ended.all.slice(-3000)).to.equal(0);
        return ended;
    };
    const proofOf = async (stack: string) => {
        const { checks } = proof.parse(JSON.parse((await mesh("verify", stack, "--output", "json")).stdout));
        return Object.fromEntries(checks.map((check) => [check.id, check]));
    };
    const write = (stack: string, settings: Properties) => {
        const config = Object.entries(settings).map(([key, value]): [string, Json] => [
            `istio-multicluster:${key}`,
            value,
        ]);
        checkout.write(`Pulumi.${stack}.yaml`, stringify({ config: Object.fromEntries(config) }));
    };

    after(async () => {
        await checkout.mesh("clusters", "delete");
        checkout.remove();
    });

    describe("three-clusters", () => {
        before(async () => {
            write("three-clusters", configuration("examples/three-clusters/Pulumi.three-clusters.yaml"));
            await mesh("up", "three-clusters");
        });

        it("is one mesh, in which the third cluster serves and discovers nothing", async () => {
            const checks = await proofOf("three-clusters");
            expect(checks["remote-answers"]?.seen.join()).to.match(/data of (east, south|south, east)/);
        });

        it("has a pod say why it does not reach a peer's API server, before a Secret is made", async () => {
            const kubeconfig = path.join(checkout.home, "kubeconfigs", "west.yaml");
            const west = kubernetesPackage(() => Promise.reject(new Error("no release is made"))).configure({
                kubeconfig,
            });
            const made = await west.read(operation(JOB), "istio-system/istio-reach-east-cluster", undefined);
            const text = JSON.stringify(jobFields.parse(made?.outputs).spec);
            const failureOf = async (name: string, from: RegExp, to: string): Promise<string> => {
                const spec = z.record(z.string(), z.json()).parse(JSON.parse(text.replace(from, to)));
                const job = {
                    apiVersion: "batch/v1",
                    kind: "Job",
                    metadata: { name, namespace: "istio-system" },
                    spec,
                };
                const error: unknown = await west.create(operation(JOB), job).catch((reason: unknown) => reason);
                expect(error).to.be.instanceOf(NotReadyError);
                return error instanceof NotReadyError ? error.reasons.join() : "";
            };
            const [refused, untrusted] = await Promise.all([
                failureOf("refused", /:6443\//, ":6444/"),
                failureOf("untrusted", /istio-reach-east-cluster/, "istio-reach-south-cluster"),
            ]);
            expect(refused).to.contain("cannot read the API server of east-cluster at https://").and.contain(":6444");
            expect(refused).to.contain("Couldn't connect to server").and.contain("Set an `apiServer` of east-cluster");
            expect(untrusted).to.contain("SSL certificate problem");
        });

        // The clusters of the next example have the same names.
        after(() => mesh("destroy", "three-clusters"));
    });

    describe("bring-your-own-root", () => {
        it("has a mesh that trusts the root it was given, and no other", async () => {
            await execute("sh", ["-c", rootCommands()], { cwd: checkout.folder });
            const { ca, ...settings } = configuration("examples/bring-your-own-root/Pulumi.bring-your-own-root.yaml");
            const givenRoot = {
                certificate: checkout.read("root-cert.pem"),
                privateKey: checkout.read("root-key.pem"),
            };
            const withRoot = { ...z.record(z.string(), z.json()).parse(ca), givenRoot };
            write("bring-your-own-root", { ...settings, ca: withRoot });
            const up = await mesh("up", "bring-your-own-root");
            expect(up.all).not.to.contain("PRIVATE KEY");
            const outputs = z.object({ rootCertificate: z.string() });
            const { stdout } = await mesh("outputs", "bring-your-own-root");
            expect(outputs.parse(JSON.parse(stdout)).rootCertificate.trim()).to.equal(givenRoot.certificate.trim());
            const checks = await proofOf("bring-your-own-root");
            expect(["common-root", "remote-answers"].map((id) => checks[id]?.result)).to.deep.equal(["pass", "pass"]);
        });

        after(() => mesh("destroy", "bring-your-own-root"));
    });
});

/** Of a Job's specification what its author wrote. */
const jobFields = z.object({
    spec: z.object({
        backoffLimit: z.number(),
        template: z.object({
            metadata: z.object({ labels: z.object({ "sidecar.istio.io/inject": z.string() }), annotations: z.json() }),
            spec: z.json(),
        }),
    }),
});

/** The README's own, which make a root for a trial. */
function rootCommands(): string {
    const readme = readFileSync(path.join("examples", "bring-your-own-root", "README.md"), "utf8");
    const [, commands] = /```sh\n(openssl[^`]*)```/.exec(readme) ?? [];
    if (commands === undefined) throw new Error("the README has no openssl commands");
    return commands;
}
