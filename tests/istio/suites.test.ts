/** What Istio's own tests say of a mesh that this program made: `npm run test:istio`. */
import { expect } from "chai";
import { Checkout } from "../support/checkout";
import { endedBy, type Outcome, runIstioTests } from "../support/istioTests";
import { EXPECTED_FAILURES, LEFT_OUT } from "./expectedFailures";

const CLUSTERS = [
    { name: "west", clusterName: "west-cluster", network: "west-network" },
    { name: "east", clusterName: "east-cluster", network: "east-network" },
];

/** Those that need several clusters, and those that call each service from each cluster. By suite. */
const SUITES: Readonly<Record<string, readonly string[]>> = {
    pilot: [
        "TestRemoteClusters",
        "TestMultiClusterWithContexts",
        "TestBadRemoteSecret",
        "TestClusterLocal",
        "TestMirroring",
        "TestTraffic",
    ],
    security: ["TestReachability"],
};

describe("Istio's own tests of a mesh", function () {
    this.timeout(3_600_000);

    const checkout = new Checkout();
    before(async () => {
        // They send requests through an ingress of each cluster, and ask the DNS of sidecars.
        checkout.edit("Pulumi.yaml", (text) => text.replace("webapp: [west]", "webapp: [west, east]"));
        checkout.edit("Pulumi.mesh.yaml", (text) => `${text}  istio-multicluster:istio:\n    dnsProxy: true\n`);
        const { exitCode, all } = await checkout.mesh("up");
        expect(exitCode, all.slice(-3000)).to.equal(0);
    });
    after(async () => {
        await checkout.mesh("destroy");
        await checkout.mesh("clusters", "delete");
        checkout.remove();
    });

    for (const [suite, tests] of Object.entries(SUITES)) {
        describe(suite, () => {
            let outcomes: ReadonlyMap<string, Outcome> = new Map();
            before(async () => {
                outcomes = await runIstioTests(checkout.home, CLUSTERS, suite, tests, LEFT_OUT);
                const [passed, failed, left] = (["pass", "fail", "skip"] as const).map(
                    (result) => endedBy(outcomes, result).length,
                );
                console.log(`      ${passed} of Istio's tests passed, ${failed} failed, ${left} left out`);
            });

            for (const test of tests) {
                it(`${test} fails in nothing but what upstream Envoy lacks`, () => {
                    const isOf = (name: string): boolean => name === test || name.startsWith(`${test}/`);
                    const failed = endedBy(outcomes, "fail").filter(isOf);
                    const said = failed.map((name) => outcomes.get(name)?.output.slice(-2000)).join("\n");
                    expect(failed, said).to.have.members(Object.keys(EXPECTED_FAILURES).filter(isOf));
                    expect(endedBy(outcomes, "pass").some(isOf)).to.equal(true);
                });
            }
        });
    }
});
