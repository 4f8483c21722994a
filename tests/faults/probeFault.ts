/** The form of a fault that only the probe's checks can find. */
import { expect } from "chai";
import { setTimeout as sleep } from "node:timers/promises";
import { type CheckReport, verify } from "../../verify";
import { PROBE_IMAGE } from "../../shared/versions";
import type { BrokenMesh } from "../support/brokenMesh";

export interface ProbeFault {
    /** What is wrong, as the title of a test. */
    readonly what: string;
    /** Ids of the checks that must say so, with what each must name as the cause. */
    readonly fails: Readonly<Record<string, RegExp>>;
    /** How they say it; default `fail`. What says nothing about the mesh is an `error`. */
    readonly result?: "error";
    /** Whether it runs with every `npm test`. */
    readonly fast?: true;
    /** Breaks it before the run. */
    readonly inflict?: (mesh: BrokenMesh) => Promise<void>;
    /** Breaks it while the run is under way. @param namespace That of the run, once a cluster has it. */
    readonly during?: (mesh: BrokenMesh, namespace: (cluster: string) => Promise<string>) => Promise<void>;
}

/** Each check of the probe fails on a real mesh that is broken in just that way, and holds again after the repair. */
export function describeProbeFaults(title: string, mesh: BrokenMesh, faults: readonly ProbeFault[]): void {
    const probe = async (): Promise<ReadonlyMap<string, CheckReport>> => {
        const { checks } = await verify(mesh.mesh, { probe: { image: PROBE_IMAGE }, patience: 5 });
        return new Map(checks.map((check) => [check.id, check]));
    };
    /** The namespace of the run, as soon as a cluster has it. */
    async function namespaceOfRun(cluster: string): Promise<string> {
        const path = "jsonpath={.items[*].metadata.name}";
        for (let tries = 0; tries < 300; tries++) {
            const name = await mesh.kubectl(cluster, [
                "get",
                "namespaces",
                "-l",
                "istio-multicluster/probe",
                "-o",
                path,
            ]);
            if (name !== "") return name;
            await sleep(100);
        }
        throw new Error("no run of a probe within 30 s");
    }

    describe(title, () => {
        for (const { what, result = "fail", fails, inflict, during } of faults) {
            it(`${Object.keys(fails).join(", ")}: ${what}`, async () => {
                try {
                    await inflict?.(mesh);
                    const running = probe();
                    await during?.(mesh, namespaceOfRun);
                    const checks = await running;
                    for (const [id, cause] of Object.entries(fails)) {
                        const found = checks.get(id);
                        expect(found?.result, `${id} saw ${found?.seen.join("; ") ?? "nothing"}`).to.equal(result);
                        expect(found?.cause, id).to.match(cause);
                    }
                } finally {
                    await mesh.mend();
                }
                const mended = await probe();
                for (const id of Object.keys(fails)) {
                    const found = mended.get(id);
                    expect(found?.result, `after the repair, ${id}: ${found?.cause ?? ""}`).to.equal("pass");
                }
            });
        }
    });
}
