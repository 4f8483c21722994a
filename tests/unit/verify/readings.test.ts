/** What each check makes of recorded readings: every branch of its judgement. */
import { X509Certificate } from "node:crypto";
import { expect } from "chai";
import { conclude, type Part } from "../../../verify/check";
import { certificateLifetimes } from "../../../verify/checks/trust/certificateLifetimes";
import { clockDifference } from "../../../verify/checks/clusters/clockDifference";
import { clusterIdentity } from "../../../verify/checks/controlPlane/clusterIdentity";
import { istiodReady } from "../../../verify/checks/controlPlane/istiodReady";
import { proxiesSynced } from "../../../verify/checks/controlPlane/proxiesSynced";
import { peersSynced } from "../../../verify/checks/discovery/peersSynced";
import { gatewayAnswers } from "../../../verify/checks/gateways/gatewayAnswers";
import { gatewayReady } from "../../../verify/checks/gateways/gatewayReady";
import { injector } from "../../../verify/checks/controlPlane/injector";
import { mtlsNotDisabled } from "../../../verify/checks/policy/mtlsNotDisabled";
import { remoteSecrets } from "../../../verify/checks/discovery/remoteSecrets";
import { rootKeyAbsent } from "../../../verify/checks/trust/rootKeyAbsent";
import { sameServices } from "../../../verify/checks/discovery/sameServices";
import { sidecarsInjected } from "../../../verify/checks/dataPlane/sidecarsInjected";
import { storedRoot, type StoredTrust } from "../../../verify/checks/trust/storedRoot";
import { type Domain, trustDomain } from "../../../verify/checks/trust/trustDomain";
import { versions } from "../../../verify/checks/controlPlane/versions";
import { cidrs } from "../../../verify/pre/cidrs";
import { peerAddresses } from "../../../verify/pre/peerAddresses";
import { permissions } from "../../../verify/pre/permissions";
import { presentMesh, type Present } from "../../../verify/pre/presentMesh";
import { supportedKubernetes } from "../../../verify/pre/supportedKubernetes";
import type { Mesh } from "../../../verify";
import type { EastWest } from "../../../verify/observe/eastWest";
import type { Identity } from "../../../verify/observe/identity";
import type { Remote } from "../../../verify/observe/remotes";
import { foreignAuthority } from "../../faults/authority";
import { intermediate, leaf, parsed, root } from "../../support/certificates";
import { gatewayService } from "../../support/gatewayService";
import { primaryRemote, twoClusters } from "./meshes";

const DAY = 86_400_000;

const remote: Remote = {
    secret: "istio-remote-secret-east-cluster",
    clusterName: "east-cluster",
    server: "https://10.1.0.3:6443",
    hasCa: true,
    credentials: ["token"],
};
const NAMESPACE = { namespace: "istio-system" };
const backRemote = { ...remote, secret: "istio-remote-secret-west-cluster", clusterName: "west-cluster" };
const remotes = (...ofWest: Remote[]) =>
    remoteSecrets.judge(
        [
            { cluster: "west", ...NAMESPACE, remotes: ofWest },
            { cluster: "east", ...NAMESPACE, remotes: [backRemote] },
        ],
        twoClusters,
    );

const identity = (cluster: string, changes: Partial<Identity> = {}): Identity => ({
    cluster,
    clusterName: `${cluster}-cluster`,
    namespace: "istio-system",
    network: `${cluster}-network`,
    meshId: "usmesh",
    domain: "cluster.local",
    strangers: [],
    proxies: 2,
    ...changes,
});
const identities = (changes: Partial<Identity>, mesh: Mesh = { ...twoClusters, meshId: "usmesh" }) =>
    clusterIdentity.judge([identity("west"), identity("east", changes)], mesh);

const FILES = { shape: "istio", files: ["ca-cert.pem"], missing: [], keys: [] } as const;
const stored = (changes: Partial<StoredTrust>) =>
    storedRoot.judge(
        [
            {
                cluster: "east",
                stored: FILES,
                roots: ["AA"],
                namespaces: { default: ["AA"] },
                ...changes,
            },
        ],
        twoClusters,
    );

