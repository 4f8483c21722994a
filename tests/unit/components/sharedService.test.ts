/** Services that a mesh shares: what is made of them in each cluster, and what is refused. */
import { expect } from "chai";
import {
    Mesh,
    type MeshArgs,
    type MeshServiceArgs,
    SharedService,
    type SharedServiceArgs,
} from "../../../components/index";
import { servicesProblems } from "../../../components/internal/services";
import { namesOf, only, provider, record, settle } from "../../support/record";
import { GATEWAY, meshCluster } from "./support";

const SERVICE = "kubernetes:core/v1:Service";
const DESTINATION_RULE = "kubernetes:networking.istio.io/v1:DestinationRule";
const VIRTUAL_SERVICE = "kubernetes:networking.istio.io/v1:VirtualService";
const POLICY = "kubernetes:security.istio.io/v1:AuthorizationPolicy";
const PEER_AUTHENTICATION = "kubernetes:security.istio.io/v1:PeerAuthentication";
const SHARED = "istio-multicluster:index:SharedService";
const RELEASE = "kubernetes:helm.sh/v3:Release";

const PORTS = [{ name: "http", port: 80 }];
const CATALOG: MeshServiceArgs = { name: "catalog", namespace: "shop", ports: PORTS, clusters: ["blue"] };
const HOST = "catalog.shop.svc.cluster.local";

function shared(args: Partial<SharedServiceArgs> = {}) {
    const all = { service: "catalog", namespace: "shop", controlPlane: "istio-system", ports: PORTS, ...args };
    return record(() => new SharedService("west-catalog", all, { provider: provider("west") }));
}

function mesh(services: MeshServiceArgs[], change: (clusters: MeshArgs["clusters"]) => void = () => undefined) {
    return record(() => {
        const names = ["blue", "green", "red"];
        const clusters: MeshArgs["clusters"] = Object.fromEntries(
            names.map((name) => [name, { provider: provider(name), apiServer: `https://${name}.example.org` }]),
        );
        change(clusters);
        return new Mesh("mesh", { id: "usmesh", clusters, services });
    });
}

