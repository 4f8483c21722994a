/** Every check of the probe fails on a real mesh that is broken in just that way, and holds again after the repair. */
import { expect } from "chai";
import { setTimeout as sleep } from "node:timers/promises";
import { type CheckReport, verify } from "../../verify";
import { PROBE_IMAGE } from "../../versions";
import { BrokenMesh } from "../support/brokenMesh";
import { PROBE_FAULTS } from "./probe";

describe("faults that the probe finds", function () {
    this.timeout(600_000);

    const mesh = new BrokenMesh();

    before(() => mesh.start());
    after(() => mesh.remove());

    const probe = async (): Promise<ReadonlyMap<string, CheckReport>> => {
        const { checks } = await verify(mesh.mesh, { probe: { image: PROBE_IMAGE }, patience: 5 });
        return new Map(checks.map((check) => [check.id, check]));
    };
    /** The namespace of the run, as soon as a cluster has it. */
    async function namespaceOfRun(cluster: string): Promise<string> {
        const list = [
            "get",
            "namespaces",
            "-l",
            "istio-multicluster/probe",
            "-o",
            "jsonpath={.items[*].metadata.name}",
        ];
        for (let tries = 0; tries < 300; tries++) {
            const name = await mesh.kubectl(cluster, list);
            if (name !== "") return name;
            await sleep(100);
        }
        throw new Error("no run of a probe within 30 s");
    }

    for (const { what, result = "fail", fails, inflict, during } of PROBE_FAULTS) {
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
