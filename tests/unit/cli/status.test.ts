import { clustersOf } from "../../../shared/topology";
import { expect } from "chai";
import { statusOf } from "../../../cli/commands/status";
import type { StateResource } from "../../../hosts/interface/deployment";
import { whole } from "../../support/stacks";
import { facts } from "./facts";

const STACKS = new Map([
    ["root", facts({ ownsRoot: true })],
    ["west", facts({ clusters: ["west"] })],
]);
const DAY = 86_400_000;

function state(outputs: Record<string, unknown>, ...resources: StateResource[]): StateResource[] {
    return [{ type: "pulumi:pulumi:Stack", name: "stack", inputs: {}, outputs }, ...resources];
}

describe("mesh status", () => {
    it("says of stacks that are not up that they are not", () => {
        expect(statusOf(STACKS, new Map(), new Date())).to.deep.equal([
            { stack: "root", isUp: false, clusters: [], missing: [] },
            { stack: "west", isUp: false, clusters: [{ cluster: "west", state: "absent" }], missing: [] },
        ]);
    });

    it("says until when certificates last, and from when an up renews them", async () => {
        const { root, west } = await whole();
        const { certificates } = root as { certificates: { west: string } };
        const signed: StateResource = {
            type: "tls:index/locallySignedCert:LocallySignedCert",
            name: "root-ca-west",
            inputs: {},
            outputs: { certPem: certificates.west, earlyRenewalHours: 90 * 24 },
        };
        const states = new Map([
            ["root", state(root ?? {}, signed)],
            ["west", state(west ?? {})],
        ]);
        const in100Days = new Date(Date.now() + 100 * DAY);
        const [ofRoot, ofWest] = statusOf(STACKS, states, in100Days);
        expect(ofRoot?.root?.daysLeft).to.be.within(3549, 3550);
        expect(ofRoot?.root).not.to.have.property("renewedFrom");
        const [cluster] = ofWest?.clusters ?? [];
        expect(cluster?.state).to.equal("complete");
        expect(cluster?.certificate?.daysLeft).to.be.within(629, 630);
        const { validUntil = "", renewedFrom = "" } = cluster?.certificate ?? {};
        expect(new Date(validUntil).getTime() - new Date(renewedFrom).getTime()).to.equal(90 * DAY);
    });

    it("says which clusters are about to leave", async () => {
        const { west } = await whole();
        const topology = clustersOf({ clusters: [{ name: "west", leaving: true }, { name: "east" }] });
        const stacks = new Map([["west", facts({ clusters: ["west"], topology })]]);
        const [row] = statusOf(stacks, new Map([["west", state(west ?? {})]]), new Date());
        expect(row?.clusters[0]?.state).to.equal("leaving");
    });

    it("knows a cluster outside of the mesh that runs an istiod for it", async () => {
        const { west } = await whole();
        const stacks = new Map([["west", facts({ clusters: ["hub", "west"] })]]);
        const statesOf = (outputs: Record<string, unknown>) => new Map([["west", state({ ...west, ...outputs })]]);
        const hub = { hub: { identity: { id: "hub-1", authorities: [] } } };
        const stateOfHub = (outputs: Record<string, unknown>) =>
            statusOf(stacks, statesOf(outputs), new Date())[0]?.clusters.find(({ cluster }) => cluster === "hub")
                ?.state;
        expect(stateOfHub({ externals: hub })).to.equal("complete");
        expect(stateOfHub({})).to.equal("absent");
    });

    it("says which step of a rotation a mesh is in", async () => {
        const { root, west } = await whole();
        const states = new Map([
            ["root", state({ ...root, roots: [1, 2] })],
            ["west", state({ ...west, readerTokens: [2, 1] })],
        ]);
        const [ofRoot, ofWest] = statusOf(STACKS, states, new Date());
        expect(ofRoot?.roots).to.deep.equal([1, 2]);
        expect(ofWest?.readerTokens).to.deep.equal([2, 1]);
    });

    it("says what a stack waits for", () => {
        const missing = [{ cluster: "west", what: "certificate", stack: "root", message: "up root" }];
        const [west] = clustersOf({ clusters: [{ name: "west" }] });
        const clusters = { west: { ...west, apiServer: "https://west:6443" } };
        const [, status] = statusOf(STACKS, new Map([["west", state({ clusters, missing })]]), new Date());
        expect(status).to.deep.equal({
            stack: "west",
            isUp: true,
            clusters: [{ cluster: "west", state: "waiting" }],
            missing,
        });
    });
});
