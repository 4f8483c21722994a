/** Who was let in, from states and from what a host remembers. */
import { expect } from "chai";
import { admissionsOf } from "../../../cli/commands/history";
import type { StateResource } from "../../../hosts/interface/deployment";
import type { Update } from "../../../hosts/interface/host";

function resource(type: string, name: string, created?: string, modified?: string): StateResource {
    const times = { ...(created && { created }), ...(modified && { modified }) };
    return { type, name, inputs: {}, outputs: {}, ...times };
}
const SECRET = "kubernetes:core/v1:Secret";
const [TEN, ELEVEN, NOON] = ["2026-11-30T10:00:05.500Z", "2026-11-30T11:00:05.500Z", "2026-11-30T12:00:00.000Z"];

function update(number: number, hour: number, more: Update["by"] = {}): Update {
    const at = (second: number): Date => new Date(Date.UTC(2026, 10, 30, hour, 0, second));
    return { began: at(0), ended: at(5), by: { number, ...more } };
}

describe("mesh history", () => {
    it("knows peers, certificates and tokens, the oldest change first", () => {
        const resources = [
            resource(SECRET, "west-reads-east-secret", TEN, ELEVEN),
            resource(SECRET, "east-reader-token", TEN),
            resource(SECRET, "east-reader-token-2", NOON),
            resource("tls:index/selfSignedCert:SelfSignedCert", "root-ca-certificate", TEN),
            resource("tls:index/selfSignedCert:SelfSignedCert", "root-ca-2-certificate", NOON),
            resource("tls:index/locallySignedCert:LocallySignedCert", "root-ca-west", NOON),
            resource("tls:index/privateKey:PrivateKey", "root-ca-key", TEN),
            resource(SECRET, "west-control-plane-cacerts", TEN),
        ];
        expect(
            admissionsOf("mesh", resources, []).map(({ kind, what, changed }) => [kind, what, changed]),
        ).to.deep.equal([
            ["credential", "token 1 to read east with", TEN],
            ["certificate", "root 1", TEN],
            ["peer", "west discovers east", ELEVEN],
            ["credential", "token 2 to read east with", NOON],
            ["certificate", "root 2", NOON],
            ["certificate", "intermediate of west", NOON],
        ]);
    });

    it("names the update that made or changed it, with its commit and its run", () => {
        const updates = [update(3, 11, { author: "Ada", commit: "abcdef0123", build: "https://ci/7" }), update(2, 10)];
        const [made, changed, other] = admissionsOf(
            "mesh",
            [
                resource(SECRET, "east-reads-west-secret", TEN),
                resource(SECRET, "west-reads-east-secret", TEN, ELEVEN),
                resource(SECRET, "west-reader-token", NOON),
            ],
            updates,
        );
        expect(made?.update).to.deep.equal({ number: 2, began: "2026-11-30T10:00:00.000Z" });
        expect(changed).to.deep.equal({
            ...{ stack: "mesh", kind: "peer", what: "west discovers east", since: TEN, changed: ELEVEN },
            update: {
                ...{ number: 3, began: "2026-11-30T11:00:00.000Z" },
                ...{ author: "Ada", commit: "abcdef0123", build: "https://ci/7" },
            },
        });
        expect(other).to.not.have.property("update");
    });

    it("says nothing of times that a state does not have", () => {
        expect(admissionsOf("mesh", [resource(SECRET, "west-reads-east-secret")], [update(1, 10)])).to.deep.equal([
            { stack: "mesh", kind: "peer", what: "west discovers east" },
        ]);
    });
});
