/** What decides on the way of a request, as Istio reads it. */
import { expect } from "chai";
import { ProblemsError } from "../../../shared/problems";
import { causesOf, type Hop, readAsked } from "../../../verify/explain";
import { judgeAccess } from "../../../verify/explain/authorization";
import { covers, inFull, isExported } from "../../../verify/observe/hosts";
import { outcomeOf, walkJson, walkTable } from "../../../verify/explain/report";
import { authorizationPolicy, destinationRule, sidecar, virtualService } from "../../../verify/observe/istioResources";
import { destinationRulesOf, otherTls, routeOf, virtualServiceOf } from "../../../verify/explain/route";
import { walkRoutes } from "../../../verify/explain/routing";
import { isServiceExported, reaches, sidecarOf } from "../../../verify/explain/scope";

const CATALOG = "catalog.shop.svc.cluster.local";
const metadata = { name: "it", namespace: "shop" };
const client = { namespace: "web", labels: { app: "webapp", tier: "front" } };
const routed = { host: CATALOG, isOwnName: true, domain: "cluster.local", port: 80, path: "/items" };
const service = { name: "catalog", namespace: "shop", domain: "cluster.local" };

describe("a request to explain", () => {
    it("is read from two names", () => {
        expect(readAsked("webapp.web@west", "catalog.shop", ["west", "east"])).to.deep.equal({
            cluster: "west",
            client: { namespace: "web", selector: "app=webapp" },
            service: { namespace: "shop", name: "catalog" },
        });
        expect(readAsked("webapp.web@west", "catalog.shop@east", ["west", "east"]).service.clusters).to.deep.equal([
            "east",
        ]);
    });

    const mistakes: readonly (readonly [client: string, service: string, says: readonly string[]])[] = [
        ["webapp", "catalog", ["client: is name.namespace@cluster", "service: is name.namespace@cluster"]],
        ["webapp.web@north", "catalog.shop@south", ["no cluster north", "no cluster south"]],
        ["webapp.web", "catalog.shop", ["client: the cluster that it runs in is missing"]],
    ];
    for (const [from, to, says] of mistakes) {
        it(`is refused as ${from} ${to}, with all that is wrong`, () => {
            const read = () => readAsked(from, to, ["west", "east"]);
            expect(read).to.throw(ProblemsError);
            for (const words of says) expect(read).to.throw(words);
        });
    }
});

describe("hosts of Istio's rules", () => {
    it("are short for a Service of the rule's namespace, in full, or begin with a wildcard", () => {
        expect(inFull("catalog", "shop", "cluster.local")).to.equal(CATALOG);
        expect(
            ["*", "*.local", "*.shop.svc.cluster.local", CATALOG].map((host) => covers(host, CATALOG)),
        ).to.deep.equal([...[true, true, true, true]]);
        expect(["*.web.svc.cluster.local", "catalog"].map((host) => covers(host, CATALOG))).to.deep.equal([
            false,
            false,
        ]);
    });

    it("are seen where they are exported to", () => {
        const seen = [undefined, ["*"], ["web"], ["."], ["~"], ["other"]].map((to) => isExported(to, "shop", "web"));
        expect(seen).to.deep.equal([true, true, true, false, false, false]);
        expect(isServiceExported({ "networking.istio.io/exportTo": "., web" }, "shop", "web")).to.equal(true);
    });
});