describe("SharedService", () => {
    it("is a name alone in a cluster that only knows it", async () => {
        const run = await shared({ twin: true });
        expect(run.resources.map(({ name }) => name)).to.deep.equal(["west", "west-catalog", "west-catalog-service"]);
        const { inputs, provider: at } = only(run, SERVICE);
        expect(at).to.equal("west");
        expect(inputs).to.deep.include({
            metadata: { name: "catalog", namespace: "shop", annotations: { "pulumi.com/skipAwait": "true" } },
            spec: { ports: PORTS },
        });
        expect((await settle(run.value.host)).value).to.equal(HOST);
    });

    it("has clients prefer their own cluster, and leave endpoints alone that fail", async () => {
        const run = await shared({ client: {} });
        expect(only(run, DESTINATION_RULE).inputs["spec"]).to.deep.equal({
            host: HOST,
            trafficPolicy: {
                connectionPool: { tcp: { connectTimeout: "2s" } },
                loadBalancer: {
                    localityLbSetting: { enabled: true, failoverPriority: ["topology.istio.io/cluster"] },
                },
                outlierDetection: {
                    consecutive5xxErrors: 5,
                    interval: "5s",
                    baseEjectionTime: "15s",
                    maxEjectionPercent: 100,
                },
            },
        });
        expect(namesOf(run, VIRTUAL_SERVICE)).to.deep.equal([]);
    });

    it("has clients go by another order, by shares or by none", async () => {
        for (const locality of [
            { failover: [{ from: "us-west", to: "us-east" }] },
            { distribute: [{ from: "us-west", to: { "us-west": 80, "us-east": 20 } }] },
            { failoverPriority: ["topology.istio.io/network", "topology.kubernetes.io/zone"] },
            { enabled: false },
        ]) {
            const run = await shared({ client: { locality, outlierDetection: { baseEjectionTime: "1m" } } });
            const { inputs } = only(run, DESTINATION_RULE);
            const expected = { enabled: true, ...locality };
            expect(inputs["spec"]).to.have.deep.nested.property(
                "trafficPolicy.loadBalancer.localityLbSetting",
                expected,
            );
            expect(inputs["spec"]).to.have.nested.property("trafficPolicy.outlierDetection.baseEjectionTime", "1m");
        }
    });

    it("tries requests again, in another locality than the one that failed", async () => {
        const run = await shared({ client: { retries: { attempts: 3, retryOn: "reset,503" } } });
        expect(only(run, VIRTUAL_SERVICE).inputs["spec"]).to.deep.equal({
            hosts: [HOST],
            http: [
                {
                    route: [{ destination: { host: HOST } }],
                    retries: { attempts: 3, retryOn: "reset,503", retryRemoteLocalities: true },
                },
            ],
        });
    });

    it("lets in its callers alone, by mutual TLS alone", async () => {
        const callers = [{ namespace: "shop", account: "webapp" }, { namespace: "office" }];
        const run = await shared({ callers, trustDomain: "mesh.example.org" });
        const selector = { matchLabels: { app: "catalog" } };
        expect(only(run, PEER_AUTHENTICATION).inputs["spec"]).to.deep.equal({ selector, mtls: { mode: "STRICT" } });
        const principals = ["mesh.example.org/ns/shop/sa/webapp", "mesh.example.org/ns/office/sa/*"];
        expect(only(run, POLICY).inputs["spec"]).to.deep.equal({
            selector,
            action: "ALLOW",
            rules: [{ from: [{ source: { principals } }] }],
        });
    });

    it("lets in nobody where there are no callers, by the labels that its pods have", async () => {
        const run = await shared({ callers: [], selector: { service: "catalog" } });
        const selector = { matchLabels: { service: "catalog" } };
        expect(only(run, POLICY).inputs["spec"]).to.deep.equal({ selector, action: "ALLOW" });
    });

    it("refuses what cannot work, all at once", async () => {
        const client = { outlierDetection: { consecutive5xxErrors: 0 }, retries: { attempts: -1 } };
        const made: unknown = await shared({ ports: [], client }).catch((error: unknown) => error);
        expect(String(made).match(/ports: |consecutive5xxErrors: |attempts: /g)).to.have.length(3);
    });
});

