/** The form of a fault: how a mesh is broken, which checks must say so, and how it is mended. */
import { expect } from "chai";
import type { Mesh } from "../../verify";
import type { Check } from "../../verify/check";
import type { BrokenMesh } from "../support/brokenMesh";

export interface Fault {
    /** What is wrong, as the title of a test. */
    readonly what: string;
    /** Ids of the checks that must fail, with what each must name as the cause. */
    readonly fails: Readonly<Record<string, RegExp>>;
    /** How they say it; default `fail`. */
    readonly result?: "warning";
    /** Ids of checks that may fail with them, or `any`. All others must still pass. */
    readonly also?: readonly string[] | "any";
    /** Whether it is broken and mended within seconds: those run with every `npm test`. */
    readonly fast?: true;
    /** Breaks it, and tells {@link BrokenMesh.later} how to mend each thing that it breaks. */
    readonly inflict?: (mesh: BrokenMesh) => Promise<void>;
    /** What is looked at instead of the mesh as it was brought up. */
    readonly instead?: (mesh: BrokenMesh) => Mesh | Promise<Mesh>;
}

/** Breaks and mends one mesh again and again: each check fails for its reason, and holds again after the repair. */
export function describeFaults(
    title: string,
    mesh: BrokenMesh,
    checks: readonly Check[],
    faults: readonly Fault[],
): void {
    describe(title, () => {
        it("are not there at first: every check passes", async () => {
            const results = await mesh.results(checks, "pass");
            expect(results.map(({ id, result }) => `${id} ${result}`)).to.deep.equal(
                checks.map(({ id }) => `${id} pass`),
            );
        });

        for (const { what, fails, result: wanted = "fail", also = [], inflict, instead } of faults) {
            const failing = checks.filter(({ id }) => id in fails);
            const mayFail = also === "any" ? checks.map(({ id }) => id) : also;
            const spared = checks.filter(({ id }) => !(id in fails) && !mayFail.includes(id));

            it(`${Object.keys(fails).join(", ")}: ${what}`, async () => {
                expect(failing.map(({ id }) => id)).to.have.members(Object.keys(fails));
                expect(checks.map(({ id }) => id)).to.include.members(mayFail);
                try {
                    await inflict?.(mesh);
                    const given = await instead?.(mesh);
                    const looked = given && (() => given);
                    for (const { id, result, cause, seen } of await mesh.results(failing, wanted, looked)) {
                        expect(result, `${id} saw ${seen.join("; ")}`).to.equal(wanted);
                        expect(cause, id).to.match(fails[id] ?? /^$/);
                    }
                    const others = (await mesh.results(spared, "pass", looked)).filter(
                        ({ result }) => result !== "pass",
                    );
                    expect(others.map(({ id, cause, seen }) => [id, cause, ...seen])).to.deep.equal([]);
                } finally {
                    await mesh.mend();
                }
                for (const { id, result, cause } of await mesh.results(failing, "pass")) {
                    expect(result, `after the repair, ${id}: ${cause ?? ""}`).to.equal("pass");
                }
            });
        }
    });
}
