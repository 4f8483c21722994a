/** Users who may not see everything: what they may see is judged, and nothing false is said of the rest. */
import { expect } from "chai";
import { CHECKS } from "../../verify/checks";
import { runChecks } from "../../verify/runner";
import { meshOfSurveys, survey } from "../../verify/survey";
import type { BrokenMesh } from "../support/brokenMesh";
import { withUser } from "./pre";

interface Missing {
    readonly what: string;
    readonly rules: readonly object[];
    /** What every check that could not be made says. */
    readonly says: RegExp;
    /** Ids of checks that are made all the same. */
    readonly judged: readonly string[];
}

const EVERYTHING = ["get", "list"];
const OTHERS = [
    {
        apiGroups: ["apps", "discovery.k8s.io", "networking.istio.io", "security.istio.io"],
        resources: ["*"],
        verbs: EVERYTHING,
    },
    {
        apiGroups: ["admissionregistration.k8s.io", "networking.k8s.io", "gateway.networking.k8s.io"],
        resources: ["*"],
        verbs: EVERYTHING,
    },
];
const READ = [
    "configmaps",
    "endpoints",
    "events",
    "namespaces",
    "nodes",
    "pods",
    "pods/log",
    "services",
    "serviceaccounts",
];
const core = (...resources: string[]) => ({ apiGroups: [""], resources, verbs: EVERYTHING });

export const MISSING: readonly Missing[] = [
    {
        what: "a user that may not forward ports",
        rules: [...OTHERS, core(...READ, "secrets")],
        says: /east: port-forward: the right to create pods\/portforward is missing/,
        judged: ["clusters-ready", "cluster-identity", "remote-secrets", "stored-root", "injector", "gateway-ready"],
    },
    {
        what: "a user that may not read Secrets",
        rules: [
            ...OTHERS,
            core(...READ),
            { apiGroups: [""], resources: ["pods/portforward"], verbs: ["create", "get"] },
        ],
        says: /east: .*[Ss]ecrets?.*(forbidden|cannot)/,
        judged: ["clusters-ready", "cluster-identity", "common-root", "peer-endpoints", "gateway-ready"],
    },
];

export function describeMissing(title: string, mesh: BrokenMesh): void {
    describe(title, () => {
        for (const { what, rules, says, judged } of MISSING) {
            it(`${what}: the rest is judged, and nothing fails`, async () => {
                try {
                    const metadata = { name: "seer" };
                    const role = { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", metadata, rules };
                    await mesh.kubectl("east", ["apply", "-f", "-"], JSON.stringify(role));
                    mesh.later(() => mesh.kubectl("east", ["delete", "clusterrole", "seer"]));
                    const { clusters } = await withUser(mesh, "seer");
                    const seen = meshOfSurveys(clusters, await survey({ clusters }));
                    expect(seen.clusters.map(({ clusterName }) => clusterName)).to.have.members([
                        "west-cluster",
                        "east-cluster",
                    ]);
                    const { checks: results } = await runChecks(seen, CHECKS, { patience: 0 });
                    const failed = results.filter(({ result }) => result === "fail");
                    expect(failed.map(({ id, cause, seen: lines }) => [id, cause, ...lines])).to.deep.equal([]);
                    for (const { id, result, seen: lines } of results) {
                        if (result === "error") expect(lines.join(), id).to.match(says);
                    }
                    const passed = results.filter(({ result }) => result === "pass").map(({ id }) => id);
                    expect(passed).to.include.members(judged);
                } finally {
                    await mesh.mend();
                }
            });
        }
    });
}
