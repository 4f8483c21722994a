import { expect } from "chai";
import { createPrivateKey } from "node:crypto";
import { z } from "zod";
import { IntermediateCa, KeyAlgorithm, RootCa, type RootCaArgs } from "../../../components/index";
import { inspect } from "../../support/pem";
import { namesOf, only, record, settle } from "../../support/record";

const KEY = "tls:index/privateKey:PrivateKey";
const SIGNED = "tls:index/locallySignedCert:LocallySignedCert";
const SELF_SIGNED = "tls:index/selfSignedCert:SelfSignedCert";
const USAGES = ["crlSign", "digitalSignature", "keyCertSign", "keyEncipherment", "nonRepudiation"];

function certify(args: Partial<RootCaArgs> = {}) {
    return record(() => {
        const west = new IntermediateCa("west-ca", { cluster: "west", organization: "usmesh" });
        const east = new IntermediateCa("east-ca", { cluster: "east", organization: "usmesh" });
        const requests = { west: west.request, east: east.request };
        const root = new RootCa("root-ca", { organization: "usmesh", requests, ...args });
        return { west, east, root };
    });
}

describe("RootCa and IntermediateCa", () => {
    let run: Awaited<ReturnType<typeof certify>>;
    before(async () => {
        run = await certify();
    });

    it("make a key for each authority, and none for anything else", () => {
        expect(namesOf(run, KEY)).to.deep.equal(["east-ca-key", "root-ca-key", "west-ca-key"]);
        for (const name of namesOf(run, KEY)) {
            expect(only(run, KEY, name).inputs).to.deep.equal({ algorithm: "ECDSA", ecdsaCurve: "P256" });
        }
    });

    it("make a root that may stand above intermediates", async () => {
        const seen = inspect((await settle(run.value.root.certificate)).value);
        expect(seen.x509.ca).to.equal(true);
        expect(seen.x509.subject).to.equal("O=usmesh\nCN=Root CA");
        expect(seen.x509.verify(seen.x509.publicKey)).to.equal(true);
        expect(seen.pathLength).to.equal(1);
        expect(seen.keyUsages).to.deep.equal(USAGES);
        expect(seen.hasExtendedKeyUsage).to.equal(false);
        expect(seen.days).to.equal(3650);
    });

    for (const cluster of ["west", "east"] as const) {
        it(`sign an authority for ${cluster} that may sign workloads only`, async () => {
            const root = inspect((await settle(run.value.root.certificate)).value);
            const { x509, ...seen } = inspect((await settle(run.value.root.certificateOf(cluster))).value);
            expect(x509.ca).to.equal(true);
            expect(x509.checkIssued(root.x509)).to.equal(true);
            expect(x509.verify(root.x509.publicKey)).to.equal(true);
            expect(x509.subject).to.equal(`O=usmesh\nL=${cluster}\nCN=Intermediate CA`);
            expect(x509.subjectAltName).to.equal("DNS:istiod.istio-system.svc");
            expect(seen.pathLength).to.equal(0);
            expect(seen.keyUsages).to.deep.equal(USAGES);
            expect(seen.hasExtendedKeyUsage).to.equal(false);
            expect(seen.days).to.equal(730);
            const key = createPrivateKey((await settle(run.value[cluster].privateKey)).value);
            expect(x509.checkPrivateKey(key)).to.equal(true);
            expect(key.asymmetricKeyDetails?.namedCurve).to.equal("prime256v1");
        });
    }

    it("give each cluster a key of its own", async () => {
        const [west, east] = [await settle(run.value.west.privateKey), await settle(run.value.east.privateKey)];
        expect(west.value).not.to.equal(east.value);
    });

    it("keep private keys secret, and certificates and requests not", async () => {
        const { root, west } = run.value;
        expect((await settle(west.privateKey)).secret).to.equal(true);
        expect((await settle(west.request)).secret).to.equal(false);
        expect((await settle(root.certificate)).secret).to.equal(false);
        expect((await settle(root.certificateOf("west"))).secret).to.equal(false);
        expect(only(run, SIGNED, "root-ca-west").secrets).to.deep.equal(["caPrivateKeyPem"]);
        expect(only(run, SELF_SIGNED).secrets).to.deep.equal(["privateKeyPem"]);
        expect(only(run, "tls:index/certRequest:CertRequest", "west-ca-request").secrets).to.deep.equal([
            "privateKeyPem",
        ]);
    });

    it("renew early, and make nothing wait for another cluster's request", () => {
        const { inputs, waitsFor, parent } = only(run, SIGNED, "root-ca-west");
        expect(inputs["validityPeriodHours"]).to.equal(730 * 24);
        expect(inputs["earlyRenewalHours"]).to.equal(90 * 24);
        expect(waitsFor).to.deep.equal(["root-ca-certificate", "root-ca-key", "west-ca-request"]);
        expect(parent).to.equal("root-ca");
        expect(only(run, SELF_SIGNED).inputs["earlyRenewalHours"]).to.equal(365 * 24);
    });

    it("protect nothing unless told to", () => {
        expect(run.resources.filter(({ protect }) => protect)).to.deep.equal([]);
    });

    it("give no certificate of a cluster that asked for none", () => {
        expect(() => run.value.root.certificateOf("north")).to.throw(
            '`requests` of this root had none of the cluster "north"',
        );
    });
});