describe("Sidecars", () => {
    const of = (egress: readonly string[] | undefined, workloadSelector?: object, namespace = "web") =>
        sidecar.parse({
            metadata: { name: "it", namespace },
            spec: { ...(egress && { egress: [{ hosts: egress }] }), ...(workloadSelector && { workloadSelector }) },
        });

    it("that select the pod come before those of its namespace, and these before those of the root", () => {
        const [selecting, own, root] = [
            of([], { labels: { app: "webapp" } }),
            of([]),
            of([], undefined, "istio-system"),
        ];
        const other = of([], { labels: { app: "other" } });
        expect(sidecarOf([root, own, other, selecting], client, "istio-system")).to.equal(selecting);
        expect(sidecarOf([root, own, other], client, "istio-system")).to.equal(own);
        expect(sidecarOf([root, other], client, "istio-system")).to.equal(root);
        expect(sidecarOf([other], client, "istio-system")).to.equal(undefined);
    });

    it("have a pod know what their hosts are for", () => {
        const known = [["*/*"], ["shop/*"], [`shop/${CATALOG}`], [`*/${CATALOG}`], undefined];
        expect(known.map((hosts) => reaches(of(hosts), CATALOG, "shop"))).to.deep.equal([true, true, true, true, true]);
        const unknown = [["./*"], ["web/*"], ["~/*"], ["shop/other.shop.svc.cluster.local"], []];
        expect(unknown.map((hosts) => reaches(of(hosts), CATALOG, "shop"))).to.deep.equal(unknown.map(() => false));
    });
});

describe("routes", () => {
    const of = (spec: object) => virtualService.parse({ metadata, spec });

    it("are those of the mesh for the host", () => {
        const here = of({ hosts: ["catalog"] });
        const ingress = of({ hosts: ["catalog"], gateways: ["ingress"] });
        const hidden = of({ hosts: ["catalog"], exportTo: ["."] });
        expect(virtualServiceOf([ingress, hidden, here], client, routed)).to.equal(here);
    });

    it("take the request in their order; what looks at headers may take it", () => {
        const destination = { route: [{ destination: { host: "catalog" } }] };
        const match = (...all: object[]) => ({ match: all, ...destination });
        const index = (...http: object[]) => {
            const taken = routeOf(of({ hosts: ["catalog"], http }), client, routed);
            return taken && [taken.index, taken.certain];
        };
        expect(index(match({ uri: { prefix: "/other" } }), match({ uri: { prefix: "/items" } }))).to.deep.equal([
            1,
            true,
        ]);
        expect(index(match({ headers: { user: {} } }), destination)).to.deep.equal([1, false]);
        expect(index(match({ sourceLabels: { app: "other" } }), match({ port: 80 }))).to.deep.equal([1, true]);
        expect(index(match({ uri: { exact: "/" } }))).to.equal(undefined);
    });
});

describe("the way from a client's proxy", () => {
    const asked = { cluster: "west", client: { namespace: "web", selector: "app=webapp" }, service };
    const asShop = { ...routed, host: "shop.example", isOwnName: false };
    const of = (spec: object) => virtualService.parse({ metadata, spec });
    const rule = (spec: object) => destinationRule.parse({ metadata, spec });
    const to = (destination: object) => ({ route: [{ destination }] });
    const walk = (request: typeof routed, http: readonly object[] | undefined, ...rules: object[]) =>
        walkRoutes(asked, client, request, {
            virtualServices: http === undefined ? [] : [of({ hosts: ["catalog", "shop.example"], http })],
            destinationRules: rules.map(rule),
            root: "istio-system",
        });

    it("leads to the Service as it is where no route says otherwise", () => {
        expect(walk(routed, undefined)).to.deep.equal({ hops: [], to: { service, port: 80, subset: undefined } });
    });

    it("leads where the route says: to another Service, port and subset, whose rules count then", () => {
        const http = [to({ host: "reviews", subset: "v2", port: { number: 8080 } })];
        const subsets = [{ name: "v2", trafficPolicy: { tls: { mode: "DISABLE" } } }];
        for (const request of [routed, asShop]) {
            const { hops, to: end } = walk(request, http, { host: "reviews", subsets: [{ name: "v2" }] });
            expect(end).to.deep.equal({
                service: { name: "reviews", namespace: "shop" },
                ...{ port: 8080, subset: "v2" },
            });
            expect(hops.map(({ seen }) => seen)).to.deep.equal([
                "shop/it, spec.http[0] sends it to reviews.shop",
                "shop/it is for reviews",
            ]);
            expect(walk(request, http, { host: "reviews", subsets }).hops.at(-1)?.culprit?.field).to.equal(
                "spec.subsets[0].trafficPolicy.tls.mode",
            );
            expect(walk(request, http, { host: "catalog", subsets }).hops.at(-1)?.culprit?.field).to.equal(
                "spec.http[0].route[0].destination.subset",
            );
        }
    });

    it("ends where nobody has the host", () => {
        const { hops, to: end } = walk(asShop, undefined);
        expect(end).to.equal(undefined);
        expect(hops.map(({ state, cause }) => [state, cause])).to.deep.equal([
            [
                "ends",
                "shop.example is no name of catalog.shop, and no VirtualService has it: the client's proxy sends the request elsewhere.",
            ],
        ]);
    });

    const elsewhere: readonly (readonly [route: object, state: Hop["state"], words: string])[] = [
        [{ directResponse: { status: 418 } }, "ends", "has the client's proxy answer 418 itself"],
        [{ redirect: { uri: "/new" } }, "ends", "sends the client elsewhere"],
        [{ delegate: { name: "other" } }, "unseen", "leaves it to another VirtualService"],
        [to({ host: "api.example.org" }), "unseen", "sends it to api.example.org, which is no Service"],
    ];
    for (const [route, state, words] of elsewhere) {
        it(`${state === "ends" ? "ends" : "is not seen further"} where the route ${words}`, () => {
            const { hops, to: end } = walk(routed, [route]);
            expect(end).to.equal(undefined);
            expect(hops.map((hop) => hop.state)).to.deep.equal([state]);
            expect(hops.map((hop) => hop.cause ?? hop.seen).join()).to.contain(words);
        });
    }
});

