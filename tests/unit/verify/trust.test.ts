import { expect } from "chai";
import { conclude } from "../../../verify/check";
import { commonRoot } from "../../../verify/checks/trust/commonRoot";
import { ownIntermediate } from "../../../verify/checks/trust/ownIntermediate";
import type { ClusterTrust } from "../../../verify/checks/dataPlane/workloads";
import { intermediate, leaf, newKeys, parsed, root, type Authority } from "../../support/certificates";
import { twoClusters } from "./meshes";

async function trust(cluster: string, trusted: Authority, signer: Authority): Promise<ClusterTrust> {
    const certificate = await leaf(signer, `spiffe://cluster.local/ns/shop/sa/${cluster}`);
    return {
        cluster,
        workload: {
            pod: `shop/${cluster}-0`,
            chain: [parsed(certificate), parsed(signer.certificate)],
            roots: [parsed(trusted.certificate)],
        },
    };
}

describe("common-root", () => {
    it("passes when both clusters trust one root", async () => {
        const ca = await root();
        const trusts = [
            await trust("west", ca, await intermediate(ca, "west")),
            await trust("east", ca, await intermediate(ca, "east")),
        ];
        const finding = conclude(commonRoot.judge(trusts, twoClusters));
        expect(finding.result).to.equal("pass");
        expect(finding.seen[0]).to.equal(
            `west: shop/west-0 trusts ${parsed(ca.certificate).fingerprint256.slice(0, 23)}`,
        );
    });

    it("fails when one cluster trusts a root of its own", async () => {
        const [ca, other] = [await root(), await root("Other")];
        const trusts = [
            await trust("west", ca, await intermediate(ca, "west")),
            await trust("east", other, await intermediate(other, "east")),
        ];
        const finding = conclude(commonRoot.judge(trusts, twoClusters));
        expect(finding.result).to.equal("fail");
        expect(finding.cause).to.contain("Secret istio-system/cacerts of east is a different one");
    });

    it("blames the cluster that differs from the declared root, whichever comes first", async () => {
        const [ca, other] = [await root(), await root("Other")];
        const trusts = [
            await trust("west", other, await intermediate(other, "west")),
            await trust("east", ca, await intermediate(ca, "east")),
        ];
        const mesh = { ...twoClusters, rootCertificate: ca.certificate.toString("pem") };
        const { cause } = conclude(commonRoot.judge(trusts, mesh));
        expect(cause).to.contain("of west is a different one").and.not.to.contain("of east");
    });

    it("fails when a cluster has no proxy, or a proxy without a root", async () => {
        const ca = await root();
        const west = await trust("west", ca, await intermediate(ca, "west"));
        const absent = conclude(commonRoot.judge([west, { cluster: "east" }], twoClusters));
        expect(absent.cause).to.contain("No sidecar and no gateway of east is ready");
        const empty = { cluster: "east", workload: { pod: "shop/east-0", chain: [], roots: [] } };
        const rootless = conclude(commonRoot.judge([west, empty], twoClusters));
        expect(rootless.cause).to.contain("The proxy in east has not received a root");
    });
});

describe("own-intermediate", () => {
    it("passes when each cluster signs with an intermediate of the root", async () => {
        const ca = await root();
        const trusts = [
            await trust("west", ca, await intermediate(ca, "west CA")),
            await trust("east", ca, await intermediate(ca, "east CA")),
        ];
        const finding = conclude(ownIntermediate.judge(trusts, twoClusters));
        expect(finding.result).to.equal("pass");
        expect(finding.seen[0]).to.contain(
            "west: shop/west-0 is URI:spiffe://cluster.local/ns/shop/sa/west, issued by CN=west CA",
        );
    });

    it("fails when istiod signs with a self-signed CA", async () => {
        const ca = await root();
        const trusts = [await trust("west", ca, await intermediate(ca, "west")), await trust("east", ca, ca)];
        const finding = conclude(ownIntermediate.judge(trusts, twoClusters));
        expect(finding.cause).to.contain("istiod of east signs with a self-signed CA");
    });

    it("fails when the chain does not begin with the signer", async () => {
        const ca = await root();
        const west = await trust("west", ca, await intermediate(ca, "west"));
        const wrong = await intermediate(ca, "upper");
        const signed = await leaf(await intermediate(ca, "east"), "spiffe://cluster.local/ns/shop/sa/east");
        const east: ClusterTrust = {
            cluster: "east",
            workload: {
                pod: "shop/east-0",
                chain: [parsed(signed), parsed(wrong.certificate)],
                roots: [parsed(ca.certificate)],
            },
        };
        const finding = conclude(ownIntermediate.judge([west, east], twoClusters));
        expect(finding.cause).to.contain("cert-chain.pem of east does not begin with");
    });

    it("fails when the intermediate comes from another root", async () => {
        const [ca, other] = [await root(), await root()];
        const trusts = [
            await trust("west", ca, await intermediate(ca, "west")),
            await trust("east", ca, await intermediate(other, "east")),
        ];
        const finding = conclude(ownIntermediate.judge(trusts, twoClusters));
        expect(finding.cause).to.contain("The intermediate of east was issued by another root");
    });

    it("fails when both clusters sign with one key, and says so once each", async () => {
        const ca = await root();
        const keys = await newKeys();
        const trusts = [
            await trust("west", ca, await intermediate(ca, "west", { keys })),
            await trust("east", ca, await intermediate(ca, "east", { keys })),
        ];
        const finding = conclude(ownIntermediate.judge(trusts, twoClusters));
        expect(finding.cause).to.equal("west and east sign with the same key.\neast and west sign with the same key.");
        expect(finding.fix).to.equal("Give each cluster its own key and intermediate.");
    });

    it("fails when the workload has no certificate yet", async () => {
        const ca = await root();
        const west = await trust("west", ca, await intermediate(ca, "west"));
        const east = { cluster: "east", workload: { pod: "shop/east-0", chain: [], roots: [parsed(ca.certificate)] } };
        const finding = conclude(ownIntermediate.judge([west, east], twoClusters));
        expect(finding.cause).to.equal("istiod of east has not signed the workload's certificate.");
    });
});