describe("a mesh that lists its services", () => {
    it("makes of each what a cluster needs, in that cluster", async () => {
        const run = await mesh([{ ...CATALOG, exports: ["green"], callers: [] }]);
        const made = run.resources.filter(({ name }) => name.includes("-shares-"));
        expect(
            made.filter(({ type }) => type !== SHARED).map(({ name, provider: at }) => `${at} ${name}`),
        ).to.have.members([
            "blue mesh-blue-shares-catalog.shop-clients",
            "blue mesh-blue-shares-catalog.shop-mutual-tls",
            "blue mesh-blue-shares-catalog.shop-callers",
            "green mesh-green-shares-catalog.shop-service",
            "green mesh-green-shares-catalog.shop-clients",
        ]);
        for (const { waitsFor, name } of made.filter(({ type }) => type !== SHARED)) {
            expect(waitsFor, name).to.include(`mesh-${name.split("-")[1] ?? ""}-control-plane-istiod`);
        }
    });

    it("keeps all others within their clusters, and opens each gateway to what its cluster exports", async () => {
        const run = await mesh([{ ...CATALOG, exports: ["green"] }]);
        const known = (cluster: string) =>
            only(run, "kubernetes:helm.sh/v3:Release", `mesh-${cluster}-control-plane-istiod`).inputs;
        for (const [cluster, hosts] of Object.entries({ blue: [HOST], green: [HOST], red: [] })) {
            expect(known(cluster)).to.have.deep.nested.property("values.meshConfig.serviceSettings", [
                { settings: { clusterLocal: true }, hosts: ["*.svc.cluster.local"] },
                { settings: { clusterLocal: false }, hosts: ["*-mesh-probe.svc.cluster.local", ...hosts] },
            ]);
            const opened = cluster === "blue" ? [HOST] : ["no-service.istio-system.svc.cluster.local"];
            const { inputs } = only(run, GATEWAY, `mesh-${cluster}-eastwest-cross-network`);
            expect(inputs).to.have.deep.nested.property("spec.servers[0].hosts", opened);
        }
    });

    it("has the configuration of clusters with one istiod where that reads it", async () => {
        const run = await mesh([{ ...CATALOG, clusters: ["green"], callers: [] }], ({ green }) => {
            if (green) green.controlPlane = "blue";
        });
        const policies = run.resources.filter(({ type }) => type === POLICY);
        expect(policies.map(({ name, provider: at }) => `${at} ${name}`)).to.deep.equal([
            "blue mesh-blue-shares-catalog.shop-callers",
        ]);
        expect(namesOf(run, SERVICE).filter((name) => name.includes("-shares-"))).to.deep.equal([
            "mesh-blue-shares-catalog.shop-service",
            "mesh-red-shares-catalog.shop-service",
        ]);
        const { inputs } = only(run, GATEWAY, "mesh-blue-eastwest-cross-network");
        expect(inputs).to.have.deep.nested.property("spec.servers[0].hosts", [HOST]);
    });

    it("shares none where the list is empty, and changes nothing where there is none", async () => {
        const run = await mesh([]);
        expect(namesOf(run, SHARED)).to.deep.equal([]);
        const { inputs } = only(run, GATEWAY, "mesh-blue-eastwest-cross-network");
        expect(inputs).to.have.deep.nested.property("spec.servers[0].hosts", [
            "no-service.istio-system.svc.cluster.local",
        ]);
        const all = only(await meshCluster(), GATEWAY).inputs;
        expect(all).to.have.deep.nested.property("spec.servers[0].hosts", ["*.local"]);
    });

    it("denies by default after all callers are let in, wherever an istiod is", async () => {
        const run = await record(() => {
            const clusters: MeshArgs["clusters"] = Object.fromEntries(
                ["blue", "green"].map((name) => [
                    name,
                    { provider: provider(name), apiServer: `https://${name}.example.org` },
                ]),
            );
            if (clusters["green"]) clusters["green"].controlPlane = "blue";
            return new Mesh("mesh", {
                id: "usmesh",
                clusters,
                services: [{ ...CATALOG, callers: [] }],
                denyByDefault: true,
            });
        });
        const made = run.resources.filter(({ name }) => name.includes("-deny-by-default-"));
        expect(made.map(({ name, provider: at }) => `${at} ${name}`)).to.have.members([
            "blue mesh-blue-deny-by-default-ingress",
            "blue mesh-blue-deny-by-default-policy",
        ]);
        const { inputs, waitsFor } = only(run, POLICY, "mesh-blue-deny-by-default-policy");
        expect(inputs["spec"]).to.deep.equal({});
        expect(inputs).to.have.deep.nested.property("metadata.namespace", "istio-system");
        expect(waitsFor).to.include("mesh-blue-deny-by-default-ingress");
        const deny = only(run, "istio-multicluster:index:DenyByDefault");
        expect(deny.waitsFor).to.include.members([
            "mesh-blue-shares-catalog.shop-callers",
            "mesh-green-shares-catalog.shop-service",
        ]);
    });

    it("needs callers of every service where it denies by default", () => {
        const problems = servicesProblems([{ ...CATALOG, clusters: ["green"], exports: [] }], members, true);
        expect(problems.map(({ path }) => path)).to.deep.equal(["services[0].callers"]);
    });

    it("refuses gateways that open to all, and values that say otherwise", async () => {
        const sharing = { known: [], exported: [] };
        const istio = {
            eastWestGateway: { deployedBy: "both" },
            istiod: { values: { meshConfig: { serviceSettings: [] } } },
        };
        const made: unknown = await meshCluster({ sharing, istio }).catch((error: unknown) => error);
        expect(String(made)).to.contain("eastWestGateway.deployedBy: opens a network to all services");
        expect(String(made)).to.contain("istiod.values.meshConfig.serviceSettings: this makes the mesh");
    });

    const members = [
        { name: "blue", istiod: "blue", network: "blue-network", peers: ["green"] },
        { name: "green", istiod: "green", network: "green-network", peers: ["blue", "red"] },
        { name: "red", istiod: "red", network: "rose", peers: ["green"], dnsProxy: true },
        { name: "pink", istiod: "red", network: "rose", dnsProxy: true },
    ];
    const mistakes: [string, Partial<MeshServiceArgs>, string, string][] = [
        ["a bad name", { name: "Catalog" }, "name", "must be a DNS label"],
        ["a namespace of the cluster's own", { namespace: "kube-system" }, "namespace", "is the cluster's own"],
        ["no cluster", { clusters: [] }, "clusters", "runs in at least one cluster"],
        ["a cluster that is none", { clusters: ["green", "grey"] }, "clusters", "is no cluster of the mesh"],
        ["an export to one that is none", { exports: ["grey"] }, "exports", "is no cluster of the mesh"],
        ["an export to where it runs", { exports: ["green"] }, "exports", "runs it already"],
        [
            "an export to one of two clusters with one istiod",
            { exports: ["red"] },
            "exports",
            "one istiod serves red and pink",
        ],
        [
            "an export to one that does not discover it",
            { clusters: ["red", "pink"], exports: ["blue"] },
            "exports",
            "the istiod of blue reads none of the clusters that run it (red, pink)",
        ],
        ["no port", { ports: [] }, "ports", "at least one port"],
        ["a port twice", { ports: [...PORTS, { name: "web", port: 80 }] }, "ports", "of two ports"],
        ["a port that is none", { ports: [{ name: "http", port: 0 }] }, "ports[0].port", "from 1 to 65535"],
        ["a caller that is none", { callers: [{ namespace: "a/b" }] }, "callers[0].namespace", "must be a DNS label"],
        [
            "a label that gateways lack",
            { locality: { failoverPriority: ["topology.istio.io/cluster", "version"] } },
            "locality.failoverPriority",
            "issues/49500",
        ],
        [
            "a label of pods before those of gateways",
            { locality: { failoverPriority: ["topology.kubernetes.io/region"] }, exports: ["blue"] },
            "locality.failoverPriority",
            "comes first",
        ],
        [
            "shares and an order",
            {
                locality: {
                    failover: [{ from: "a", to: "b" }],
                    distribute: [{ from: "a", to: { a: 100 } }],
                },
            },
            "locality.failover",
            "issues/35124",
        ],
        [
            "shares of less than all",
            { locality: { distribute: [{ from: "a", to: { a: 80, b: 10 } }] } },
            "locality.distribute",
            "from a comes to 90 percent",
        ],
        [
            "a region that goes over to itself",
            { locality: { failover: [{ from: "a", to: "a" }] } },
            "locality.failover",
            "goes over to where it comes from",
        ],
        [
            "an order that is off",
            { locality: { enabled: false, failoverPriority: ["topology.istio.io/cluster"] } },
            "locality.enabled",
            "is off",
        ],
        [
            "failover without outlier detection",
            { outlierDetection: { consecutive5xxErrors: 0 } },
            "outlierDetection.consecutive5xxErrors",
            "issues/33024",
        ],
        [
            "a share above all",
            { outlierDetection: { maxEjectionPercent: 101 } },
            "outlierDetection.maxEjectionPercent",
            "from 1 to 100",
        ],
        ["no duration", { outlierDetection: { interval: "5" } }, "outlierDetection.interval", "must be a duration"],
        ["a time that is none", { connectTimeout: "soon" }, "connectTimeout", "must be a duration"],
        ["half a retry", { retries: { attempts: 0.5 } }, "retries.attempts", "must be a whole number"],
        [
            "a headless service for another network",
            { headless: true, exports: ["red", "pink"] },
            "headless",
            "green, red, pink are not on one (https://github.com/istio/istio/issues/38327)",
        ],
        [
            "a choice among pods that clients make",
            { headless: true, connectTimeout: "1s" },
            "connectTimeout",
            "choose a pod",
        ],
    ];
    for (const [what, change, path, rule] of mistakes) {
        it(`refuses ${what}`, () => {
            const service = { ...CATALOG, clusters: ["green"], exports: [], ...change };
            const problems = servicesProblems([service], members);
            expect(problems.map((problem) => problem.path)).to.deep.equal([`services[0].${path}`]);
            expect(problems[0]?.rule).to.contain(rule);
            expect(problems[0]?.fix).to.match(/\.$/);
        });
    }

    it("refuses a headless service where nobody's DNS would answer", () => {
        const flat = ["blue", "green", "red"].map((name) => ({
            name,
            istiod: name,
            network: "coast",
            dnsProxy: name === "red",
        }));
        const problems = servicesProblems([{ ...CATALOG, headless: true }], flat);
        expect(problems.map(({ path, value, rule }) => [path, value, rule])).to.deep.equal([
            ["services[0].exports", '"green"', "has no DNS for the pods of a headless service elsewhere"],
        ]);
    });

    it("takes any order where no gateway is between", () => {
        const byZone = { ...CATALOG, locality: { failoverPriority: ["topology.kubernetes.io/zone"] } };
        const flat = ["blue", "green"].map((name) => ({ name, istiod: name, network: "coast" }));
        expect(servicesProblems([byZone], flat)).to.deep.equal([]);
        expect(servicesProblems([byZone], members.slice(0, 2)).map(({ path }) => path)).to.deep.equal([
            "services[0].locality.failoverPriority",
        ]);
    });

    it("is no Service where Istio's DNS proxy answers, and prefers nothing among pods", async () => {
        const locality = { failoverPriority: ["topology.kubernetes.io/zone"] };
        const services = [
            { ...CATALOG, locality },
            { ...CATALOG, name: "database", headless: true, callers: [] },
        ];
        const run = await mesh(services, (clusters) => {
            for (const key of Object.keys(clusters)) {
                const member = clusters[key] ?? expect.fail("it is there");
                clusters[key] = { ...member, network: "coast", istio: { dnsProxy: true } };
            }
        });
        expect(run.resources.filter(({ type }) => type === SERVICE)).to.deep.equal([]);
        const rules = run.resources.filter(({ type }) => type === DESTINATION_RULE).map(({ name }) => name);
        expect(rules).to.have.members(["blue", "green", "red"].map((key) => `mesh-${key}-shares-catalog.shop-clients`));
        expect(only(run, POLICY).name).to.equal("mesh-blue-shares-database.shop-callers");
        const istiod = only(run, RELEASE, "mesh-green-control-plane-istiod");
        expect(istiod.inputs).to.have.deep.nested.property(
            "values.meshConfig.defaultConfig.proxyMetadata.ISTIO_META_DNS_CAPTURE",
            "true",
        );
    });

    it("refuses a service twice", () => {
        const problems = servicesProblems([CATALOG, CATALOG], members.slice(0, 1));
        expect(problems.map(({ path, rule }) => `${path} ${rule}`)).to.deep.equal([
            "services[1].name is shared already",
        ]);
    });

    it("refuses it before anything is made", async () => {
        const made: unknown = await mesh([{ ...CATALOG, clusters: ["grey"] }]).catch((error: unknown) => error);
        expect(String(made)).to.contain("services[0].clusters: is no cluster of the mesh");
    });
});
