/** Meshes that are made in other ways than ours: what is read of them, in both directions. */
import { expect } from "chai";
import { type CheckReport, fromPeers } from "../../../verify";
import { conclude } from "../../../verify/check";
import { isToBeInjected } from "../../../verify/checks/dataPlane/sidecarsInjected";
import { disablingIn } from "../../../verify/checks/policy/mtlsNotDisabled";
import { certificateLifetimes } from "../../../verify/checks/trust/certificateLifetimes";
import { readCacerts } from "../../../verify/observe/cacerts";
import { imageTag } from "../../../verify/observe/istio";
import { isSelected, type Selector } from "../../../verify/observe/meshConfig";
import { judgeWorkloads } from "../../../verify/probe/checks/probeWorkloads";
import { type Found, meshOfSurveys, type DeclaredPeers } from "../../../verify/survey";
import { intermediate, leaf, parsed, root } from "../../support/certificates";
import { gatewayService } from "../../support/gatewayService";
import { twoClusters } from "./meshes";

describe("peers of clusters that nobody declares", () => {
    const authority = (fingerprint: string) => ({ subject: "CN=Root CA", fingerprint, validTo: new Date(0) });
    const found = (name: string, changes: Partial<Found> = {}): Found => ({
        apiServer: "https://10.1.0.2:6443",
        kubernetes: "v1.34.4",
        clusterName: `${name}-cluster`,
        network: `${name}-network`,
        meshId: "usmesh",
        gateways: [gatewayService({ network: `${name}-network`, dials: [{ address: "10.1.0.9", port: 443 }] })],
        ingress: [],
        remotes: [],
        istiods: [],
        roots: [authority("AA")],
        unseen: [],
        ...changes,
    });
    const remote = { secret: "s", clusterName: "east-cluster", unreadable: "" };
    const peers = (west: Partial<Found>, east: Partial<Found>, declared?: DeclaredPeers) => {
        const surveys = [
            { cluster: "west", found: found("west", west) },
            { cluster: "east", found: found("east", east) },
        ];
        return meshOfSurveys(twoClusters.clusters, surveys, declared).clusters.map((each) => each.peers);
    };

    it("are all that are of one mesh id and one root, with or without remote Secrets", () => {
        expect(peers({}, {})).to.deep.equal([["east"], ["west"]]);
        expect(peers({ remotes: [remote] }, {})).to.deep.equal([["east"], ["west"]]);
        expect(peers({ roots: [] }, {})).to.deep.equal([["east"], ["west"]]);
    });

    it("are those that remote Secrets name where clusters are of two meshes", () => {
        expect(peers({ meshId: "other" }, {})).to.deep.equal([[], []]);
        expect(peers({ roots: [authority("BB")] }, {})).to.deep.equal([[], []]);
        expect(peers({ roots: [authority("BB")], remotes: [remote] }, {})).to.deep.equal([["east"], []]);
    });

    it("are as declared where a mesh is one-way on purpose", () => {
        expect(peers({ remotes: [remote] }, {}, "found")).to.deep.equal([["east"], []]);
        expect(peers({}, {}, { west: ["east"] })).to.deep.equal([["east"], []]);
    });

    it("are served by the istiod that an annotation names, or by any that is looked at", () => {
        const primaryOf = (primary: string) =>
            meshOfSurveys(twoClusters.clusters, [
                { cluster: "west", found: found("west") },
                { cluster: "east", found: found("east", { primary }) },
            ]).clusters.map((each) => each.primary);
        expect(primaryOf("west-cluster")).to.deep.equal([undefined, "west-cluster"]);
        expect(primaryOf("north, west-cluster")).to.deep.equal([undefined, "west-cluster"]);
        expect(primaryOf("*")).to.deep.equal([undefined, "west-cluster"]);
        expect(primaryOf("north")).to.deep.equal([undefined, "north"]);
    });

    it("are dialled at the port of their gateway", () => {
        const surveys = [{ cluster: "west", found: found("west") }];
        const [west] = meshOfSurveys(twoClusters.clusters, surveys).clusters;
        expect(west?.eastWestGateway).to.deep.equal({ address: "10.1.0.9", port: 443 });
    });
});