/** East has no istiod: west's gives its namespaces a root. */
const storedRemote = (...root: string[][]) =>
    storedRoot.judge(
        [
            { cluster: "west", stored: FILES, roots: ["AA"], namespaces: { default: ["AA"] } },
            {
                cluster: "east",
                stored: undefined,
                roots: [],
                namespaces: Object.fromEntries(root.map((each) => ["default", each])),
            },
        ],
        primaryRemote(),
    );
const pods = (ready: string[]) =>
    istiodReady.judge(
        [
            { cluster: "west", ready, notReady: [], others: [], ...NAMESPACE },
            { cluster: "east", ready: [], notReady: [], others: [], ...NAMESPACE },
        ],
        primaryRemote(),
    );
/** West's istiod says that a proxy with the name of east's is in a cluster. */
const synced = (clusterName: string) =>
    proxiesSynced.judge(
        [
            { cluster: "west", running: [], connected: [{ proxy: "a.shop", clusterName, unconfirmed: [] }] },
            { cluster: "east", running: ["a.shop"], connected: [] },
        ],
        primaryRemote(),
    );
const peersOfRemote = (syncStatus: string) =>
    peersSynced.judge(
        [
            {
                cluster: "west",
                istiods: [{ pod: "istiod-1", clusters: [{ id: "east-cluster", syncStatus }] }],
                remotes: [remote],
            },
            { cluster: "east", istiods: [], remotes: [] },
        ],
        primaryRemote(),
    );

const eastWest = gatewayService({ network: "west-network" });
const gateways = (...services: EastWest["services"]) =>
    gatewayReady.judge([{ cluster: "west", services }], twoClusters);

const hook = { name: "injector/ns", failurePolicy: "Fail", hasCa: true, isIstiods: true };
const hooks = (...webhooks: (typeof hook)[]) => injector.judge([{ cluster: "east", webhooks }], twoClusters);

const tags = (istiods: string[], proxies: string[]) =>
    versions.judge(
        [
            { cluster: "west", istiods: ["1.31.1"], proxies: ["1.31.1"] },
            { cluster: "east", istiods, proxies },
        ],
        twoClusters,
    );

const service = (cluster: string, shape: string) => ({ service: "catalog.shop", cluster, shape });
const clock = (ahead: number) => clockDifference.judge([{ cluster: "east", ahead }], twoClusters);
const keys = (isRootKey: boolean | undefined, hasOwnRoot = false) =>
    rootKeyAbsent.judge([{ cluster: "east", isRootKey, hasOwnRoot }], twoClusters);
const answer = (value: number | string, elsewhere?: string) => {
    const found = { cluster: "east", url: "http://10.1.0.50:15021/healthz/ready", answer: value };
    return gatewayAnswers.judge([elsewhere === undefined ? found : { ...found, elsewhere }], twoClusters);
};

const kubernetes = (version: string) => supportedKubernetes.judge([{ cluster: "east", version }], twoClusters);
const rights = (...lacking: string[]) =>
    permissions.judge([{ cluster: "east", needed: 72, lacking, grants: true }], twoClusters);
const address = (server: string, failure?: string) =>
    peerAddresses.judge([{ cluster: "east", server, ...(failure === undefined ? {} : { failure }) }], twoClusters);
const present = (changes: Partial<Present>) =>
    presentMesh.judge(
        [
            {
                cluster: "east",
                clusterName: "east-cluster",
                meshId: "usmesh",
                trustDomain: "cluster.local",
                version: "1.31.1",
                elsewhere: [],
                ...changes,
            },
        ],
        { ...twoClusters, meshId: "usmesh", trustDomain: "cluster.local" },
    );
const routes = (...own: string[]) =>
    cidrs.judge(
        [
            { cluster: "west", own, pods: [], host: "10.1.0.2" },
            { cluster: "east", own: [], pods: [], host: "10.1.0.3" },
        ],
        twoClusters,
    );
const podsOn = (network: string, ofEast: string) =>
    cidrs.judge(
        [
            { cluster: "west", own: [], pods: ["10.2.0.0/16"], host: "west.example.org" },
            { cluster: "east", own: [], pods: [ofEast], host: "east.example.org" },
        ],
        { clusters: twoClusters.clusters.map((cluster) => ({ ...cluster, network })) },
    );

