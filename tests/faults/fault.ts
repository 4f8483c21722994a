/** The form of a fault: how a mesh is broken, which checks must say so, and how it is mended. */
import { expect } from "chai";
import { BrokenMesh } from "../support/brokenMesh";

export interface Fault {
    /** What is wrong, as the title of a test. */
    readonly what: string;
    /** Ids of the checks that must fail, with what each must name as the cause. */
    readonly fails: Readonly<Record<string, RegExp>>;
    /** Ids of checks that must still pass. */
    readonly passes?: readonly string[];
    /** Whether it is broken and mended within seconds: those run with every `npm test`. */
    readonly fast?: true;
    /** Breaks it, and tells {@link BrokenMesh.later} how to mend each thing that it breaks. */
    readonly inflict: (mesh: BrokenMesh) => Promise<void>;
}

/** Breaks and mends one mesh again and again: each check fails for its reason, and holds again after the repair. */
export function describeFaults(title: string, faults: readonly Fault[]): void {
    describe(title, function () {
        // The longest restarts a control plane and all that it signs twice, and waits for a check twice.
        this.timeout(1_200_000);

        const mesh = new BrokenMesh();

        before(() => mesh.start());
        after(() => mesh.remove());

        for (const { what, fails, passes = [], inflict } of faults) {
            it(`${Object.keys(fails).join(", ")}: ${what}`, async () => {
                const ids = Object.keys(fails);
                try {
                    await inflict(mesh);
                    for (const { id, result, cause, seen } of await mesh.results(ids, "fail")) {
                        expect(result, `${id} saw ${seen.join("; ")}`).to.equal("fail");
                        expect(cause, id).to.match(fails[id] ?? /^$/);
                    }
                    for (const { id, result, cause } of await mesh.results(passes, "pass")) {
                        expect(result, `${id}: ${cause ?? ""}`).to.equal("pass");
                    }
                } finally {
                    await mesh.mend();
                }
                for (const { id, result, cause } of await mesh.results(ids, "pass")) {
                    expect(result, `after the repair, ${id}: ${cause ?? ""}`).to.equal("pass");
                }
            });
        }
    });
}
