import { expect } from "chai";
import { defineCheck, type Check, type Finding } from "../../../verify/check";
import { chosen, runChecks, verdict, type Report } from "../../../verify/runner";
import { CHECKS } from "../../../verify/checks";
import { GROUPS } from "../../../verify/check";
import type { MeshView } from "../../../verify/observe";
import { ProblemsError } from "../../../shared/problems";

/** A check that answers one finding after the other, and the last one for ever. */
function scripted(id: string, ...findings: (Finding | Error)[]): Check & { looks: number } {
    const check = {
        id,
        group: "clusters" as const,
        proves: "nothing",
        looks: 0,
        run: () => {
            const finding = findings[Math.min(check.looks++, findings.length - 1)];
            return finding instanceof Error || finding === undefined
                ? Promise.reject(finding ?? new Error("no finding"))
                : Promise.resolve(finding);
        },
    };
    return check;
}

const PASS: Finding = { result: "pass", seen: ["good"] };
const FAIL: Finding = { result: "fail", seen: ["bad"], cause: "a cause", fix: "a fix" };
const EMPTY = { clusters: [] };

describe("runChecks", () => {
    it("looks again until a check passes", async () => {
        const check = scripted("slow", FAIL, new Error("not yet"), PASS);
        const { checks } = await runChecks(EMPTY, [check], { patience: 10 });
        expect(checks.map(({ id, result }) => ({ id, result }))).to.deep.equal([{ id: "slow", result: "pass" }]);
        expect(check.looks).to.equal(3);
    });

    it("looks once without patience", async () => {
        const check = scripted("broken", FAIL, PASS);
        const { checks } = await runChecks(EMPTY, [check], { patience: 0 });
        expect(checks[0]).to.include({ result: "fail", cause: "a cause", fix: "a fix" });
        expect(check.looks).to.equal(1);
    });

    it("reports what kept a check from looking as an error, and runs the others", async () => {
        const { checks } = await runChecks(EMPTY, [scripted("blind", new Error("no rights")), scripted("fine", PASS)], {
            patience: 0,
        });
        expect(checks[0]?.result).to.equal("error");
        expect(checks[0]?.seen).to.deep.equal(["no rights"]);
        expect(checks[1]?.result).to.equal("pass");
    });

    it("has checks that look together share a view, and gives a fresh one to who looks again", async () => {
        const views: MeshView[] = [];
        const looking = (id: string, ...findings: Finding[]): Check => {
            const check = scripted(id, ...findings);
            return { ...check, run: (view) => (views.push(view), check.run(view)) };
        };
        await runChecks(EMPTY, [looking("fine", PASS), looking("slow", FAIL, PASS)], { patience: 10 });
        expect(views).to.have.length(3);
        expect(views[1]).to.equal(views[0]);
        expect(views[2]).to.not.equal(views[0]);
    });

    const endless = defineCheck({
        id: "endless",
        group: "clusters",
        proves: "nothing",
        observe: () => new Promise(() => undefined),
        judge: () => [],
    });

    it("ends a look in time", async () => {
        const { checks } = await runChecks(EMPTY, [endless], { patience: 0, seconds: 0.1 });
        expect(checks.map(({ result, seen }) => [result, seen])).to.deep.equal([
            ["error", ["there was no answer within 0.1 s"]],
        ]);
    });

    it("ends with the run's signal", async () => {
        const start = performance.now();
        const { checks } = await runChecks(EMPTY, [endless], { patience: 60, signal: AbortSignal.timeout(100) });
        expect(performance.now() - start).to.be.below(3000);
        expect(checks[0]?.result).to.equal("error");
    });
});

describe("checks that are chosen", () => {
    it("are those of an id or a group, and other names are refused", () => {
        const checks = [scripted("one", PASS), { ...scripted("two", PASS), group: "trust" as const }];
        const asked = (...only: string[]) => chosen(checks, only, " Others need more.").map(({ id }) => id);
        expect(chosen(checks, undefined)).to.equal(checks);
        expect(asked("one")).to.deep.equal(["one"]);
        expect(asked("trust")).to.deep.equal(["two"]);
        expect(() => asked("trust", "none"))
            .to.throw(ProblemsError)
            .with.property("message")
            .that.contains("There are clusters, one, trust, two. Others need more.");
    });
});

describe("verdict", () => {
    const of = (...results: Finding["result"][]): Report => ({
        checks: results.map((result) => ({ id: "x", group: "trust", proves: "", result, seen: [], seconds: 0 })),
    });

    it("tells a broken mesh from one that could not be checked", () => {
        expect(verdict(of("pass", "skipped"))).to.equal("pass");
        expect(verdict(of("pass", "error", "fail"))).to.equal("fail");
        expect(verdict(of("pass", "error"))).to.equal("error");
    });
});

describe("CHECKS", () => {
    it("has unique ids, in the order of the groups", () => {
        const ids = CHECKS.map(({ id }) => id);
        expect(new Set(ids).size).to.equal(ids.length);
        const order = CHECKS.map(({ group }) => GROUPS.indexOf(group));
        expect(order).to.deep.equal([...order].sort((a, b) => a - b));
    });
});
