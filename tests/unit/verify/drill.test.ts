/** What a drill may take, and what it says of it. */
import { expect } from "chai";
import type { Drilled } from "../../../verify/drill";
import { beyond, drillJson, drillTable } from "../../../verify/drill/report";
import { isBehind, leftBehind, type Workload } from "../../../verify/drill/workloads";
import { owner } from "../../../verify/owner";

const WORKLOAD: Workload = {
    kind: "Deployment",
    namespace: "shop",
    name: "catalog",
    replicas: 2,
    ready: 2,
    labels: { app: "catalog", version: "v1" },
    taken: undefined,
};
const DRILLED: Drilled = {
    took: ["Deployment shop/catalog in west"],
    usual: ["west"],
    others: ["east"],
    secondsUntilOthers: 0.74,
    secondsBack: 4.6,
    load: {
        seconds: 12,
        requests: 600,
        newConnections: 300,
        lost: 2,
        reasons: ["status 503"],
        longestGap: 90,
        slowest: 80,
    },
};

describe("a drill", () => {
    it("takes what is behind a Service, by its labels and in its namespace", () => {
        const service = (selector: Record<string, string> | undefined, namespace = "shop") => ({
            metadata: { namespace },
            spec: selector === undefined ? {} : { selector },
        });
        expect(isBehind(WORKLOAD, service({ app: "catalog" }))).to.equal(true);
        expect(isBehind(WORKLOAD, service({ app: "catalog", version: "v2" }))).to.equal(false);
        expect(isBehind(WORKLOAD, service({ app: "catalog" }, "office"))).to.equal(false);
        expect(isBehind(WORKLOAD, service(undefined))).to.equal(false);
    });

    it("leaves what another one holds, and knows what one that has ended has left", () => {
        const taken = (by: string) => leftBehind({ ...WORKLOAD, taken: JSON.stringify({ owner: by, replicas: 2 }) });
        expect(leftBehind(WORKLOAD)).to.equal(undefined);
        expect(taken(owner())).to.equal("held");
        const ended = { host: "elsewhere", process: 1, until: new Date(Date.now() - 1000).toISOString() };
        expect(taken(JSON.stringify(ended))).to.equal("abandoned");
        expect(leftBehind({ ...WORKLOAD, taken: "what?" })).to.equal("abandoned");
    });

    it("is within its budget, or says what was beyond", () => {
        expect(beyond(DRILLED, { seconds: 10, lost: 2 })).to.deep.equal([]);
        expect(beyond(DRILLED, { seconds: 10, lost: 1 })).to.deep.equal([
            "2 requests were lost, and 1 may be: status 503",
        ]);
        const { secondsUntilOthers, secondsBack, ...none } = DRILLED;
        expect([secondsUntilOthers, secondsBack]).to.deep.equal([0.74, 4.6]);
        expect(beyond({ ...none, others: [] }, { seconds: 10, lost: 2 })).to.deep.equal([
            "nobody else answered within 10 s",
            "what was put back does not answer again",
        ]);
    });

    it("prints what it saw beside what it may cost", () => {
        const table = drillTable(DRILLED, { seconds: 10, lost: 2 });
        expect(table)
            .to.match(/until others answered +│ 0\.7 s +│ 10 s/)
            .and.contain("Within the budget.");
        expect(drillTable(DRILLED, { seconds: 10, lost: 0 })).to.contain(
            "Beyond the budget: 2 requests were lost, and 0 may be: status 503.",
        );
        expect(JSON.parse(drillJson(DRILLED, { seconds: 10, lost: 0 }))).to.deep.equal({
            budget: { seconds: 10, lost: 0 },
            beyond: ["2 requests were lost, and 0 may be: status 503"],
            ...DRILLED,
        });
    });
});
