import { expect } from "chai";
import { ProblemsError } from "../../../../shared/problems";
import { problemsOf, type Settings, settings } from "./support";

describe("mistakes in the configuration", () => {
    const mistakes: [string, Partial<Settings>, string, string | undefined, string][] = [
        ["an unknown key", { chart: "x" }, "chart", undefined, "there is no such setting"],
        [
            "an unknown key further down",
            { ca: { root: { hours: 1 } } },
            "ca.root.hours",
            undefined,
            "there is no such setting",
        ],
        ["a wrong type", { ca: { root: { days: "ten" } } }, "ca.root.days", "ten", "expected number"],
        ["a wrong choice", { ca: { keyAlgorithm: "DSA" } }, "ca.keyAlgorithm", "DSA", 'expected one of "ECDSA"|"RSA"'],
        [
            "a missing value",
            { mesh: { clusters: [{ name: "west" }, { name: "east" }] } },
            "mesh.id",
            undefined,
            "this setting is required",
        ],
        [
            "a leaving cluster that another's istiod has to read",
            {
                mesh: {
                    id: "m",
                    rootStack: "mesh",
                    clusters: [{ name: "west" }, { name: "east", controlPlane: "west", leaving: true }],
                },
            },
            "mesh.clusters[1].leaving",
            "east",
            "the istiod of west serves it, and reads it for that",
        ],
        [
            "an unknown source",
            { clusters: { west: { source: "vm" } } },
            "clusters.west.source",
            undefined,
            'must be "kind" or "existing"',
        ],
        ["no topology", { mesh: undefined }, "mesh", undefined, "this setting is required"],
        [
            "no cluster in the mesh",
            { mesh: { id: "m", clusters: [] } },
            "mesh.clusters",
            undefined,
            "a mesh has at least one cluster",
        ],
        [
            "a stack that owns nothing",
            { clusters: {}, ownsRoot: false, mesh: { id: "m", clusters: [{ name: "west" }, { name: "east" }] } },
            "clusters",
            undefined,
            "stack mesh owns neither a cluster nor the root CA",
        ],
        [
            "a cluster of this stack that it does not name",
            {
                clusters: { west: { source: "kind" } },
                mesh: { id: "m", rootStack: "mesh", clusters: [{ name: "west" }, { name: "east", stack: "mesh" }] },
            },
            "clusters.east",
            undefined,
            "the topology says that stack mesh owns this cluster, and `clusters` does not name it",
        ],
        [
            "a root that the others look for elsewhere",
            {
                clusters: { west: { source: "kind" } },
                mesh: { id: "m", clusters: [{ name: "west" }, { name: "east" }] },
            },
            "mesh.rootStack",
            "root",
            "stack mesh owns the root CA, and the stacks of east expect it here",
        ],
        [
            "a root that this stack should own",
            { ownsRoot: false },
            "ownsRoot",
            "false",
            "the topology says that this stack owns the root CA",
        ],
        [
            "no stack's name",
            { mesh: { id: "m", clusters: [{ name: "west" }, { name: "east", stack: "org/east" }] } },
            "mesh.clusters[1].stack",
            "org/east",
            "must be a stack's name",
        ],
        [
            "a cluster of nowhere",
            { clusters: { north: { source: "kind" } } },
            "clusters",
            "north",
            "there is no cluster of this name in mesh.clusters",
        ],
        [
            "a validity of zero",
            { ca: { root: { days: 0 } } },
            "ca.root",
            "0 days, renewed 365 days before",
            "must be a whole number of days, at least 1",
        ],
        [
            "a renewal before the beginning",
            { ca: { intermediate: { days: 30, renewBeforeDays: 30 } } },
            "ca.intermediate",
            "30 days, renewed 30 days before",
            "must be renewed a whole number of days before its end, fewer than it lasts",
        ],
        [
            "no CIDR",
            { clusters: { west: { source: "kind", podSubnet: "10.0.0.0" } } },
            "clusters.west.podSubnet",
            "10.0.0.0",
            "must be a CIDR",
        ],
        [
            "overlapping CIDRs of one cluster",
            { clusters: { west: { source: "kind", podSubnet: "10.0.0.0/8", serviceSubnet: "10.96.0.0/16" } } },
            "clusters.west.serviceSubnet",
            "10.96.0.0/16",
            "must not overlap with clusters.west.podSubnet (10.0.0.0/8)",
        ],
        [
            "overlapping CIDRs of two clusters",
            {
                clusters: {
                    west: { source: "kind", podSubnet: "10.1.0.0/16" },
                    east: { source: "kind", podSubnet: "10.1.128.0/17" },
                },
            },
            "clusters.east.podSubnet",
            "10.1.128.0/17",
            "must not overlap with clusters.west.podSubnet (10.1.0.0/16)",
        ],
        [
            "a bad host",
            { sampleApps: { host: "no host", webapp: [], catalog: [] } },
            "sampleApps.host",
            "no host",
            "must be a DNS name: labels of lower-case letters, digits and hyphens, joined by dots",
        ],
        [
            "an app in no cluster",
            { sampleApps: { host: "a.b", webapp: ["north"], catalog: ["east"] } },
            "sampleApps.webapp",
            "north",
            "there is no cluster of this name in mesh.clusters",
        ],
        [
            "webapp without catalog",
            { sampleApps: { host: "a.b", webapp: ["west"] } },
            "sampleApps.catalog",
            undefined,
            "webapp shows what catalog answers, and no cluster runs catalog",
        ],
    ];
    for (const [what, part, subject, value, rule] of mistakes) {
        it(`refuses ${what}`, () => {
            const problems = problemsOf(settings(part));
            expect(problems.map((problem) => problem.subject)).to.deep.equal([subject]);
            expect(problems[0]?.value).to.equal(value);
            expect(problems[0]?.rule).to.contain(rule);
            expect(problems[0]?.fix).to.match(/\.$/);
        });
    }

    const west = { name: "west" };
    const clusters: [string, object[], string, string | undefined, string][] = [
        [
            "two clusters of one name",
            [west, west],
            "mesh.clusters[1].name",
            "west",
            "must be unique in the mesh, and mesh.clusters[0] has it already",
        ],
        [
            "two clusters with one name of Istio's",
            [west, { name: "east", clusterName: "west-cluster" }],
            "mesh.clusters[1].clusterName",
            "west-cluster",
            "must be unique in the mesh",
        ],
        [
            "pods of two clusters on one network with the same addresses",
            [west, { name: "east", network: "west-network" }],
            "clusters.west.podSubnet",
            undefined,
            "the cluster shares network west-network with east, so its pods need addresses that no other's have",
        ],
        [
            "a name that is no DNS label",
            [west, { name: "East_1" }],
            "mesh.clusters[1].name",
            "East_1",
            "must be a DNS label of at most 49 characters",
        ],
        [
            "a name without room for its node's",
            [west, { name: "e".repeat(50) }],
            "mesh.clusters[1].name",
            "e".repeat(50),
            "must be a DNS label of at most 49 characters",
        ],
        [
            "an unknown peer",
            [{ ...west, peers: ["north"] }, { name: "east" }],
            "mesh.clusters[0].peers",
            "north",
            "there is no cluster of this name",
        ],
        [
            "a peer of its own",
            [{ ...west, peers: ["west"] }, { name: "east" }],
            "mesh.clusters[0].peers",
            "west",
            "a cluster cannot be its own peer",
        ],
        [
            "a control plane that serves itself from elsewhere",
            [
                { ...west, controlPlane: "east" },
                { name: "east", controlPlane: "west" },
            ],
            "mesh.clusters[0].controlPlane",
            "east",
            "must name a cluster with an istiod of its own",
        ],
        [
            "peers of a cluster that an istiod outside serves beside another",
            [
                { name: "west", controlPlane: "hub" },
                { name: "east", controlPlane: "hub", peers: [] },
            ],
            "mesh.clusters[1].controlPlane",
            "hub",
            "leaves no choice of `peers`: what the istiod of west discovers",
        ],
        [
            "peers that leave out a cluster that an istiod outside serves",
            [
                { name: "west", controlPlane: "hub", peers: [] },
                { name: "east", controlPlane: "hub" },
            ],
            "mesh.clusters[1].controlPlane",
            "hub",
            "needs the istiod of west to read this cluster",
        ],
        [
            "peers of a cluster without an istiod",
            [west, { name: "east", controlPlane: "west", peers: [] }],
            "mesh.clusters[1].controlPlane",
            "west",
            "leaves no choice of `peers`",
        ],
        [
            "a peer named twice",
            [{ ...west, peers: ["east", "east"] }, { name: "east" }],
            "mesh.clusters[0].peers",
            "east",
            "must be named only once",
        ],
    ];
    for (const [what, topology, subject, value, rule] of clusters) {
        it(`refuses ${what}`, () => {
            const problems = problemsOf(
                settings({
                    mesh: { id: "m", clusters: topology },
                    clusters: { west: { source: "kind" } },
                    sampleApps: undefined,
                }),
            ).filter((problem) => problem.subject === subject);
            expect(problems).to.have.length(1);
            expect(problems[0]?.value).to.equal(value);
            expect(problems[0]?.rule).to.contain(rule);
        });
    }

    for (const [what, controlPlane, clusters, subject] of [
        ["a control plane of no cluster", "nowhere", ["west", "east"], "clusters.nowhere"],
        ["a control plane outside whose config cluster another stack has", "hub", ["hub", "east"], "clusters.west"],
    ] as const) {
        it(`refuses ${what}`, () => {
            const problems = problemsOf(
                settings({
                    mesh: { id: "m", clusters: [{ name: "west", controlPlane }, { name: "east" }] },
                    clusters: Object.fromEntries(clusters.map((name) => [name, { source: "kind" }])),
                    sampleApps: undefined,
                }),
            );
            const [problem] = problems.filter((each) => each.subject === subject);
            expect(problem?.rule).to.contain("is no cluster of the mesh, so it is one outside of it");
            expect(problem?.fix).to.contain("or correct `mesh.clusters[0].controlPlane`");
        });
    }

    it("reports all mistakes together, of whatever kind", () => {
        const problems = problemsOf(
            settings({
                mesh: {
                    id: "Mesh",
                    trustDomain: 7,
                    clusters: [
                        { name: "west", colour: "red" },
                        { name: "east", network: "west-network" },
                    ],
                },
                clusters: { west: { source: "kind", podSubnet: "x" }, east: { source: "kind" } },
                ca: { intermediate: { days: -1 } },
                other: 1,
            }),
        );
        expect(problems.map(({ subject }) => subject)).to.have.members([
            "other",
            "mesh.trustDomain",
            "mesh.clusters[0].colour",
            "mesh.id",
            "clusters.east.podSubnet",
            "clusters.west.podSubnet",
            "ca.intermediate",
        ]);
    });

    it("says each problem in one line, with field, rule, value and what to do", () => {
        const error = new ProblemsError(problemsOf(settings({ ca: { root: { days: "ten" } } })));
        expect(error.message).to.equal(
            'ca.root.days: expected number (found "ten"). Correct it; docs/configuration.md lists all settings and their types.',
        );
    });

    it("takes a name that is a number by its text, and says no word of its own", () => {
        const mesh = { id: "m", rootStack: "mesh", clusters: [{ name: 1 }, { name: "east" }] };
        const problems = problemsOf(
            settings({ mesh, clusters: { "1": { source: "kind" }, east: { source: "kind" } }, sampleApps: undefined }),
        );
        expect(problems.map(({ subject, value, rule }) => [subject, value, rule])).to.deep.equal([
            ["mesh.clusters[0].name", "1", "expected string"],
        ]);
        const nameless = { id: "m", clusters: [{ name: { first: 1 } }, { name: "east" }] };
        expect(JSON.stringify(problemsOf(settings({ mesh: nameless })))).not.to.contain("unknown-");
    });
});
