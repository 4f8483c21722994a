import { expect } from "chai";
import { stringify } from "yaml";
import { contextOf, filesOf, KubeconfigError, readKubeconfig, refusalOf } from "../../../shared/kubeconfig";

const TOKEN = "kubeconfig-u-abc12:planted-token";
const entry = (server: string, more: object = {}) => ({ name: "c", cluster: { server, ...more } });
const config = {
    clusters: [entry("https://api.example.org")],
    users: [{ name: "u", user: { token: TOKEN } }],
    contexts: [{ name: "prod", context: { cluster: "c", user: "u" } }],
    "current-context": "prod",
};
const text = (more: object = {}) => stringify({ ...config, ...more });

function message(act: () => unknown): string {
    try {
        act();
    } catch (error) {
        if (error instanceof KubeconfigError) return error.message;
        throw error;
    }
    return expect.fail("it was taken");
}

describe("a kubeconfig", () => {
    it("leads from a context to its cluster and its user", () => {
        const { cluster, user } = contextOf(readKubeconfig(text()));
        expect([cluster.server, user.token]).to.deep.equal(["https://api.example.org", TOKEN]);
    });

    it("may hold half-made entries, as long as no one asks for them", () => {
        const contexts = [...config.contexts, { name: "leftover", context: { namespace: "demo" } }];
        const clusters = [...config.clusters, { name: "empty" }];
        const read = readKubeconfig(text({ contexts, clusters, users: null }));
        expect(contextOf(read, "prod").user).to.deep.equal({});
        expect(message(() => contextOf(read, "leftover"))).to.equal(
            "context leftover of the kubeconfig names no cluster",
        );
    });

    const mistakes: [string, object, string | undefined, string][] = [
        ["a context that is not there", {}, "dev", "the kubeconfig has no context dev (contexts: prod)"],
        [
            "no current context",
            { "current-context": "" },
            undefined,
            "the kubeconfig has no current context, and `context` is not set",
        ],
        [
            "a cluster that is gone",
            { clusters: [] },
            undefined,
            "context prod leads to cluster c, which the kubeconfig lacks",
        ],
        [
            "no server",
            { clusters: [{ name: "c", cluster: {} }] },
            undefined,
            "cluster c of the kubeconfig needs another server",
        ],
        [
            "a token that is none",
            { users: [{ name: "u", user: { token: 7 } }] },
            undefined,
            "user u of the kubeconfig needs another token",
        ],
    ];
    for (const [what, more, context, said] of mistakes) {
        it(`with ${what} says so`, () => {
            expect(message(() => contextOf(readKubeconfig(text(more)), context))).to.equal(said);
        });
    }

    it("is never quoted where it is no YAML", () => {
        for (const broken of [
            `token: "${TOKEN}\nnext: 1`,
            `a:\n\ttoken: ${TOKEN}: x`,
            `users: [${TOKEN}`,
            `token: ${TOKEN}: x`,
        ]) {
            expect(message(() => readKubeconfig(broken)))
                .to.match(/^this is not a kubeconfig: /)
                .and.not.to.contain("planted");
        }
        expect(message(() => readKubeconfig(`x: 1\ny: "${TOKEN}`))).to.equal(
            "this is not a kubeconfig: line 2 is no YAML",
        );
    });

    it("names the files that it needs of one machine, where it does not hold their content", () => {
        const cluster = entry("https://a", { "certificate-authority": "/ca.crt" });
        const users = [{ name: "u", user: { tokenFile: "/token", "client-key": "/key", "client-key-data": "a2V5" } }];
        const context = contextOf(readKubeconfig(text({ clusters: [cluster], users })));
        expect(filesOf(context)).to.deep.equal(["certificate-authority: /ca.crt", "tokenFile: /token"]);
    });

    it("is refused where the cluster would not be verified, or the user's way is gone", () => {
        const refusal = (more: object) => refusalOf(contextOf(readKubeconfig(text(more))));
        expect(refusal({})).to.equal(undefined);
        expect(refusal({ clusters: [entry("http://a")] })).to.equal("its server must be an https URL");
        expect(refusal({ clusters: [entry("https://a", { "insecure-skip-tls-verify": true })] })).to.contain(
            "not verified",
        );
        expect(refusal({ users: [{ name: "u", user: { username: "me", password: TOKEN } }] })).to.equal(
            "Kubernetes has removed `username`: it must use exec, a client certificate or a token",
        );
    });
});
