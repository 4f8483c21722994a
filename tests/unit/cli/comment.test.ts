import { expect } from "chai";
import { comment, MARKER } from "../../../cli/preview/comment";
import { impactOf } from "../../../cli/preview/impact";
import type { Outcome } from "../../../hosts/interface/host";
import { NO_STEPS, type Step, type StepKind } from "../../../hosts/interface/steps";

function step(kind: StepKind, type: string, name: string, changes: Step["changes"] = []): Step {
    return { urn: `urn:${name}`, type, name, kind, changes };
}

const SECRET = "kubernetes:core/v1:Secret";
const RELEASE = "kubernetes:helm.sh/v3:Release";
const SIGNED = "tls:index/locallySignedCert:LocallySignedCert";

describe("the impact of a preview", () => {
    const impacts: [string, Step, string | undefined][] = [
        ["a cluster made", step("create", "kind:index/cluster:Cluster", "north"), "Cluster north is made."],
        [
            "a cluster made anew",
            step("replace", "kind:index/cluster:Cluster", "west"),
            "**Cluster west is deleted, with everything in it.**",
        ],
        [
            "another root",
            step("replace", "tls:index/selfSignedCert:SelfSignedCert", "root-ca-certificate"),
            "**The root of trust changes: clusters stop trusting each other until every one of them has the new root, and its workloads have new certificates.**",
        ],
        [
            "a renewed certificate",
            step("replace", SIGNED, "root-ca-west"),
            "Cluster west gets a new certificate for its intermediate. Workloads trust both the old and the new one.",
        ],
        ["the first certificate", step("create", SIGNED, "root-ca-west"), undefined],
        [
            "another authority",
            step("update", SECRET, "west-control-plane-cacerts"),
            "istiod of west signs with another certificate, which it loads without a restart.",
        ],
        ["a new peer", step("create", SECRET, "west-reads-north-secret"), "west begins to discover services in north."],
        ["a lost peer", step("delete", SECRET, "west-reads-east-secret"), "**west loses all endpoints in east.**"],
        [
            "an upgrade",
            step("update", RELEASE, "east-control-plane-istiod"),
            "istiod of east is upgraded or reconfigured and may restart. Proxies keep working meanwhile.",
        ],
        [
            "a lost gateway",
            step("replace", RELEASE, "east-eastwest-release"),
            "**Other clusters can no longer reach east; a new gateway may have another address.**",
        ],
        ["an app", step("update", "kubernetes:apps/v1:Deployment", "west-apps-webapp-deployment"), undefined],
    ];
    for (const [what, change, sentence] of impacts) {
        it(`of ${what}`, () => {
            expect(impactOf([change])).to.deep.equal(sentence === undefined ? [] : [sentence]);
        });
    }

    it("of another model: what its resources mean together, and not alone", () => {
        const namespace = step("update", "kubernetes:core/v1:Namespace", "east-control-plane-namespace");
        const changes = (kind: StepKind) => [
            namespace,
            step(kind, SECRET, "east-control-plane-cacerts"),
            step(kind, SIGNED, "root-ca-east"),
            step(kind, SECRET, "east-reads-west-secret"),
            step("update", RELEASE, "east-control-plane-istiod"),
        ];
        const [leaves, ...rest] = impactOf([
            ...changes("delete"),
            step("create", "kubernetes:networking.istio.io/v1:Gateway", "west-eastwest-istiod-gateway"),
        ]);
        expect(leaves).to.contain("**The istiod of cluster east goes, and that of another cluster serves it.");
        expect(rest).to.deep.equal([
            "istiod of west becomes reachable from other clusters, on ports 15012 and 15017 of its east-west gateway.",
        ]);
        expect(impactOf(changes("create")).join()).to.match(/^Cluster east gets an istiod of its own[^*]*$/);
    });

    it("of an istiod that moves out of its cluster, and back", () => {
        const namespace = step("update", "kubernetes:core/v1:Namespace", "west-control-plane-namespace");
        const [out, first] = impactOf([namespace, step("delete", SECRET, "west-control-plane-cacerts")]);
        expect(out).to.match(/^\*\*The istiod of cluster west goes.*nor while the other istiod is away\.\*\*$/);
        expect(first).to.equal(undefined);
        const outside = (kind: StepKind) => [
            step(kind, "kubernetes:core/v1:Service", "hub-control-plane-service"),
            step(kind, "kubernetes:core/v1:Namespace", "hub-control-plane-namespace"),
            step(kind, SECRET, "hub-control-plane-cacerts"),
            step(kind, RELEASE, "hub-control-plane-istiod"),
        ];
        expect(impactOf(outside("create")).join()).to.match(/^An istiod for the mesh runs in hub, outside of it[^*]*$/);
        expect(impactOf(outside("delete"))).to.deep.equal([
            "**The istiod in hub goes. Clusters that it served, and that get no other, keep what runs and start no new pods.**",
        ]);
    });

    it("of services that clusters share", () => {
        const of = (kind: StepKind, type: string, name: string, changes: Step["changes"] = []) =>
            impactOf([step(kind, `kubernetes:${type}`, name, changes)]);
        const service = "west-shares-orders.shop-service";
        expect(of("create", "core/v1:Service", service)).to.deep.equal([
            "Clients in west find orders.shop, which other clusters run.",
        ]);
        expect(of("delete", "core/v1:Service", service)).to.deep.equal([
            "**Clients in west lose orders.shop: its name is gone there.**",
        ]);
        const policy = ["security.istio.io/v1:AuthorizationPolicy", "west-shares-orders.shop-callers"] as const;
        expect(of("create", ...policy)).to.deep.equal([
            "**In west, only the callers that are listed may call orders.shop from now on.**",
        ]);
        expect(of("delete", ...policy)).to.deep.equal([
            "**In west, nothing here says any longer who may call orders.shop.**",
        ]);
        const hosts = (index: number, before?: string, after?: string): Step["changes"][number] => ({
            path: `spec.servers[0].hosts[${index}]`,
            kind: "update",
            ...(before !== undefined && { before: JSON.stringify(before) }),
            ...(after !== undefined && { after: JSON.stringify(after) }),
            replaces: false,
        });
        const gateway = ["networking.istio.io/v1:Gateway", "west-eastwest-cross-network"] as const;
        const [a, b] = ["a.shop.svc.cluster.local", "b.shop.svc.cluster.local"];
        const none = "no-service.istio-system.svc.cluster.local";
        expect(of("update", ...gateway, [hosts(0, "*.local", a)])).to.deep.equal([
            "Other networks reach a.shop in west. **Other networks no longer reach any other service in west.**",
        ]);
        expect(of("update", ...gateway, [hosts(0, a, b), hosts(1, b)])).to.deep.equal([
            "**Other networks no longer reach a.shop in west.**",
        ]);
        expect(of("update", ...gateway, [hosts(0, a, none)])).to.deep.equal([
            "**Other networks no longer reach a.shop in west.**",
        ]);
        expect(of("update", ...gateway, [hosts(0, a, "*.local")])).to.deep.equal([
            "Other networks reach every service in west.",
        ]);
        const known = (change: Step["changes"][number]) => ({
            ...change,
            path: change.path.replace("spec.servers[0]", "values.meshConfig.serviceSettings[1]"),
        });
        const istiod = ["helm.sh/v3:Release", "west-control-plane-istiod"] as const;
        const restarts = "istiod of west is upgraded or reconfigured and may restart. Proxies keep working meanwhile.";
        expect(of("update", ...istiod, [known(hosts(1, a, b)), known(hosts(2, b))])).to.deep.equal([
            `${restarts} **Clients in west no longer find a.shop in other clusters.**`,
        ]);
        expect(of("update", ...istiod, [known(hosts(1, undefined, a))])).to.deep.equal([restarts]);
    });

    it("says the same thing once", () => {
        const changes = ["root-ca-key", "root-ca-certificate"].map((name) => step("replace", "tls:x:Y", name));
        expect(impactOf(changes)).to.have.length(1);
    });
});