const CASES: [string, readonly Part[], string | undefined][] = [
    ["supported-kubernetes: the oldest", kubernetes("v1.32.0"), undefined],
    ["supported-kubernetes: the newest, of a vendor", kubernetes("v1.36.1-gke.100"), undefined],
    ["supported-kubernetes: too old", kubernetes("v1.31.9"), "runs Kubernetes v1.31.9, which Istio"],
    ["supported-kubernetes: too new", kubernetes("v1.37.0"), "was not tested with"],
    ["supported-kubernetes: no version", kubernetes("unknown"), "was not tested with"],
    ["permissions: all", rights(), undefined],
    [
        "permissions: none to give",
        permissions.judge([{ cluster: "east", needed: 72, lacking: [], grants: false }], twoClusters),
        "may make ClusterRoles, but none with rights that it does not have itself",
    ],
    ["permissions: not all", rights("create secrets"), "The user of east may not create secrets"],
    ["peer-addresses: good", address("https://10.1.0.3:6443"), undefined],
    ["peer-addresses: loopback", address("https://localhost:6443"), "leads each pod to itself"],
    ["peer-addresses: refused", address("https://10.1.0.3:6443", "ECONNREFUSED"), "cannot reach it: ECONNREFUSED"],
    ["present-mesh: the same", present({}), undefined],
    [
        "present-mesh: a vendor's",
        present({ elsewhere: ["aks-istio-system"] }),
        "runs already in east, in aks-istio-system",
    ],
    ["present-mesh: no Istio", present({ clusterName: undefined, meshId: undefined }), undefined],
    ["present-mesh: no proxy yet", present({ trustDomain: undefined }), undefined],
    ["present-mesh: another cluster name", present({ clusterName: "x" }), "its cluster name is x, not east-cluster"],
    ["present-mesh: the release before", present({ version: "1.30.4" }), undefined],
    ["present-mesh: a release of long ago", present({ version: "1.28.0" }), "is 1.28.0, 3 minor releases behind"],
    ["present-mesh: a newer one", present({ version: "1.34.0" }), "3 minor releases ahead of the 1.31.1"],
    ["present-mesh: no release", present({ version: "latest" }), undefined],
    ["present-mesh: another trust domain", present({ trustDomain: "b" }), "its trust domain is b, not cluster.local"],
    ["cidrs: apart", routes("10.2.0.0/16", "fd00::/64"), undefined],
    ["cidrs: one network", podsOn("coast", "10.3.0.0/16"), undefined],
    ["cidrs: one network, one range", podsOn("coast", "10.2.128.0/17"), "west is declared on one network with east"],
    ["cidrs: one range, and nobody says on which network", podsOn("", "10.2.0.0/16"), undefined],
    ["cidrs: over a peer", routes("10.1.0.0/16"), "west takes the address of east (10.1.0.3)"],
    ["clock-difference: a few seconds", clock(-3), undefined],
    ["clock-difference: minutes", clock(180), "The clock of east, or this machine's, is wrong"],
    ["clock-difference: no date at all", clock(Number.NaN), "The clock of east, or this machine's, is wrong"],
    ["stored-root: as it should be", stored({}), undefined],
    ["stored-root: no Secret", stored({ stored: undefined, roots: [] }), "Secret cacerts is missing in east"],
    [
        "stored-root: a part",
        stored({ stored: { ...FILES, missing: ["root-cert.pem"] } }),
        "of east lacks root-cert.pem",
    ],
    [
        "stored-root: one more key",
        stored({ stored: { ...FILES, keys: ["root-key.pem"] } }),
        "private keys: root-key.pem",
    ],
    [
        "stored-root: a chain that ends too early",
        stored({ broken: { after: { subject: "CN=east", issuer: "CN=org" } } }),
        "CN=org, which issued CN=east, is missing in cert-chain.pem",
    ],
    ["stored-root: an external CA", stored({ stored: undefined, external: "istio-csr", roots: [] }), undefined],
    [
        "stored-root: an external CA, and namespaces that differ",
        stored({ stored: undefined, external: "istio-csr", roots: [], namespaces: { a: ["AA"], b: ["BB"] } }),
        "another root than each other: b",
    ],
    ["stored-root: a namespace behind", stored({ namespaces: { shop: ["BB"] } }), "another root than cacerts: shop"],
    ["stored-root: a remote", storedRemote(["AA"]), undefined],
    [
        "stored-root: a remote whose namespaces have another root",
        storedRemote(["BB"]),
        "The istiod of west has not given its root to namespaces default of east",
    ],
    ["stored-root: a remote without any root", storedRemote(), "has not given its root to any namespace of east"],
    ["istiod-ready: a remote", pods(["istiod-1"]), undefined],
    [
        "istiod-ready: addresses of a former istiod",
        istiodReady.judge(
            [{ cluster: "east", ready: [], notReady: [], others: [], former: ["10.2.0.9"], ...NAMESPACE }],
            primaryRemote(),
        ),
        "east had an istiod of its own, whose addresses stayed",
    ],
    ["istiod-ready: its primary is away", pods([]), "It serves east as well, where no new pod starts."],
    ["proxies-synced: a remote", synced("east-cluster"), undefined],
    [
        "proxies-synced: a remote that its primary does not serve",
        synced("west-cluster"),
        "Proxies of east are connected to no istiod of west",
    ],
    ["peers-synced: a remote", peersOfRemote("synced"), undefined],
    ["peers-synced: a remote that its primary does not read", peersOfRemote("timeout"), "cannot read east-cluster"],
    [
        "remote-secrets: a remote needs none",
        remoteSecrets.judge(
            [
                { cluster: "west", ...NAMESPACE, remotes: [remote] },
                { cluster: "east", ...NAMESPACE, remotes: [] },
            ],
            primaryRemote(),
        ),
        undefined,
    ],
    [
        "remote-secrets: its primary has none for it",
        remoteSecrets.judge([{ cluster: "west", ...NAMESPACE, remotes: [] }], primaryRemote()),
        "west has no remote Secret for east-cluster",
    ],
    ["cluster-identity: a remote", identities({ primary: "west-cluster", domain: undefined }), undefined],
    ["root-key-absent: an intermediate's", keys(false), undefined],
    ["root-key-absent: no Secret", keys(undefined), undefined],
    ["root-key-absent: the root's", keys(true), "The key in cacerts of east is the root's own key"],
    ["root-key-absent: istiod's own", keys(false, true), "istiod of east has made its own root"],
    ["cluster-identity: as declared", identities({}), undefined],
    ["cluster-identity: no istiod", identities({ clusterName: undefined }), "The cluster name of east is not set"],
    ["cluster-identity: another domain", identities({ domain: "other.local" }), "The cluster domain of"],
    [
        "cluster-identity: another name",
        identities({ clusterName: "x" }),
        "The cluster name of east is x, not east-cluster",
    ],
    ["cluster-identity: no network", identities({ network: undefined }), "The network of east is not set"],
    ["cluster-identity: another mesh", identities({ meshId: "b" }), "The mesh id of east is b, not usmesh"],
    [
        "cluster-identity: meshes that differ, none declared",
        identities({ meshId: "b" }, twoClusters),
        "The mesh id of west is usmesh, not b",
    ],
    [
        "cluster-identity: proxies of elsewhere",
        identities({ strangers: ["shop/a: west-cluster, west-network"] }),
        "were injected with another cluster or network: shop/a: west-cluster, west-network",
    ],
    ["versions: no istiod", tags([], ["1.30.1"]), undefined],
    ["versions: alike", tags(["1.31.1"], ["1.31.1"]), undefined],
    ["versions: a minor release apart", tags(["1.30.4"], ["1.30.4"]), undefined],
    ["versions: two apart", tags(["1.29.0"], ["1.29.0"]), "istiod of east is 2 minor releases behind"],
    ["versions: a proxy far behind", tags(["1.31.1"], ["1.29.0"]), "Proxies of east are 1.29.0"],
    ["versions: a proxy that was never injected", tags(["1.31.1"], ["auto"]), 'A proxy of east has the image "auto"'],
    ["versions: a tag that is no release", tags(["1.31.1"], ["latest"]), undefined],
    [
        "versions: a digest beside an old release",
        tags(["sha256:1", "1.29.0"], []),
        "istiod of east is 2 minor releases behind",
    ],
    ["versions: nothing but a digest", tags(["sha256:1"], ["1.20.0"]), undefined],
    ["injector: as it should be", hooks(hook), undefined],
    ["injector: none", hooks(), "east has no injection webhook"],
    [
        "injector: no CA",
        hooks({ ...hook, hasCa: false }),
        "have no CA, so the API server cannot call them: injector/ns",
    ],
    ["injector: a stranger's CA", hooks({ ...hook, isIstiods: false }), "have another CA than istiod"],
    ["injector: lenient", hooks({ ...hook, failurePolicy: "Ignore" }), "let pods through without a sidecar"],
    ["remote-secrets: one a peer", remotes(remote), undefined],
    ["remote-secrets: none", remotes(), "west has no remote Secret for east-cluster"],
    [
        "remote-secrets: one that is not read",
        remoteSecrets.judge(
            [
                {
                    cluster: "west",
                    ...NAMESPACE,
                    remotes: [],
                    strays: { "east-cluster": ["default/a (istiod reads x only)"] },
                },
                { cluster: "east", ...NAMESPACE, remotes: [backRemote] },
            ],
            twoClusters,
        ),
        "There is default/a (istiod reads x only), which is not read.",
    ],
    [
        "remote-secrets: of a cluster that is not looked at, or could not be read",
        remoteSecrets.judge([{ cluster: "west", ...NAMESPACE, remotes: [remote] }], {
            mayHaveMore: true,
            clusters: twoClusters.clusters.map((each) =>
                each.name === "east" ? { ...each, clusterName: "east", network: "" } : { ...each, peers: [] },
            ),
        }),
        undefined,
    ],
    [
        "remote-secrets: for a stranger",
        remotes(remote, { ...remote, clusterName: "x" }),
        "is for x, which is not one of its peers",
    ],
    [
        "remote-secrets: to a loopback",
        remotes({ ...remote, server: "https://[::1]:6443" }),
        "leads to https://[::1]:6443",
    ],
    [
        "remote-secrets: to a loopback by name",
        remotes({ ...remote, server: "https://kind.localhost:6443" }),
        "which is istiod's own pod",
    ],
    [
        "remote-secrets: no kubeconfig",
        remotes({
            secret: remote.secret,
            clusterName: remote.clusterName,
            unreadable: "this is not a kubeconfig: line 18 is no YAML",
        }),
        "key east-cluster: this is not a kubeconfig: line 18 is no YAML. Its istiod discovers nothing there.",
    ],
    ["remote-secrets: no CA", remotes({ ...remote, hasCa: false }), "has no CA and authenticates by token"],
    ["remote-secrets: a plugin", remotes({ ...remote, credentials: ["exec"] }), "a CA and authenticates by exec"],
    [
        "same-services: alike",
        sameServices.judge([service("west", "http:80/TCP"), service("east", "http:80/TCP")], twoClusters),
        undefined,
    ],
    [
        "same-services: other ports",
        sameServices.judge([service("west", "http:80/TCP"), service("east", "grpc:80/TCP")], twoClusters),
        "Service catalog.shop is not the same in all clusters",
    ],
    [
        "same-services: in one cluster only",
        sameServices.judge([service("west", "http:80/TCP")], twoClusters),
        undefined,
    ],
    ["gateway-ready: open", gateways(eastWest), undefined],
    ["gateway-ready: none", gateways(), "No Service of west has the label topology.istio.io/network=west-network"],
    ["gateway-ready: of another network", gateways({ ...eastWest, network: "x" }), "No Service of west has the label"],
    ["gateway-ready: no pod", gateways({ ...eastWest, pods: 0, isOpen: false }), "in west is ready"],
    ["gateway-ready: no address", gateways({ ...eastWest, dials: [] }), "has no external address"],
    ["gateway-ready: no port", gateways({ ...eastWest, targetPort: undefined, isOpen: false }), "has no port 15443"],
    [
        "gateway-ready: no Gateway",
        gateways({ ...eastWest, isOpen: false }),
        "No Gateway resource of west opens port 15443",
    ],
    ["gateway-ready: on another port", gateways({ ...eastWest, port: 443 }), undefined],
    [
        "gateway-ready: a label for a port that is not there",
        gateways({ ...eastWest, port: 10444, targetPort: undefined, isOpen: false }),
        "has no port 10444, which its peers are told to dial",
    ],
    [
        "gateway-ready: nodes' ports",
        gateways({ ...eastWest, dials: [{ address: "192.0.2.1", port: 31443 }] }),
        undefined,
    ],
    [
        "gateway-ready: nodes' ports without annotation",
        gateways({ ...eastWest, dials: [], nodes: "no annotation" }),
        "lacks the annotation traffic.istio.io/nodeSelector",
    ],
    [
        "gateway-ready: nodes without address",
        gateways({ ...eastWest, dials: [], nodes: "no external address" }),
        "no node that it selects has an address of type ExternalIP",
    ],
    [
        "gateway-ready: none, where nobody discovers it",
        gatewayReady.judge([{ cluster: "west", services: [] }], {
            clusters: twoClusters.clusters.map((each) => ({ ...each, peers: each.name === "west" ? ["east"] : [] })),
        }),
        undefined,
    ],
    ["gateway-answers: ready", answer(200), undefined],
    ["gateway-answers: connected, no status", answer("open"), undefined],
    ["gateway-answers: internal", answer("nothing within 5 s", "its load balancer is internal"), undefined],
    ["gateway-answers: internal, not ready", answer(503, "its load balancer is internal"), "of east is not ready"],
    ["gateway-answers: not ready", answer(503), "The gateway of east is not ready"],
    ["gateway-answers: silent", answer("nothing within 5 s"), "or a firewall blocks it"],
    [
        "sidecars-injected: all",
        sidecarsInjected.judge([{ cluster: "east", injected: ["shop/a"], without: [] }], twoClusters),
        undefined,
    ],
    [
        "sidecars-injected: not all",
        sidecarsInjected.judge([{ cluster: "east", injected: [], without: ["shop/a"] }], twoClusters),
        "Pods of east have no ready sidecar: shop/a",
    ],
    [
        "mtls-not-disabled: no policy",
        mtlsNotDisabled.judge([{ cluster: "east", count: 0, disabling: [] }], twoClusters),
        undefined,
    ],
    [
        "mtls-not-disabled: one that does",
        mtlsNotDisabled.judge([{ cluster: "east", count: 1, disabling: ["DestinationRule shop/a"] }], twoClusters),
        "mutual TLS is turned off by DestinationRule shop/a",
    ],
];