describe("DestinationRules", () => {
    const of = (namespace: string, spec: object) =>
        destinationRule.parse({ metadata: { name: "it", namespace }, spec });

    it("of the client's namespace come before those of the Service's, and these before those of the root", () => {
        const rules = ["istio-system", "shop", "web"].map((namespace) => of(namespace, { host: CATALOG }));
        const found = (all: typeof rules) =>
            destinationRulesOf(all, client, service, "istio-system").map((rule) => rule.metadata.namespace);
        expect(found(rules)).to.deep.equal(["web"]);
        expect(found(rules.slice(0, 2))).to.deep.equal(["shop"]);
        expect(found(rules.slice(0, 1))).to.deep.equal(["istio-system"]);
    });

    it("say what else than mutual TLS of the mesh a client uses, at the level that decides", () => {
        const port = { port: { number: 80 }, tls: { mode: "DISABLE" } };
        const subset = { name: "v1", trafficPolicy: { tls: { mode: "SIMPLE" } } };
        const mutual = { tls: { mode: "ISTIO_MUTUAL" } };
        const tls = (spec: object) => otherTls(of("shop", { host: "catalog", ...spec }), 80, "v1");
        expect(tls({})).to.equal(undefined);
        expect(tls({ trafficPolicy: mutual })).to.equal(undefined);
        expect(tls({ trafficPolicy: { portLevelSettings: [port], ...mutual } })?.field).to.equal(
            "spec.trafficPolicy.portLevelSettings[0].tls.mode",
        );
        expect(tls({ trafficPolicy: mutual, subsets: [subset] })).to.deep.equal({
            field: "spec.subsets[0].trafficPolicy.tls.mode",
            mode: "SIMPLE",
        });
    });
});