describe("Secret cacerts", () => {
    const data = (...names: string[]) =>
        Object.fromEntries(names.map((name) => [name, Buffer.from(`of ${name}`).toString("base64")]));
    const istio = ["ca-cert.pem", "ca-key.pem", "cert-chain.pem", "root-cert.pem"];

    it("has one of two shapes", () => {
        expect(readCacerts(data(...istio))).to.deep.include({
            shape: "istio",
            missing: [],
            keys: [],
            root: "of root-cert.pem",
        });
        expect(readCacerts(data("tls.crt", "tls.key", "ca.crt"))).to.deep.include({
            shape: "cert-manager",
            missing: [],
            keys: [],
            certificate: "of tls.crt",
            key: "of tls.key",
            root: "of ca.crt",
        });
    });

    it("may have a list of revoked certificates and notes beside them, and no further key", () => {
        expect(readCacerts(data(...istio, "ca-crl.pem", "notes"))).to.deep.include({ missing: [], keys: [] });
        const pem = Buffer.from("-----BEGIN EC PRIVATE KEY-----").toString("base64");
        expect(readCacerts({ ...data(...istio, "root-key.pem"), backup: pem }).keys).to.deep.equal([
            "backup",
            "root-key.pem",
        ]);
    });

    it("lacks what istiod would look for", () => {
        expect(readCacerts(data("tls.crt", "tls.key")).missing).to.deep.equal(["ca.crt"]);
        expect(readCacerts({}).missing).to.deep.equal(istio);
    });
});

describe("pods that are to have a sidecar", () => {
    const pod = (labels: Record<string, string>, spec = {}) => ({
        metadata: { labels },
        spec: { containers: [], ...spec },
    });

    it("are those that their labels or their namespace's say", () => {
        expect(isToBeInjected({ "istio-injection": "enabled" }, pod({}))).to.equal(true);
        expect(isToBeInjected({ "istio.io/rev": "canary" }, pod({}))).to.equal(true);
        expect(isToBeInjected({}, pod({ "sidecar.istio.io/inject": "true" }))).to.equal(true);
        expect(isToBeInjected({}, pod({ "istio.io/rev": "canary" }))).to.equal(true);
    });

    it("are no others", () => {
        expect(isToBeInjected({}, pod({}))).to.equal(false);
        expect(isToBeInjected(undefined, pod({}))).to.equal(false);
        const disabled = { "istio-injection": "disabled", "istio.io/rev": "canary" };
        expect(isToBeInjected(disabled, pod({ "sidecar.istio.io/inject": "true" }))).to.equal(false);
        const enabled = { "istio-injection": "enabled" };
        expect(isToBeInjected(enabled, pod({ "sidecar.istio.io/inject": "false" }))).to.equal(false);
        expect(isToBeInjected(enabled, pod({}, { hostNetwork: true }))).to.equal(false);
    });
});

describe("DestinationRules that turn mutual TLS off", () => {
    const rule = (spec: object) => ({
        metadata: { name: "a", namespace: "shop" },
        spec: { host: "catalog", subsets: [], ...spec },
    });
    const off = { tls: { mode: "DISABLE" }, portLevelSettings: [] };
    const onPort = { portLevelSettings: [{ tls: { mode: "DISABLE" } }] };

    it("do so at the top, for a port, or for a subset", () => {
        expect(disablingIn(rule({ trafficPolicy: off }))).to.deep.equal(["DestinationRule shop/a (trafficPolicy.tls)"]);
        expect(disablingIn(rule({ trafficPolicy: onPort }))).to.deep.equal([
            "DestinationRule shop/a (trafficPolicy.portLevelSettings)",
        ]);
        expect(disablingIn(rule({ subsets: [{ name: "v1", trafficPolicy: off }] }))).to.deep.equal([
            "DestinationRule shop/a (subset v1: trafficPolicy.tls)",
        ]);
    });

    it("do not where they say something else", () => {
        const mutual = { tls: { mode: "ISTIO_MUTUAL" }, portLevelSettings: [{}] };
        expect(disablingIn(rule({ trafficPolicy: mutual, subsets: [{ name: "v1" }] }))).to.deep.equal([]);
    });
});

