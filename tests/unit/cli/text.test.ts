import { expect } from "chai";
import { nextSteps } from "../../../cli/nextSteps";
import type { StateResource } from "../../../hosts/interface/deployment";
import { meshOfStates } from "../../../cli/target/ofStacks";
import { summaryText } from "../../../cli/summary";
import type { Outcome } from "../../../hosts/interface/host";
import { type Problem, ProblemsError } from "../../../shared/problems";
import { twoClusters } from "../verify/meshes";
import { cluster } from "./fakeClusters";

describe("summaryText", () => {
    const none = { create: 0, update: 0, replace: 0, delete: 0, read: 0, refresh: 0, same: 0 };
    const summary = (parts: Partial<Outcome>): Outcome => ({
        command: "up",
        counts: none,
        changes: [],
        seconds: 1.24,
        ...parts,
    });

    it("counts what was done, and what would be done in a preview", () => {
        const counts = { ...none, create: 2, update: 1, same: 31 };
        expect(summaryText(summary({ counts }))).to.equal("2 created, 1 updated, 31 unchanged in 1.2 s");
        expect(summaryText(summary({ counts, command: "preview" }))).to.equal(
            "2 to create, 1 to update, 31 unchanged in 1.2 s",
        );
    });

    it("says when there was nothing", () => {
        expect(summaryText(summary({}))).to.equal("nothing to do in 1.2 s");
    });
});

describe("nextSteps", () => {
    it("gives lines that can be copied, for the request and for every cluster", () => {
        const text = nextSteps(twoClusters, "/cache/kubectl", [cluster("west", 2), cluster("east", 3)]);
        expect(text).to.contain("curl -H 'Host: webapp.istioinaction.io' http://10.1.0.41/api/catalog\n");
        expect(text).to.contain('add "10.1.0.41 webapp.istioinaction.io" to /etc/hosts');
        expect(text).to.contain("  http://webapp.istioinaction.io/\n");
        expect(text).to.contain("/cache/kubectl --kubeconfig /mesh/kubeconfigs/east.yaml get pods -A\n");
        expect(text).to.contain("npm run mesh -- destroy");
    });
});

describe("meshOfStates", () => {
    const IDENTITY = { meshId: "usmesh", trustDomain: "cluster.local", rootCertificate: "PEM" };
    const [west, east] = twoClusters.clusters;
    const mesh = {
        ...twoClusters,
        ...IDENTITY,
        clusters: [
            { ...west, peers: ["east"], apiServer: "https://west:6443", certificate: "PEM" },
            { ...east, peers: ["west"], apiServer: "https://east:6443", certificate: "PEM" },
        ],
    };
    const outputs = (...names: string[]) =>
        Object.fromEntries(
            twoClusters.clusters
                .filter(({ name }) => names.includes(name))
                .map(({ name, clusterName, network, eastWestGateway }) => {
                    const made = { apiServer: `https://${name}:6443`, eastWestGateway, certificate: "PEM" };
                    return [
                        name,
                        { name, clusterName, network, ...made, peers: name === "west" ? ["east"] : ["west"] },
                    ];
                }),
        );
    const state = (clusters: object, more: object = {}): StateResource[] => [
        { type: "pulumi:pulumi:Stack", name: "stack", inputs: {}, outputs: { ...IDENTITY, clusters, ...more } },
        ...twoClusters.clusters.map(({ name, kubeconfig }) => ({
            type: "pulumi:providers:kubernetes",
            name,
            inputs: { kubeconfig },
            outputs: {},
        })),
    ];
    const problemsOf = (states: ReadonlyMap<string, StateResource[]>): readonly Problem[] => {
        try {
            meshOfStates(states);
        } catch (error) {
            if (error instanceof ProblemsError) return error.problems;
            throw error;
        }
        return expect.fail("it took them");
    };

    it("takes what a stack exports, and access from its providers", () => {
        const states = new Map([["mesh", state(outputs("west", "east"), { request: twoClusters.request })]]);
        expect(meshOfStates(states)).to.deep.equal(mesh);
    });

    it("puts the clusters of several stacks together", () => {
        const states = new Map([
            ["root", state({})],
            ["west", state(outputs("west"), { request: twoClusters.request })],
            ["east", state(outputs("east"))],
        ]);
        expect(meshOfStates(states)).to.deep.equal(mesh);
    });

    it("names the clusters that the proof needs from other stacks", () => {
        const [problem] = problemsOf(new Map([["west", state(outputs("west"), { request: twoClusters.request })]]));
        expect(problem?.rule).to.equal("clusters of other stacks belong to the mesh as well: east");
    });

    it("refuses outputs of an unfinished run, naming what is missing and never a kubeconfig", () => {
        const unfinished = {
            name: "west",
            clusterName: "west-cluster",
            network: "west-network",
            apiServer: "https://west:6443",
            peers: [],
        };
        const problems = problemsOf(new Map([["mesh", state({ west: unfinished })]]));
        expect(problems.map(({ subject, rule }) => `${subject}: ${rule}`)).to.deep.equal([
            "stack mesh: its outputs do not describe a mesh yet (clusters.west.control plane)",
        ]);
    });
});
