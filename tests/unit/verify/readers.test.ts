/** Who reads a peer with the token that it is to use, and which releases of Istio must not be asked to change it. */
import { expect } from "chai";
import { behindOf, bugOf, type Reading } from "../../../verify/rotation/readers";

const reading: Reading = {
    cluster: "west",
    peer: "east-cluster",
    isCurrent: true,
    seconds: 12,
    istiods: [{ pod: "istiod-0", clusters: [{ id: "east-cluster", syncStatus: "synced" }] }],
};

describe("a rotation of credentials", () => {
    it("has come to a cluster whose istiods have read the peer with the new token", () => {
        expect(behindOf(reading)).to.deep.equal([]);
    });

    it("names remote Secrets with another token, or with one that istiod may not have seen yet", () => {
        const who = "remote Secret of east-cluster";
        expect(behindOf({ ...reading, isCurrent: false })).to.deep.equal([
            { cluster: "west", who, why: "has another token than the one that is used now" },
        ]);
        expect(behindOf({ ...reading, seconds: 3 })).to.deep.equal([
            { cluster: "west", who, why: "was changed less than 10 s ago" },
        ]);
    });

    it("names istiods that have not read the peer", () => {
        const istiods = [
            ...reading.istiods,
            { pod: "istiod-1", clusters: [{ id: "east-cluster", syncStatus: "timeout" }] },
            { pod: "istiod-2", clusters: [] },
        ];
        expect(behindOf({ ...reading, istiods })).to.deep.equal([
            { cluster: "west", who: "istiod-1", why: 'reads east-cluster with status "timeout"' },
            { cluster: "west", who: "istiod-2", why: 'reads east-cluster with status "unknown"' },
        ]);
    });

    for (const tag of ["1.28.5", "1.29.6-distroless", "1.30.0", "1.30.3"]) {
        it(`is refused on ${tag}`, () => {
            expect(bugOf("west", tag).map(({ fix }) => fix)).to.deep.equal([
                "Upgrade to 1.30.4, 1.31.0 or newer first.",
            ]);
        });
    }

    it("names the bugs", () => {
        expect(bugOf("west", "1.30.3")[0]?.rule).to.contain("istio#60612").and.to.contain("istio#61043");
    });

    for (const tag of ["1.30.4", "1.31.0", "1.31.1-distroless", "1.32.0-dev.20260827", "latest"]) {
        it(`begins on ${tag}`, () => {
            expect(bugOf("west", tag)).to.deep.equal([]);
        });
    }
});
