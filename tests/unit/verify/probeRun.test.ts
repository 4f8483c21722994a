/** What a probe makes, whose it is, what it waits for and what it removes. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import os from "node:os";
import { expect } from "chai";
import { failoverService, manifests, PROBE_LABEL, serverService, type Manifest } from "../../../verify/probe/manifests";
import { runProbe } from "../../../verify/probe";
import { backups, pairs, targets } from "../../../verify/probe/check";
import { isAbandoned, owner } from "../../../verify/owner";
import { judgeRemoval } from "../../../verify/probe/removal";
import { stateOf, type PodState } from "../../../verify/probe/workloads";
import { matrixTable } from "../../../verify/report/matrix";
import { z } from "zod";

const plan = {
    namespace: "mesh-probe-1",
    image: "example.org/probe:1",
    cluster: "east",
    clusters: ["west", "east"],
    backups: { west: "east", east: "west" },
    revision: "default",
    domain: "cluster.local",
    selectors: [],
    owner: "somebody",
    closed: [],
    ingress: false,
};

describe("manifests of a probe", () => {
    const made = manifests(plan);
    const of = (kind: string): Manifest[] => made.filter((object) => object.kind === kind);
    const selectors = (objects: Manifest[]) =>
        Object.fromEntries(
            objects.map(({ metadata, spec }) => [metadata.name, (spec as { selector?: object }).selector] as const),
        );

    it("begin with a labelled namespace that is restricted and injected, and are all in it", () => {
        expect(made[0].metadata).to.deep.equal({
            name: "mesh-probe-1",
            labels: {
                [PROBE_LABEL]: "true",
                "pod-security.kubernetes.io/enforce": "restricted",
                "istio-injection": "enabled",
            },
            annotations: { "istio-multicluster/probe-owner": "somebody" },
        });
        expect(new Set(made.slice(1).map(({ metadata }) => metadata.namespace))).to.deep.equal(
            new Set(["mesh-probe-1"]),
        );
    });

    it("ask for the revision of the cluster's istiod", () => {
        const { labels } = manifests({ ...plan, revision: "1-31-1" })[0].metadata;
        expect(labels).to.include({ "istio.io/rev": "1-31-1" }).and.not.have.property("istio-injection");
    });

    it("give every cluster's Services, with pods behind them only where they are", () => {
        expect(selectors(of("Service"))).to.deep.equal({
            "server-1": undefined,
            "server-2": { role: "server" },
            "failover-1": { role: "client" },
            "failover-2": { role: "server" },
        });
        expect([serverService(plan, "east"), failoverService(plan, "west")]).to.deep.equal(["server-2", "failover-1"]);
    });

    it("lead from an ingress to every server, where there is one", () => {
        expect(of("Gateway").concat(of("VirtualService"))).to.deep.equal([]);
        const route = manifests({ ...plan, ingress: true }).find(({ kind }) => kind === "VirtualService");
        expect(route?.spec).to.deep.equal({
            hosts: ["mesh-probe-1.test"],
            gateways: ["ingress"],
            http: ["server-1", "server-2"].map((host) => ({
                match: [{ uri: { exact: `/${host}` } }],
                rewrite: { uri: "/" },
                route: [{ destination: { host, port: { number: 8090 } } }],
            })),
        });
    });

    it("inject all pods but the outsider, without redirection", () => {
        const pods = of("Pod").map(({ metadata: { name, labels, annotations } }) => [
            name,
            labels?.["sidecar.istio.io/inject"],
            annotations?.["sidecar.istio.io/interceptionMode"],
        ]);
        expect(pods).to.deep.equal([
            ["client", "true", "NONE"],
            ["server", "true", "NONE"],
            ["outsider", "false", "NONE"],
        ]);
    });

    it("keep those with a sidecar out of the hands of Istio's CNI plugin, which refuses this mode", () => {
        const initContainers = z.object({ initContainers: z.array(z.object({ name: z.string() })) });
        const names = of("Pod").map(({ spec }) => initContainers.parse(spec).initContainers.map(({ name }) => name));
        expect(names).to.deep.equal([["istio-init"], ["istio-init"], []]);
    });
});

describe("a probe's owner", () => {
    const ended = spawnSync("true").pid;
    const until = (milliseconds: number) => new Date(Date.now() + milliseconds).toISOString();

    it("lives while its process does", () => {
        expect(isAbandoned(owner())).to.equal(false);
    });

    it("has ended with its process, its lease, or when nobody can tell", () => {
        const host = os.hostname();
        expect(isAbandoned(JSON.stringify({ host, process: ended, until: until(60_000) }))).to.equal(true);
        expect(isAbandoned(JSON.stringify({ host, process: process.pid, until: until(-1) }))).to.equal(true);
        for (const annotation of [undefined, "{", "{}"]) expect(isAbandoned(annotation)).to.equal(true);
    });

    it("is left alone on another machine until its lease ends", () => {
        expect(isAbandoned(JSON.stringify({ host: "elsewhere", process: ended, until: until(60_000) }))).to.equal(
            false,
        );
        expect(isAbandoned(JSON.stringify({ host: "elsewhere", process: ended, until: until(-1) }))).to.equal(true);
    });
});

describe("the wait for a probe's pods", () => {
    const pod = (name: string, containers: Record<string, string | true>, message?: string): PodState => ({
        metadata: { name },
        spec: { containers: Object.keys(containers).map((container) => ({ name: container })) },
        status: {
            conditions: [
                {
                    type: "Ready",
                    status: Object.values(containers).every((state) => state === true) && !message ? "True" : "False",
                    ...(message === undefined ? {} : { message }),
                },
            ],
            containerStatuses: message
                ? []
                : Object.entries(containers).map(([container, state]) => ({
                      name: container,
                      image: "example.org/probe:1",

                      ready: state === true,
                      ...(state === true || state === "" ? {} : { state: { waiting: { reason: state } } }),
                  })),
        },
    });
    const ready = { probe: true, "istio-proxy": true } as const;
    const outsider = pod("outsider", { probe: true });

    it("ends when all are ready", () => {
        const state = stateOf("west", [pod("client", ready), pod("server", ready), outsider], 2);
        expect(state).to.deep.equal({
            cluster: "west",
            seconds: 2,
            withoutSidecar: [],
            notReady: [],
            sidecarNotReady: false,
        });
    });

    it("says what it waits for", () => {
        const client = pod("client", { probe: true, "istio-proxy": "" });
        const server = pod("server", ready, "0/1 nodes are available");
        const state = stateOf("west", [client, server], 2);
        expect(state.notReady).to.deep.equal([
            "client: istio-proxy is not ready",
            "server: 0/1 nodes are available",
            "outsider: has not started",
        ]);
        expect(state.sidecarNotReady).to.equal(true);
    });

    it("finds pods without a sidecar, but for the outsider", () => {
        const state = stateOf("west", [pod("client", { probe: true }), pod("server", ready), outsider], 2);
        expect(state.withoutSidecar).to.deep.equal(["client"]);
    });

    it("gives up on an image that cannot be had", () => {
        const client = pod("client", { probe: "ErrImagePull", "istio-proxy": true });
        expect(() => stateOf("west", [client], 2)).to.throw(
            "west: image example.org/probe:1 cannot be had (ErrImagePull); --probe-image names one",
        );
    });
});

describe("probe-removed", () => {
    it("passes when nothing is left", () => {
        expect(judgeRemoval([{ cluster: "west", removed: ["a", "b"], left: [] }])).to.deep.equal({
            result: "pass",
            seen: ["west: removed a, b"],
        });
    });

    it("is an error when something is left, which says nothing about the mesh", () => {
        const finding = judgeRemoval([
            { cluster: "west", removed: [], left: ["a"] },
            { cluster: "east", removed: [], left: [], failure: "east: connect ECONNREFUSED" },
            { cluster: "north", removed: [], left: [] },
        ]);
        expect(finding).to.include({
            result: "error",
            cause: "The probe's namespace may still be in west, east.",
        });
        expect(finding.seen).to.deep.equal([
            "west: removed nothing; a is left",
            "east: removed nothing; east: connect ECONNREFUSED",
            "north: removed nothing",
        ]);
    });
});

describe("pairs and targets", () => {
    const site = (name: string, peers?: string[]) => ({ name, declared: peers === undefined ? {} : { peers } });
    const sites = [site("west"), site("east", ["west"]), site("south", [])];
    const probe = { sites };

    it("are a cluster itself and what it discovers, which is all others where nothing is declared", () => {
        const names = sites.map((from) => targets(probe, from).map(({ name }) => name));
        expect(names).to.deep.equal([["west", "east", "south"], ["west", "east"], ["south"]]);
        expect(pairs(probe).map(({ from, to }) => `${from.name} ${to.name}`)).to.deep.equal([
            "west east",
            "west south",
            "east west",
        ]);
        expect(backups(probe)).to.deep.equal({ west: "east", east: "west" });
        const ring = { sites: ["a", "b", "c"].map((name) => site(name)) };
        expect(backups(ring)).to.deep.equal({ a: "b", b: "c", c: "a" });
    });
});

describe("runProbe", () => {
    it("makes nothing in a mesh of one cluster; every check has a page", async () => {
        const mesh = { clusters: [{ name: "west", clusterName: "w", network: "n", kubeconfig: "" }] };
        const { checks, matrix } = await runProbe(mesh, { image: "x" }, { patience: 0 }, () => true);
        expect(new Set(checks.map(({ result }) => result))).to.deep.equal(new Set(["skipped"]));
        expect(checks.map(({ id }) => readFileSync(`docs/checks/${id}.md`, "utf8").split("\n")[2])).to.deep.equal(
            checks.map(({ proves }) => `${proves}.`),
        );
        expect(matrix).to.deep.equal([]);
    });
});

describe("the table of the matrix", () => {
    const cells = (count: number) =>
        Array.from({ length: count * count }, (_, index) => ({
            from: `c${Math.floor(index / count)}`,
            to: `c${index % count}`,
            result: index === 1 ? ("fail" as const) : ("pass" as const),
        }));

    it("has a row a client and a column a server", () => {
        const lines = matrixTable(cells(2)).join("\n").split("\n");
        const rows = lines.filter((line) => line.startsWith("│")).map((line) => line.split(/[│\s]+/).filter(Boolean));
        expect(rows).to.deep.equal([
            ["client", "\\", "server", "c0", "c1"],
            ["c0", "✔", "✖"],
            ["c1", "✔", "✔"],
        ]);
    });

    it("leaves open what is not asked, and out what would not fit", () => {
        const holes = matrixTable(cells(2).filter((_, index) => index !== 2)).join("\n");
        expect(holes).to.match(/│ c1 +│ +│ +✔ +│/);
        expect(matrixTable([])).to.deep.equal([]);
        expect(matrixTable(cells(13))).to.deep.equal([]);
    });
});
