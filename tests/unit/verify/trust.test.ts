import type { X509Certificate } from "node:crypto";
import { expect } from "chai";
import { conclude } from "../../../verify/check";
import { commonRoot } from "../../../verify/checks/trust/commonRoot";
import { issuersIn } from "../../../verify/checks/trust/storedRoot";
import { type Issuance, ownIntermediate } from "../../../verify/checks/trust/ownIntermediate";
import type { TrustedRoots } from "../../../verify/checks/trust/commonRoot";
import type { ClusterTrust } from "../../../verify/checks/dataPlane/workloads";
import { intermediate, leaf, newKeys, parsed, root, type Authority } from "../../support/certificates";
import { primaryRemote, twoClusters } from "./meshes";

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

/** What common-root sees of them, where namespaces give what a root is. */
function trusted({ cluster, workload }: ClusterTrust, given?: Authority): TrustedRoots {
    const workloads = workload === undefined ? [] : [workload];
    return {
        cluster,
        workloads,
        given: given === undefined ? {} : { shop: [parsed(given.certificate).fingerprint256] },
    };
}

describe("common-root", () => {
    it("passes when both clusters trust one root", async () => {
        const ca = await root();
        const trusts = [
            await trust("west", ca, await intermediate(ca, "west")),
            await trust("east", ca, await intermediate(ca, "east")),
        ];
        const finding = conclude(
            commonRoot.judge(
                trusts.map((each) => trusted(each)),
                twoClusters,
            ),
        );
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
        const finding = conclude(
            commonRoot.judge(
                trusts.map((each) => trusted(each)),
                twoClusters,
            ),
        );
        expect(finding.result).to.equal("fail");
        expect(finding.cause).to.contain("Secret cacerts of east is a different one");
    });

    it("blames the cluster that differs from the declared root, whichever comes first", async () => {
        const [ca, other] = [await root(), await root("Other")];
        const trusts = [
            await trust("west", other, await intermediate(other, "west")),
            await trust("east", ca, await intermediate(ca, "east")),
        ];
        const mesh = { ...twoClusters, rootCertificate: ca.certificate.toString("pem") };
        const { cause } = conclude(
            commonRoot.judge(
                trusts.map((each) => trusted(each)),
                mesh,
            ),
        );
        expect(cause).to.contain("of west is a different one").and.not.to.contain("of east");
    });

    it("says to restart workloads that are of the time before a new root", async () => {
        const [before, now] = [await root("Before"), await root("Now")];
        const old = await trust("east", before, await intermediate(before, "east"));
        const found = [trusted(await trust("west", now, await intermediate(now, "west")), now), trusted(old, now)];
        const finding = conclude(commonRoot.judge(found, twoClusters));
        expect(finding.cause).to.contain("shop/east-0 of east still trusts another root than istiod gives to new");
        expect(finding.fix).to.contain("Restart the workloads of east, its gateways included");
        // All of both clusters alike are no better.
        const west = await trust("west", before, await intermediate(before, "west"));
        expect(conclude(commonRoot.judge([trusted(west, now), trusted(old, now)], twoClusters)).result).to.equal(
            "fail",
        );
    });

    it("takes a root that is being replaced beside its successor", async () => {
        const [before, now] = [await root("Before"), await root("Now")];
        const west = trusted(await trust("west", before, await intermediate(before, "west")));
        const both = [before, now].map(({ certificate }) => parsed(certificate));
        const given = { shop: both.map(({ fingerprint256 }) => fingerprint256) };
        const east = { cluster: "east", workloads: [{ pod: "shop/east-0", roots: both }], given };
        expect(conclude(commonRoot.judge([{ ...west, given }, east], twoClusters)).result).to.equal("pass");
    });

    it("fails when a cluster has no proxy, or a proxy without a root", async () => {
        const ca = await root();
        const west = await trust("west", ca, await intermediate(ca, "west"));
        const absent = conclude(commonRoot.judge([trusted(west), trusted({ cluster: "east" })], twoClusters));
        expect(absent.cause).to.contain("No sidecar and no gateway of east is ready");
        const empty = { cluster: "east", workload: { pod: "shop/east-0", chain: [], roots: [] } };
        const rootless = conclude(commonRoot.judge([trusted(west), trusted(empty)], twoClusters));
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

    it("walks a chain of several authorities up to the root", async () => {
        const ca = await root();
        const organisation = await intermediate(ca, "organisation", { pathLength: 1 });
        const upper = parsed(organisation.certificate);
        const chains = (chain: (found: X509Certificate[]) => X509Certificate[]) => async (cluster: string) => {
            const found = await trust(cluster, ca, await intermediate(organisation, cluster));
            const { workload } = found;
            if (workload === undefined) throw new Error("no workload");
            return { cluster, workload: { ...workload, chain: chain([...workload.chain]) } };
        };
        const judge = async (of: (cluster: string) => Promise<ClusterTrust>) =>
            conclude(ownIntermediate.judge([await of("west"), await of("east")], twoClusters));
        const whole = await judge(chains((found) => [...found, upper]));
        expect(whole.result, whole.cause).to.equal("pass");
        expect(whole.seen[0]).to.contain("issued by CN=west").and.to.contain("issued by CN=organisation");
        const withRoot = await judge(chains((found) => [...found, upper, parsed(ca.certificate)]));
        expect(withRoot.result, withRoot.cause).to.equal("pass");
        const gap = await judge(chains((found) => found));
        expect(gap.cause).to.contain("CN=organisation, which issued CN=west, is missing in cert-chain.pem");
        const disorder = await judge(
            chains(([own, signer]) => [own, signer, parsed(ca.certificate), upper].flatMap((each) => each ?? [])),
        );
        expect(disorder.cause).to.contain("CN=west was not issued by CN=Root CA, which follows it");
    });

    it("lets an external CA sign with a root, and for several clusters", async () => {
        const ca = await root();
        const external = "cert-manager-istio-csr.cert-manager.svc:443";
        const signed = async (cluster: string): Promise<Issuance> => {
            const own = parsed(await leaf(ca, `spiffe://cluster.local/ns/shop/sa/${cluster}`));
            return { cluster, workload: { pod: "shop/a", chain: [own], roots: [parsed(ca.certificate)] } };
        };
        const trusts = [await signed("west"), await signed("east")];
        const judge = (all: Issuance[]) => conclude(ownIntermediate.judge(all, twoClusters));
        expect(judge(trusts.map((each) => ({ ...each, external }))).result).to.equal("pass");
        expect(judge(trusts).cause).to.contain("signs with a self-signed CA");
    });

    it("fails when two clusters have changed their authorities, where it is known which is whose", async () => {
        const ca = await root();
        const [ofWest, ofEast] = [await intermediate(ca, "west"), await intermediate(ca, "east")];
        const [west, east] = twoClusters.clusters;
        if (west === undefined || east === undefined) throw new Error("there are two");
        const declared = {
            ...twoClusters,
            clusters: [
                { ...west, certificate: ofWest.certificate.toString("pem") },
                { ...east, certificate: ofEast.certificate.toString("pem") },
            ],
        };
        const swapped = [await trust("west", ca, ofEast), await trust("east", ca, ofWest)];
        expect(conclude(ownIntermediate.judge(swapped, twoClusters)).result).to.equal("pass");
        expect(conclude(ownIntermediate.judge(swapped, declared)).cause).to.equal(
            "The istiod of west signs with the intermediate that was signed for east.\nThe istiod of east signs with the intermediate that was signed for west.",
        );
        const right = [await trust("west", ca, ofWest), await trust("east", ca, ofEast)];
        expect(conclude(ownIntermediate.judge(right, declared)).result).to.equal("pass");
        // One of nobody here, such as the one before a renewal with another key.
        const former = [await trust("west", ca, await intermediate(ca, "former")), await trust("east", ca, ofEast)];
        expect(conclude(ownIntermediate.judge(former, declared)).result).to.equal("pass");
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
        expect(finding.fix).to.contain("Give each cluster its own key and intermediate.");
    });

    it("lets one istiod sign for the cluster that it serves, and for no one else", async () => {
        const ca = await root();
        const [keys, others] = [await newKeys(), await newKeys()];
        const west = await trust("west", ca, await intermediate(ca, "west", { keys }));
        const judge = async (ofEast: Awaited<ReturnType<typeof newKeys>>) =>
            conclude(
                ownIntermediate.judge(
                    [west, await trust("east", ca, await intermediate(ca, "west", { keys: ofEast }))],
                    primaryRemote(),
                ),
            );
        expect((await judge(keys)).result).to.equal("pass");
        expect((await judge(others)).cause).to.equal(
            "The workloads of east have certificates of another intermediate than those of west, whose istiod serves it.",
        );
    });

    it("fails when the workload has no certificate yet", async () => {
        const ca = await root();
        const west = await trust("west", ca, await intermediate(ca, "west"));
        const east = { cluster: "east", workload: { pod: "shop/east-0", chain: [], roots: [parsed(ca.certificate)] } };
        const finding = conclude(ownIntermediate.judge([west, east], twoClusters));
        expect(finding.cause).to.equal("istiod of east has not signed the workload's certificate.");
    });
});

describe("the chain in Secret cacerts", () => {
    it("is the certificate that signs with what follows it, which may begin with itself", async () => {
        const ca = await root();
        const organisation = await intermediate(ca, "organisation", { pathLength: 1 });
        const own = await intermediate(organisation, "east");
        const [certificate, above] = [own, organisation].map((each) => `${each.certificate.toString("pem")}\n`);
        const names = (chain: string) =>
            issuersIn({ certificate: certificate ?? "", chain }).map(({ subject }) => subject);
        expect(names(`${certificate ?? ""}${above ?? ""}`)).to.deep.equal(["CN=east", "CN=organisation"]);
        expect(names(above ?? "")).to.deep.equal(["CN=east", "CN=organisation"]);
        expect(issuersIn({ certificate: "", chain: "" })).to.deep.equal([]);
    });
});
