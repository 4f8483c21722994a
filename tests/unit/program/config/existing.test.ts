import { expect } from "chai";
import { stringify } from "yaml";
import { parseConfig } from "../../../../program/config";
import { LOCAL_SAMPLE_APPS } from "../../../support/sampleApps";
import { problemsOf, settings, SURROUNDINGS } from "./support";

function kubeconfig(server: string): string {
    return stringify({
        clusters: [{ name: "c", cluster: { server, "certificate-authority-data": "Y2E=" } }],
        contexts: [{ name: "prod", context: { cluster: "c", user: "u" } }],
        users: [{ name: "u", user: { token: "very-secret-token" } }],
        "current-context": "prod",
    });
}

function stack(west: object) {
    return settings({
        clusters: { west: { source: "existing", ...west } },
        sampleApps: { ...LOCAL_SAMPLE_APPS, catalog: [], webapp: [] },
    });
}

describe("existing clusters", () => {
    it("are known by their kubeconfig, given as content", () => {
        const text = kubeconfig("https://api.example.org:6443");
        const { clusters } = parseConfig(stack({ kubeconfig: text }), SURROUNDINGS);
        expect(clusters.map(({ source }) => source)).to.deep.equal([
            {
                source: "existing",
                kubeconfig: text,
                context: undefined,
                apiServer: "https://api.example.org:6443",
            },
        ]);
    });

    it("are known by their kubeconfig, given as a file, with a context and an address for peers", () => {
        const text = kubeconfig("https://127.0.0.1:40001");
        const readFile = (path: string) => (path === "west.yaml" ? text : "");
        const west = { kubeconfigFile: "west.yaml", context: "prod", apiServer: "https://10.0.0.2:6443" };
        const { clusters } = parseConfig(stack(west), { ...SURROUNDINGS, readFile });
        expect(clusters[0]?.source).to.deep.include({ apiServer: "https://10.0.0.2:6443", context: "prod" });
    });

    const mistakes: [string, object, string, string | undefined, string][] = [
        ["no kubeconfig", {}, "clusters.west", undefined, "needs exactly one of `kubeconfig`"],
        [
            "two kubeconfigs",
            { kubeconfig: "a", kubeconfigFile: "b" },
            "clusters.west",
            undefined,
            "needs exactly one of",
        ],
        [
            "a file that is not there",
            { kubeconfigFile: "x.yaml" },
            "clusters.west.kubeconfigFile",
            "x.yaml",
            "no such file",
        ],
        [
            "what is no kubeconfig",
            { kubeconfig: "password: 1" },
            "clusters.west.kubeconfig",
            undefined,
            "this is not a kubeconfig",
        ],
        [
            "a context that is not there",
            { kubeconfig: kubeconfig("https://api.example.org"), context: "dev" },
            "clusters.west.kubeconfig",
            undefined,
            "the kubeconfig has no context dev (contexts: prod)",
        ],
        [
            "an API server without TLS",
            { kubeconfig: kubeconfig("http://api.example.org") },
            "clusters.west.kubeconfig",
            undefined,
            "context prod cannot be used: its server must be an https URL",
        ],
        [
            "files of one machine",
            {
                kubeconfig: kubeconfig("https://api.example.org").replace(
                    "token: very-secret-token",
                    "client-key: /home/me/key.pem",
                ),
            },
            "clusters.west.kubeconfig",
            undefined,
            "a path is one of a single machine (client-key: /home/me/key.pem)",
        ],
        [
            "a loopback address for peers",
            { kubeconfig: kubeconfig("https://127.0.0.1:6443") },
            "clusters.west.kubeconfig",
            "https://127.0.0.1:6443",
            "must be reachable from the pods of other clusters, which a loopback address is not",
        ],
        [
            "an address without TLS",
            { kubeconfig: kubeconfig("https://api.example.org"), apiServer: "http://api.example.org" },
            "clusters.west.apiServer",
            "http://api.example.org",
            "must be an https URL",
        ],
    ];
    for (const [what, west, subject, value, rule] of mistakes) {
        it(`are refused with ${what}`, () => {
            const problems = problemsOf(stack(west));
            expect(problems.map((problem) => [problem.subject, problem.value])).to.deep.equal([[subject, value]]);
            expect(problems[0]?.rule).to.contain(rule);
            expect(JSON.stringify(problems)).not.to.contain("very-secret-token");
        });
    }

    it("never have their kubeconfig quoted, whatever is wrong with it", () => {
        const problems = problemsOf(stack({ kubeconfig: 12345 }));
        expect(JSON.stringify(problems)).not.to.contain("12345");
    });
});