describe("AuthorizationPolicies", () => {
    const principal = "cluster.local/ns/web/sa/webapp";
    const caller = { principal, namespace: "web", port: 8080, host: "Shop.example", method: "GET", path: "/items" };
    const of = (spec: object) => authorizationPolicy.parse({ metadata, spec });
    const from = (source: object) => ({ from: [{ source }] });
    const to = (operation: object) => ({ to: [{ operation }] });
    const allowed = (...specs: object[]) => judgeAccess(specs.map(of), caller).allowed;

    it("let everything in where none applies, and nothing where one allows nothing", () => {
        expect(allowed()).to.equal("yes");
        expect(judgeAccess([of({})], caller)).to.deep.include({ allowed: "no", field: "spec.rules" });
        expect(allowed({ rules: [{}] })).to.equal("yes");
    });

    it("allow by who calls and what is asked for", () => {
        expect(allowed({ rules: [from({ principals: [principal] })] })).to.equal("yes");
        expect(allowed({ rules: [from({ principals: ["*/sa/webapp"] })] })).to.equal("yes");
        expect(allowed({ rules: [from({ namespaces: ["other"] })] })).to.equal("no");
        expect(allowed({ rules: [from({ serviceAccounts: ["web/webapp"] })] })).to.equal("yes");
        expect(allowed({ rules: [{ ...from({ namespaces: ["web"] }), ...to({ methods: ["POST"] }) }] })).to.equal("no");
        expect(allowed({ rules: [to({ paths: ["/items*"], ports: ["8080"] })] })).to.equal("yes");
        expect(allowed({ rules: [to({ paths: ["/{*}"] })] })).to.equal("yes");
        expect(allowed({ rules: [to({ notPaths: ["/items"] })] })).to.equal("no");
        expect(allowed({ rules: [to({ hosts: ["shop.example"] })] })).to.equal("yes");
        expect(allowed({ rules: [to({ hosts: ["*.other"] })] })).to.equal("no");
    });

    it("deny before they allow, and name the rule", () => {
        const deny = of({ action: "DENY", rules: [from({ namespaces: ["other"] }), from({ namespaces: ["web"] })] });
        expect(judgeAccess([of({ rules: [{}] }), deny], caller)).to.deep.include({
            allowed: "no",
            field: "spec.rules[1]",
        });
    });

    it("may let in what depends on more than is known", () => {
        expect(allowed({ rules: [from({ ipBlocks: ["10.0.0.0/8"] })] })).to.equal("maybe");
        expect(allowed({ rules: [{ when: [{ key: "request.headers[x]", values: ["1"] }] }] })).to.equal("maybe");
        expect(allowed({ action: "CUSTOM", rules: [{}] })).to.equal("maybe");
        const unknown = { ...caller, host: undefined, path: undefined };
        for (const operation of [{ paths: ["/items"] }, { hosts: ["shop.example"] }]) {
            expect(judgeAccess([of({ rules: [to(operation)] })], unknown).allowed).to.equal("maybe");
        }
    });
});

describe("the walk of a request", () => {
    const culprit = { kind: "Sidecar", namespace: "web", name: "narrow", cluster: "west", field: "spec.egress" };
    const passed: Hop = { at: "client", cluster: "west", state: "passes", seen: "pod a" };
    const ended: Hop = {
        at: "Sidecar",
        cluster: "west",
        state: "ends",
        seen: "it",
        cause: "Because.",
        fix: "Add it.",
        culprit,
    };
    const unseen: Hop = { at: "port", cluster: "east", state: "unseen", seen: "no rights" };

    it("ends, may end, or passes", () => {
        expect([[passed], [passed, unseen], [passed, unseen, ended]].map(outcomeOf)).to.deep.equal([
            ...["passes", "unseen", "ends"],
        ]);
    });

    it("is a table with what to change, and JSON with the object", () => {
        const table = walkTable([passed, ended], 100);
        expect(table).to.match(/✔ passes +│ west +│ client +│ pod a/);
        expect(table).to.contain("cause: Because.\nfix: Add it.\n\nThe request ends in west, at: Sidecar.\n");
        expect(JSON.parse(walkJson([ended]))).to.deep.equal({ outcome: "ends", hops: [ended] });
        expect(walkTable([passed, unseen], 100)).to.contain("may end at what could not be seen: port in east.");
        expect(walkTable([passed], 100)).to.contain("The request is answered.");
    });

    it("says each cause once", () => {
        expect(causesOf([ended, ended])).to.deep.equal({ cause: "Because.", fix: "Add it." });
        expect(causesOf([passed])).to.equal(undefined);
    });
});
