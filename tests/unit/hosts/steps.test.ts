/** Steps as Pulumi's engine tells them. */
import { expect } from "chai";
import { outcome } from "../../../hosts/pulumi/steps";

const URN = "urn:pulumi:mesh::p::kubernetes:networking.istio.io/v1:Gateway::west-gateway";

describe("a step of Pulumi", () => {
    it("says from what to what a property changes, where the engine says it", () => {
        const hosts = (...hosts: string[]) => ({ inputs: { spec: { servers: [{ hosts }] }, token: "[secret]" } });
        const { changes, counts } = outcome(
            "preview",
            [
                {
                    op: "update",
                    urn: URN,
                    type: "kubernetes:networking.istio.io/v1:Gateway",
                    diffs: ["spec"],
                    detailedDiff: {
                        "spec.servers[0].hosts[0]": { diffKind: "update" },
                        "spec.servers[0].hosts[1]": { diffKind: "delete" },
                        status: { diffKind: "add-replace" },
                    },
                    old: hosts("a", "b"),
                    new: hosts("b"),
                },
            ],
            1,
        );
        expect(counts).to.include({ update: 1, create: 0 });
        expect(changes.flatMap((step) => step.changes)).to.deep.equal([
            { path: "spec.servers[0].hosts[0]", kind: "update", before: '"a"', after: '"b"', replaces: false },
            { path: "spec.servers[0].hosts[1]", kind: "delete", before: '"b"', replaces: false },
            { path: "status", kind: "add", replaces: true },
        ]);
    });

    it("says only where, when nothing more is known", () => {
        const step = { op: "replace", urn: URN, type: "tls:index/privateKey:PrivateKey", keys: ["algorithm"] };
        const { changes } = outcome("preview", [{ ...step, diffs: ["algorithm"], old: null }], 1);
        expect(changes.flatMap((each) => each.changes)).to.deep.equal([
            { path: "algorithm", kind: "update", replaces: true },
        ]);
    });
});