describe("a gateway that this machine does not reach", () => {
    const report = (id: string, result: "pass" | "fail"): CheckReport => {
        const common = { id, group: "gateways", proves: "", result, seen: ["east: nothing"], seconds: 1 } as const;
        return result === "pass" ? common : { ...common, cause: "c", fix: "f" };
    };
    const looked = [report("gateway-answers", "fail"), report("gateway-ready", "fail")];

    it("is no failure where pods of all peers reach it", () => {
        const [answers, ready] = fromPeers(looked, [report("gateway-answers-peers", "pass")]);
        expect(answers?.result).to.equal("pass");
        expect(answers?.cause).to.equal(undefined);
        expect(answers?.seen).to.have.length(2);
        expect(ready?.result).to.equal("fail");
    });

    it("is one where they do not, or nobody asked them", () => {
        expect(fromPeers(looked, [report("gateway-answers-peers", "fail")])).to.deep.equal(looked);
        expect(fromPeers(looked, [])).to.deep.equal(looked);
    });
});

describe("the tag of an image", () => {
    const pod = (image: string, labels: Record<string, string>) => ({
        metadata: { labels },
        spec: { containers: [{ name: "discovery", image }] },
    });
    const tagOf = (image: string, labels = {}) => imageTag(pod(image, labels), "discovery");

    it("is told from a registry's port and from a digest", () => {
        expect(tagOf("example.org:5000/istio/pilot:1.31.1")).to.equal("1.31.1");
        expect(tagOf("istio/pilot:1.31.1@sha256:abc")).to.equal("1.31.1");
        expect(tagOf("example.org:5000/istio/pilot@sha256:abc")).to.equal("sha256:abc");
        expect(tagOf("istio/pilot@sha256:abc", { "app.kubernetes.io/version": "1.31.1" })).to.equal("1.31.1");
        expect(tagOf("istio/pilot")).to.equal("latest");
    });
});

describe("discoverySelectors", () => {
    const expression = (operator: string, ...values: string[]): Selector => ({
        matchLabels: {},
        matchExpressions: [{ key: "team", operator, values }],
    });

    it("select namespaces as Kubernetes' selectors do", () => {
        expect(isSelected([], {})).to.equal(true);
        const two = [{ matchLabels: { a: "1" }, matchExpressions: [] }, expression("In", "x")];
        expect(isSelected(two, { a: "1" })).to.equal(true);
        expect(isSelected(two, { team: "x" })).to.equal(true);
        expect(isSelected(two, { team: "y" })).to.equal(false);
        expect(isSelected([expression("NotIn", "x")], {})).to.equal(true);
        expect(isSelected([expression("NotIn", "x")], { team: "x" })).to.equal(false);
        expect(isSelected([expression("Exists")], { team: "" })).to.equal(true);
        expect(isSelected([expression("DoesNotExist")], { team: "" })).to.equal(false);
    });

    it("that leave the probe out are named", () => {
        const none = { withoutSidecar: [], notReady: [], sidecarNotReady: false };
        const [part] = judgeWorkloads([{ cluster: "west", seconds: 0, ...none, isUnread: true }]);
        expect(part?.cause).to.contain("discoverySelectors of west have expressions");
    });
});

describe("an authority above the intermediate", () => {
    it("must last as long as one", async () => {
        const judge = async (days: number) => {
            const ca = await root();
            const organisation = await intermediate(ca, "organisation", { days, pathLength: 1 });
            const signer = await intermediate(organisation, "east");
            const own = await leaf(signer, "spiffe://cluster.local/ns/shop/sa/a");
            const chain = [own, signer.certificate, organisation.certificate].map(parsed);
            const workload = { pod: "shop/a", chain, roots: [parsed(ca.certificate)] };
            return conclude(
                certificateLifetimes.judge({ trusts: [{ cluster: "east", workload }], now: new Date() }, twoClusters),
            );
        };
        expect((await judge(365)).result).to.equal("pass");
        expect((await judge(10)).cause).to.equal(
            "The authority above the intermediate (CN=organisation) of east ends in 10.0 days, of 11.",
        );
    });

    it("need not be there where an external CA signs with the root", async () => {
        const ca = await root();
        const chain = [parsed(await leaf(ca, "spiffe://cluster.local/ns/shop/sa/a"))];
        const workload = { pod: "shop/a", chain, roots: [parsed(ca.certificate)] };
        const finding = conclude(
            certificateLifetimes.judge({ trusts: [{ cluster: "east", workload }], now: new Date() }, twoClusters),
        );
        expect(finding.result, finding.cause).to.equal("pass");
    });
});
