import { expect } from "chai";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { goPrograms } from "../../../../embedded/toolchain/goPrograms";
import { envoyRequirement, goModule, readPins } from "../../../../embedded/toolchain/pins";

describe("pins", () => {
    it("reads versions in the form that each project writes them", () => {
        const { kubernetes, istio, coredns, envoy } = readPins();
        expect(kubernetes).to.match(/^v1\.\d+\.\d+$/);
        expect(istio).to.match(/^\d+\.\d+\.0-dev\.20\d{6}$/);
        expect(coredns).to.match(/^\d+\.\d+\.\d+$/);
        expect(envoy).to.match(/^\d+\.\d+\.\d+$/);
    });

    it("takes all staging modules of Kubernetes from one release", () => {
        const goMod = readFileSync(path.join(goModule("kubernetes"), "go.mod"), "utf8");
        const replaced = [...goMod.matchAll(/=> (k8s\.io\/\S+) (v\S+)/g)].map(([, , version]) => version);
        expect(replaced).to.have.length(31);
        expect([...new Set(replaced)]).to.deep.equal([readPins().kubernetes.replace(/^v1\./, "v0.")]);
    });

    it("takes Istio's tests from the commit that istiod is built from", () => {
        const [istiod, tests] = ["istio", "istio-tests"].map((name) =>
            /^require istio\.io\/istio (\S+)$/m.exec(readFileSync(path.join(goModule(name), "go.mod"), "utf8"))?.at(1),
        );
        expect(istiod).to.be.a("string").and.equal(tests);
    });

    it("pins Envoy by hash for both processors", () => {
        const hashes = readFileSync(envoyRequirement, "utf8").match(/--hash=sha256:[0-9a-f]{64}\b/g);
        expect(hashes).to.have.length(2);
    });

    it("has the checksums of every module that has requirements", () => {
        for (const name of [
            "coredns",
            "etcd",
            "helm",
            "istio",
            "istio-tests",
            "kubernetes",
            "load-balancer",
            "pulumi",
            "pulumi-kubernetes",
        ]) {
            expect(existsSync(path.join(goModule(name), "go.sum")), name).to.equal(true);
        }
    });

    it("keys a program by its module and its version stamps", () => {
        const pins = readPins();
        const one = goPrograms(pins);
        const other = goPrograms({ ...pins, kubernetes: "v1.99.0" });
        expect(other.etcd.key).to.equal(one.etcd.key);
        expect(other.kubernetes.key).not.to.equal(one.kubernetes.key);
        expect(one.pilotAgent.key).not.to.equal(one.istio.key);
    });
});
