/** Who has taken a step of a rotation, from what proxies, namespaces and istiods say. */
import { expect } from "chai";
import type { X509Certificate } from "node:crypto";
import { parseAuthority } from "../../../verify/observe/istiod";
import { behind, type Served } from "../../../verify/rotation/served";
import { type Authority, intermediate, leaf, parsed, root } from "../../support/certificates";

const pem = (...roots: Authority[]): string => roots.map(({ certificate }) => certificate.toString("pem")).join("\n");
const prints = (...roots: Authority[]): string[] => roots.map((each) => parsed(each.certificate).fingerprint256).sort();
const seconds = ({ validTo }: X509Certificate): number => Date.parse(validTo) / 1000;

/** West, all of which trusts some roots and has a certificate of the first of them. */
async function west(...roots: [Authority, ...Authority[]]) {
    const own = await intermediate(roots[0], "west");
    const signed = await leaf(own, "spiffe://cluster.local/ns/shop/sa/web");
    const [stored, first] = [parsed(own.certificate), parsed(roots[0].certificate)];
    const proxy = {
        pod: "shop/web-0",
        chain: [parsed(signed), stored, first],
        roots: roots.map(({ certificate }) => parsed(certificate)),
    };
    const served: Served = {
        cluster: "west",
        proxies: [proxy],
        namespaces: { shop: prints(...roots) },
        istiods: [{ pod: "istiod-0", rootEnd: seconds(first), intermediateEnd: seconds(stored) }],
        intermediate: stored,
    };
    return { served, proxy };
}

describe("a step of a rotation", () => {
    it("has been taken when every proxy, namespace and istiod has it", async () => {
        const [old, fresh] = [await root("Root CA"), await root("Root CA 2")];
        expect(behind([(await west(old, fresh)).served], pem(old, fresh))).to.deep.equal([]);
        expect(behind([(await west(fresh, old)).served], pem(fresh, old))).to.deep.equal([]);
    });

    it("names proxies and namespaces that do not trust both roots yet", async () => {
        const [old, fresh] = [await root("Root CA"), await root("Root CA 2")];
        expect(behind([(await west(old)).served], pem(old, fresh))).to.deep.equal([
            { cluster: "west", who: "namespace shop", why: "gives other roots to new workloads" },
            { cluster: "west", who: "shop/web-0", why: "trusts other roots" },
        ]);
    });

    it("names proxies with a certificate of the old root, before that is dropped", async () => {
        const [old, fresh] = [await root("Root CA"), await root("Root CA 2")];
        const [before, after] = [await west(old, fresh), await west(fresh, old)];
        expect(behind([{ ...after.served, proxies: [before.proxy] }], pem(fresh, old))).to.deep.equal([
            {
                cluster: "west",
                who: "shop/web-0",
                why: "has a certificate of another root than the one that signs",
            },
        ]);
    });

    it("names an istiod that still signs with what was there before", async () => {
        const [old, fresh] = [await root("Root CA"), await root("Root CA 2")];
        const { served } = await west(fresh, old);
        const [istiod] = served.istiods;
        const late = {
            pod: "istiod-1",
            rootEnd: (istiod?.rootEnd ?? 0) - 1,
            intermediateEnd: istiod?.intermediateEnd ?? 0,
        };
        const istiods = [...served.istiods, late, { pod: "istiod-2" }];
        expect(behind([{ ...served, istiods }], pem(fresh, old))).to.deep.equal([
            { cluster: "west", who: "istiod-1", why: "has not loaded Secret cacerts as it is now" },
        ]);
    });

    it("names proxies that do not answer", async () => {
        const old = await root();
        const { served } = await west(old);
        const proxies = [{ pod: "shop/web-1", unreadable: "no answer within 10 s" }];
        expect(behind([{ ...served, proxies }], pem(old))).to.deep.equal([
            { cluster: "west", who: "shop/web-1", why: "does not answer: no answer within 10 s" },
        ]);
    });

    it("reads istiod's metrics", () => {
        const text = [
            "# TYPE citadel_server_root_cert_expiry_timestamp gauge",
            "citadel_server_root_cert_expiry_timestamp 2.110967436e+09",
            "citadel_server_cert_chain_expiry_timestamp 1.858679436e+09",
        ].join("\n");
        expect(parseAuthority(text)).to.deep.equal({ rootEnd: 2110967436, intermediateEnd: 1858679436 });
        expect(parseAuthority("up 1")).to.deep.equal({});
    });
});