describe("the comment of a pull request", () => {
    const preview = (...changes: Step[]): Outcome => ({
        command: "preview",
        counts: { ...NO_STEPS, update: changes.length, same: 3 },
        changes,
        seconds: 1.5,
    });

    it("says per stack what changes, what it means, and never a value", () => {
        const change = { path: "data.tls|key", kind: "update", before: "old", after: "new", replaces: true } as const;
        const outcomes = new Map([
            ["root", [preview()]],
            ["west", [preview(step("update", SECRET, "west-control-plane-cacerts", [change]))]],
        ]);
        expect(comment(outcomes)).to.equal(
            [
                MARKER,
                "",
                "## What this changes in the mesh",
                "",
                "### Stack root",
                "",
                "Nothing changes.",
                "",
                "### Stack west",
                "",
                "- istiod of west signs with another certificate, which it loads without a restart.",
                "",
                "<details>",
                "",
                "<summary>1 to update, 3 unchanged in 1.5 s</summary>",
                "",
                "|  | type | resource | what changes |",
                "| --- | --- | --- | --- |",
                "| update | Secret | west-control-plane-cacerts | `data.tls\\|key` (needs replacement) |",
                "",
                "</details>",
                "",
            ].join("\n"),
        );
    });

    it("stays within a comment's limit", () => {
        const many = Array.from({ length: 500 }, (_, index) => step("create", SECRET, `secret-${String(index)}`));
        const text = comment(new Map([["mesh", [preview(...many)]]]));
        expect(text.length).to.be.below(65_536);
        expect(text).to.contain("… and 300 more.");
    });
});