describe("readings", () => {
    for (const [what, parts, cause] of CASES) {
        it(what, () => {
            const finding = conclude(parts);
            expect(finding.result).to.equal(cause === undefined ? "pass" : "fail");
            if (cause !== undefined) expect(finding.cause).to.contain(cause);
        });
    }

    it("injector: the istiod that is to write the CA of a remote's webhook is its primary's", () => {
        const webhooks = [{ ...hook, hasCa: false }];
        const finding = conclude(injector.judge([{ cluster: "east", webhooks }], primaryRemote()));
        expect(finding.fix).to.equal(
            "istiod writes it when it reads east, see peers-synced: `kubectl -n istio-system logs deploy/istiod` in west.",
        );
    });
});

describe("certificates in use", () => {
    const trust = async (days: number, domain = "cluster.local") => {
        const ca = await root();
        const signer = await intermediate(ca, "east");
        const certificate = parsed(await leaf(signer, `spiffe://${domain}/ns/shop/sa/a`));
        const chain = [certificate, parsed(signer.certificate)];
        const end = Math.min(...[...chain, parsed(ca.certificate)].map(({ validTo }) => Date.parse(validTo)));
        const workload = { pod: "shop/a", chain, roots: [parsed(ca.certificate)] };
        return { trusts: [{ cluster: "east", workload }], now: new Date(end - days * DAY) };
    };

    it("last, end soon, have ended, or are not there", async () => {
        const causes: [number, RegExp | undefined][] = [
            [91, undefined],
            [20, /^The (root|intermediate) of east ends in 20\.0 days, of 366\.$/],
            [-1, /of east has expired/],
        ];
        for (const [days, cause] of causes) {
            const finding = conclude(certificateLifetimes.judge(await trust(days), twoClusters));
            if (cause === undefined) expect(finding.result, finding.cause).to.equal("pass");
            else expect(finding.cause).to.match(cause);
        }
        const none = conclude(
            certificateLifetimes.judge({ trusts: [{ cluster: "east" }], now: new Date() }, twoClusters),
        );
        expect(none.result).to.equal("fail");
    });

    it("are judged by their own life: days are few for one of a year, and many for one of ten days", async () => {
        const judge = async (life: number, days: number) => {
            const ca = await root();
            const signer = await intermediate(ca, "east", { days, life });
            const own = await leaf(signer, "spiffe://cluster.local/ns/shop/sa/a");
            const workload = {
                pod: "shop/a",
                chain: [own, signer.certificate].map(parsed),
                roots: [parsed(ca.certificate)],
            };
            const trusts = [{ cluster: "east", workload }];
            return conclude(certificateLifetimes.judge({ trusts, now: new Date() }, twoClusters), twoClusters);
        };
        const results: [number, number, string][] = [
            [365, 40, "pass"],
            [365, 25, "fail"],
            [90, 25, "warning"],
            [90, 5, "fail"],
            [10, 9, "pass"],
            [10, 2, "warning"],
        ];
        for (const [life, days, result] of results) {
            expect((await judge(life, days)).result, `${days} of ${life}`).to.equal(result);
        }
        const { cause, parts = [] } = await judge(90, 25);
        expect(cause).to.equal("The intermediate of east ends in 25.0 days, of 90.");
        const warned = parts.filter(({ result }) => result === "warning");
        expect(warned.map(({ clusters }) => clusters)).to.deep.equal([["east"]]);
    });

    it("are also looked at where istiod will take them from", async () => {
        const { trusts, now } = await trust(100);
        const stored = trusts[0]?.workload.chain[1];
        if (stored === undefined) throw new Error("the workload has no intermediate");
        const good = trusts.map((each) => ({ ...each, stored }));
        expect(conclude(certificateLifetimes.judge({ trusts: good, now }, twoClusters)).result).to.equal("pass");
        const { "ca-cert.pem": file = "" } = await foreignAuthority(-0.5);
        const ended = new X509Certificate(Buffer.from(file, "base64"));
        const bad = trusts.map((each) => ({ ...each, stored: ended }));
        expect(conclude(certificateLifetimes.judge({ trusts: bad, now }, twoClusters)).cause).to.contain(
            "The intermediate in Secret cacerts of east has expired",
        );
    });

    it("are of the declared trust domain, of one that all share, or of one that all take for theirs", async () => {
        const inDomain = async (domain: string, cluster = "east", ...aliases: string[]) => {
            const { trusts } = await trust(100, domain);
            return trusts.map((each) => ({ ...each, cluster, aliases }));
        };
        const judge = (all: readonly Domain[], mesh: Mesh = twoClusters) => conclude(trustDomain.judge(all, mesh));
        const ours = await inDomain("cluster.local");
        const other = await inDomain("other.example", "west");
        const declared = { ...twoClusters, trustDomain: "cluster.local" };
        expect(judge(ours, declared).result).to.equal("pass");
        expect(judge(other, declared).cause).to.contain(
            "Workloads of west are in the trust domain other.example, not cluster.local",
        );
        expect(judge(other).result).to.equal("pass");
        expect(judge([...ours, ...other]).cause).to.contain("trust domain cluster.local, not other.example");
        const open = [
            ...(await inDomain("cluster.local", "east", "other.example")),
            ...(await inDomain("other.example", "west", "cluster.local")),
        ];
        expect(judge(open).result).to.equal("pass");
        expect(judge([{ cluster: "east", aliases: [] }]).result).to.equal("fail");
    });
});