describe("RootCa", () => {
    it("protects key and certificate of the root, never the intermediates, which must be renewed", async () => {
        const run = await certify({ protect: true });
        const guarded = run.resources.filter(({ protect }) => protect).map(({ name }) => name);
        expect(guarded).to.have.members(["root-ca-key", "root-ca-certificate"]);
    });

    it("trusts two roots while it is rotated, of which the first signs and alone is protected", async () => {
        const run = await certify({ generations: [2, 1], protect: true });
        expect(namesOf(run, SELF_SIGNED)).to.deep.equal(["root-ca-2-certificate", "root-ca-certificate"]);
        const guarded = run.resources.filter(({ protect }) => protect).map(({ name }) => name);
        expect(guarded).to.have.members(["root-ca-2-key", "root-ca-2-certificate"]);
        const bundle = (await settle(run.value.root.certificate)).value;
        const [first, second] = bundle.split(/(?<=-----END CERTIFICATE-----\n)/);
        expect(inspect(first ?? "").x509.subject).to.equal("O=usmesh\nCN=Root CA 2");
        expect(inspect(second ?? "").x509.subject).to.equal("O=usmesh\nCN=Root CA");
        const { x509 } = inspect((await settle(run.value.root.certificateOf("west"))).value);
        expect(x509.verify(inspect(first ?? "").x509.publicKey)).to.equal(true);
    });

    for (const generations of [[], [1, 1], [0], [1.5], [1, 2, 3]]) {
        it(`refuses ${JSON.stringify(generations)} as generations`, async () => {
            const refused = await certify({ generations }).then(
                () => "",
                (error: unknown) => (error instanceof Error ? error.message : ""),
            );
            expect(refused).to.equal(
                "`generations` must be one generation, or two different ones of which the first is used: whole numbers from 1, " +
                    `not ${JSON.stringify(generations)}`,
            );
        });
    }

    it("takes the lifetimes it is given", async () => {
        const run = await certify({
            validity: { days: 20, renewBeforeDays: 2 },
            intermediateValidity: { days: 10, renewBeforeDays: 0 },
        });
        const { inputs } = only(run, SIGNED, "root-ca-east");
        expect([inputs["validityPeriodHours"], inputs["earlyRenewalHours"]]).to.deep.equal([240, 0]);
        expect(inspect((await settle(run.value.root.certificate)).value).days).to.equal(20);
    });

    it("asks for RSA keys of 4096 bits", async () => {
        const args = { cluster: "west", organization: "usmesh", keyAlgorithm: KeyAlgorithm.Rsa };
        const run = await record(() => new IntermediateCa("west-ca", args));
        expect(only(run, KEY).inputs).to.deep.equal({ algorithm: "RSA", rsaBits: 4096 });
    }).timeout(60_000);

    it("signs with a given root, and makes no key then", async () => {
        const donor = await certify();
        const certificate = (await settle(donor.value.root.certificate)).value;
        const privateKey = z.string().parse(only(donor, SIGNED, "root-ca-west").inputs["caPrivateKeyPem"]);

        const run = await certify({ given: { certificate, privateKey } });

        expect(namesOf(run, KEY)).to.deep.equal(["east-ca-key", "west-ca-key"]);
        expect((await settle(run.value.root.certificate)).value).to.equal(certificate);
        expect(only(run, SIGNED, "root-ca-west").secrets).to.deep.equal(["caPrivateKeyPem"]);
        expect(only(run, "istio-multicluster:index:RootCa").inputs).to.have.all.keys("organization", "requests");
        const seen = inspect((await settle(run.value.root.certificateOf("west"))).value);
        expect(seen.x509.verify(inspect(certificate).x509.publicKey)).to.equal(true);
    });

    for (const [field, validity] of [
        ["born dead", { days: 0, renewBeforeDays: 0 }],
        ["always due", { days: 10, renewBeforeDays: 10 }],
        ["not counted in days", { days: 1.5, renewBeforeDays: 1 }],
    ] as const) {
        it(`refuses a lifetime that is ${field}`, () => {
            const args = { organization: "usmesh", requests: {}, intermediateValidity: validity };
            expect(() => new RootCa("root-ca", args)).to.throw(/^`intermediateValidity` must be /);
        });
    }
});
