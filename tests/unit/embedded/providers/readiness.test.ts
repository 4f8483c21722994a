import { expect } from "chai";
import type { Json, Properties } from "../../../../embedded/host/providers/provider";
import { awaits, lackOf, lackOfEndpoints, selectsPods } from "../../../../embedded/host/providers/kubernetes/readiness";

const missing = (object: Properties) => lackOf(object)?.missing;

describe("kubernetes provider: readiness", () => {
    const deployment = (status: Properties, generation = 2): Properties => ({
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { generation },
        spec: { replicas: 2 },
        status: { observedGeneration: 2, ...status },
    });

    it("follows the rollout of a Deployment to its end", () => {
        const steps: [Properties, string | undefined][] = [
            [deployment({}, 3), "its controller has not seen it yet"],
            [deployment({ replicas: 2 }), "0 of 2 pods are of the new version"],
            [
                deployment({ replicas: 3, updatedReplicas: 1, availableReplicas: 2 }),
                "1 of 2 pods are of the new version",
            ],
            [deployment({ replicas: 2, updatedReplicas: 2, availableReplicas: 1 }), "1 of 2 pods are available"],
            [
                deployment({ replicas: 3, updatedReplicas: 2, availableReplicas: 3 }),
                "1 pods of the old version are left",
            ],
            [deployment({ replicas: 2, updatedReplicas: 2, availableReplicas: 2 }), undefined],
        ];
        expect(steps.map(([object]) => missing(object))).to.deep.equal(steps.map(([, expected]) => expected));
    });

    it("gives a rollout up that its controller has given up", () => {
        const condition = {
            type: "Progressing",
            status: "False",
            reason: "ProgressDeadlineExceeded",
            message: "timed out",
        };
        expect(lackOf(deployment({ conditions: [condition] }))).to.deep.equal({ missing: "timed out", failed: true });
    });

    it("waits for the data of a token Secret only", () => {
        const secret = (type: string, data: Properties) => ({ apiVersion: "v1", kind: "Secret", type, data });
        expect(missing(secret("kubernetes.io/service-account-token", {}))).to.contain("token");
        expect(missing(secret("kubernetes.io/service-account-token", { token: "x" }))).to.equal(undefined);
        expect(missing(secret("Opaque", {}))).to.equal(undefined);
    });

    it("waits for a load balancer's address, and for the pods that a Service selects", () => {
        const service = (spec: Properties, status: Properties = {}) => ({
            apiVersion: "v1",
            kind: "Service",
            spec,
            status,
        });
        const balanced = { type: "LoadBalancer", selector: { a: "b" } };
        expect(missing(service(balanced))).to.contain("no load-balancer address");
        expect(missing(service(balanced, { loadBalancer: { ingress: [{ hostname: "h" }] } }))).to.equal(undefined);
        expect(selectsPods(service(balanced))).to.equal(true);
        const others: Properties[] = [
            {},
            { selector: {} },
            { clusterIP: "None", selector: { a: "b" } },
            { type: "ExternalName", selector: { a: "b" } },
        ];
        expect(others.map((spec) => selectsPods(service(spec)))).to.deep.equal([false, false, false, false]);
        const slice = (...ready: boolean[]): Json => ({
            endpoints: ready.map((value) => ({ conditions: { ready: value } })),
        });
        expect(lackOfEndpoints([])?.missing).to.contain("not been looked up");
        expect(lackOfEndpoints([slice(true), slice(false, false)])?.missing).to.equal("2 of its pods are not ready");
        expect(lackOfEndpoints([slice(true), slice()])).to.equal(undefined);
    });

    it("judges jobs, namespaces and definitions by their own words", () => {
        const object = (apiVersion: string, kind: string, status: Properties): Properties => ({
            apiVersion,
            kind,
            status,
        });
        const condition = (type: string, status: string, reason: string): Json => ({
            type,
            status,
            reason,
            message: "m",
        });
        expect(
            lackOf(object("batch/v1", "Job", { conditions: [condition("Failed", "True", "BackoffLimitExceeded")] })),
        ).to.deep.equal({
            missing: "condition Complete does not hold; Failed BackoffLimitExceeded m",
            failed: true,
        });
        expect(missing(object("v1", "Namespace", { phase: "Terminating" }))).to.equal("its phase is Terminating");
        const established = object("apiextensions.k8s.io/v1", "CustomResourceDefinition", {
            conditions: [condition("Established", "True", "")],
        });
        expect(missing(established)).to.equal(undefined);
        expect(missing(object("networking.istio.io/v1", "Gateway", {}))).to.equal(undefined);
    });

    it("puts the program's own condition before the rule of the kind", () => {
        const object = (waitFor: string): Properties => ({
            apiVersion: "v1",
            kind: "Service",
            metadata: { annotations: { "pulumi.com/waitFor": waitFor } },
            spec: { type: "LoadBalancer" },
            status: { phase: "Running", conditions: [{ type: "Synced", status: "True" }] },
            data: { token: "", "ca.crt": "x" },
        });
        expect(missing(object("jsonpath={.data.token}"))).to.equal(undefined);
        expect(missing(object("jsonpath={.data.key}"))).to.equal("there is no .data.key");
        expect(() => lackOf(object("condition=Ready"))).to.throw("jsonpath={.a.b} only, not as condition=Ready");
    });

    it("waits for nothing that the program does not want waited for", () => {
        const service = {
            apiVersion: "v1",
            kind: "Service",
            metadata: { annotations: { "pulumi.com/skipAwait": "true" } },
        };
        expect(awaits(service)).to.equal(false);
        expect(awaits({ ...service, metadata: {} })).to.equal(true);
        expect(awaits({ apiVersion: "v1", kind: "ConfigMap", metadata: {} })).to.equal(false);
    });
});
