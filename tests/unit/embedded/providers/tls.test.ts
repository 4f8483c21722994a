import { expect } from "chai";
import { createPrivateKey, createPublicKey, X509Certificate } from "node:crypto";
import { UNKNOWN, type Properties, type ResourceState } from "../../../../embedded/host/providers/provider";
import { tlsPackage } from "../../../../embedded/host/providers/tls";
import { ProblemsError } from "../../../../shared/problems";
import { inspect } from "../../../support/pem";
import { operation } from "./operation";

const KEY = "tls:index/privateKey:PrivateKey";
const CSR = "tls:index/certRequest:CertRequest";
const ROOT = "tls:index/selfSignedCert:SelfSignedCert";
const SIGNED = "tls:index/locallySignedCert:LocallySignedCert";
const DAY = 24;

describe("tls provider", () => {
    const tls = tlsPackage.configure({});

    async function make(type: string, inputs: Properties): Promise<ResourceState> {
        const checked = await tls.check(operation(type), undefined, inputs);
        const { id, outputs } = await tls.create(operation(type), checked);
        return { id, inputs: checked, outputs };
    }
    const pem = ({ outputs }: ResourceState, name: string): string => {
        const value = outputs[name];
        if (typeof value !== "string") throw new Error(`output ${name} is no text`);
        return value;
    };
    const ecdsa = () => make(KEY, { algorithm: "ECDSA", ecdsaCurve: "P256" });
    async function root(key: ResourceState, changes: Properties = {}): Promise<ResourceState> {
        return make(ROOT, {
            privateKeyPem: pem(key, "privateKeyPem"),
            subject: { commonName: "Root CA", organization: "usmesh" },
            isCaCertificate: true,
            setSubjectKeyId: true,
            allowedUses: ["cert_signing", "crl_signing"],
            validityPeriodHours: 10 * DAY,
            ...changes,
        });
    }
    async function chain(changes: Properties = {}) {
        const [caKey, key] = await Promise.all([ecdsa(), ecdsa()]);
        const ca = await root(caKey);
        const csr = await make(CSR, {
            privateKeyPem: pem(key, "privateKeyPem"),
            subject: { commonName: "Intermediate CA", organization: "usmesh", locality: "west" },
            dnsNames: ["istiod.istio-system.svc"],
        });
        const signed = await make(SIGNED, {
            certRequestPem: pem(csr, "certRequestPem"),
            caCertPem: pem(ca, "certPem"),
            caPrivateKeyPem: pem(caKey, "privateKeyPem"),
            isCaCertificate: true,
            maxPathLength: 0,
            setSubjectKeyId: true,
            allowedUses: ["cert_signing", "digital_signature"],
            validityPeriodHours: 5 * DAY,
            ...changes,
        });
        return { ca, caKey, csr, key, signed };
    }

    for (const [algorithm, ecdsaCurve, header, openssh] of [
        ["ECDSA", "P256", "EC PRIVATE KEY", "ecdsa-sha2-nistp256 "],
        ["ECDSA", "P384", "EC PRIVATE KEY", "ecdsa-sha2-nistp384 "],
        ["RSA", undefined, "RSA PRIVATE KEY", "ssh-rsa "],
    ] as const) {
        it(`encodes an ${algorithm} ${ecdsaCurve ?? ""} key in every form, and one key in all of them`, async () => {
            const key = await make(KEY, { algorithm, ...(ecdsaCurve ? { ecdsaCurve } : {}) });
            expect(pem(key, "privateKeyPem")).to.match(
                new RegExp(`^-----BEGIN ${header}-----\n[^]*-----END ${header}-----\n$`),
            );
            const publicKeys = ["privateKeyPem", "privateKeyPemPkcs8"].map((name) =>
                createPublicKey(createPrivateKey(pem(key, name))).export({ type: "spki", format: "pem" }),
            );
            expect(publicKeys).to.deep.equal([key.outputs["publicKeyPem"], key.outputs["publicKeyPem"]]);
            expect(pem(key, "publicKeyOpenssh")).to.match(new RegExp(`^${openssh}\\S+\n$`));
            expect(pem(key, "publicKeyFingerprintSha256")).to.match(/^SHA256:\S{43}$/);
            expect(pem(key, "publicKeyFingerprintMd5")).to.match(/^([0-9a-f]{2}:){15}[0-9a-f]{2}$/);
            expect(key.id).to.match(/^[0-9a-f]{40}$/);
            expect(key.outputs).to.include({ algorithm, rsaBits: 2048, ecdsaCurve: ecdsaCurve ?? "P224" });
        });
    }

    it("signs a root by itself, with the fields and times it records", async () => {
        const ca = await root(await ecdsa());
        const { x509, keyUsages, pathLength, days } = inspect(pem(ca, "certPem"));
        expect(pem(ca, "certPem")).to.match(/-----END CERTIFICATE-----\n$/);
        expect(x509.subject).to.equal("O=usmesh\nCN=Root CA");
        expect(x509.issuer).to.equal(x509.subject);
        expect(x509.verify(x509.publicKey)).to.equal(true);
        expect(x509.ca).to.equal(true);
        expect({ keyUsages, pathLength, days }).to.deep.equal({
            keyUsages: ["crlSign", "keyCertSign"],
            pathLength: undefined,
            days: 10,
        });
        expect(ca.id).to.equal(BigInt(`0x${x509.serialNumber}`).toString());
        expect(ca.outputs["validityStartTime"]).to.equal(new Date(x509.validFrom).toISOString().replace(".000", ""));
        expect(ca.outputs["validityEndTime"]).to.equal(new Date(x509.validTo).toISOString().replace(".000", ""));
        expect(ca.outputs).to.include({
            keyAlgorithm: "ECDSA",
            readyForRenewal: false,
            earlyRenewalHours: 0,
            setSubjectKeyId: true,
        });
    });

    it("issues an intermediate for a request: its key, its names, the root's signature", async () => {
        const { ca, key, signed } = await chain();
        const { x509, keyUsages, pathLength, hasExtendedKeyUsage } = inspect(pem(signed, "certPem"));
        const issuer = new X509Certificate(pem(ca, "certPem"));
        expect(x509.verify(issuer.publicKey)).to.equal(true);
        expect(x509.checkIssued(issuer)).to.equal(true);
        expect(x509.checkPrivateKey(createPrivateKey(pem(key, "privateKeyPem")))).to.equal(true);
        expect(x509.subject).to.equal("O=usmesh\nL=west\nCN=Intermediate CA");
        expect(x509.subjectAltName).to.equal("DNS:istiod.istio-system.svc");
        expect({ keyUsages, pathLength, hasExtendedKeyUsage }).to.deep.equal({
            keyUsages: ["digitalSignature", "keyCertSign"],
            pathLength: 0,
            hasExtendedKeyUsage: false,
        });
        expect(signed.outputs["caKeyAlgorithm"]).to.equal("ECDSA");
    });

    it("refuses a key that is not the authority's, without showing it", async () => {
        const { ca, csr, key } = await chain();
        const error = await make(SIGNED, {
            certRequestPem: pem(csr, "certRequestPem"),
            caCertPem: pem(ca, "certPem"),
            caPrivateKeyPem: pem(key, "privateKeyPem"),
            isCaCertificate: true,
            setSubjectKeyId: true,
            allowedUses: [],
            validityPeriodHours: 1,
        }).then(
            () => undefined,
            (reason: unknown) => reason,
        );
        expect(error).to.be.instanceOf(ProblemsError);
        expect(String(error))
            .to.contain("caPrivateKeyPem: must be the key of caCertPem")
            .and.not.to.contain("PRIVATE KEY---");
    });

    it("says all that is wrong with inputs at once, by their names alone", async () => {
        const error = await make(ROOT, {
            privateKeyPem: 7,
            subject: { commonName: "Root CA" },
            allowedUses: ["server_auth"],
            isCaCertificate: false,
            setSubjectKeyId: true,
            validityPeriodHours: -1,
            color: "red",
        }).then(
            () => undefined,
            (reason: unknown) => reason,
        );
        expect(error).to.be.instanceOf(ProblemsError);
        const subjects =
            error instanceof ProblemsError ? error.problems.map(({ subject }) => subject.replace(/^.*\)/, "")) : [];
        expect(subjects.sort()).to.deep.equal([
            "",
            ".allowedUses.0",
            ".isCaCertificate",
            ".privateKeyPem",
            ".validityPeriodHours",
        ]);
        expect(String(error)).to.contain("color");
    });

    it("plans without making: unknown outputs, and no complaint of what is not known yet", async () => {
        const preview = operation(ROOT, { preview: true });
        const inputs = {
            privateKeyPem: UNKNOWN,
            allowedUses: UNKNOWN,
            subject: { commonName: "Root CA" },
            isCaCertificate: true,
            setSubjectKeyId: true,
            validityPeriodHours: 24,
        };
        const { id, outputs } = await tls.create(preview, await tls.check(preview, undefined, inputs));
        expect({ id, certPem: outputs["certPem"], hours: outputs["validityPeriodHours"] }).to.deep.equal({
            id: "",
            certPem: UNKNOWN,
            hours: 24,
        });
    });

    it("replaces for every change but that of the renewal hours", async () => {
        const { signed } = await chain();
        const change = (changes: Properties) => tls.diff(operation(SIGNED), signed, { ...signed.inputs, ...changes });
        expect(await change({})).to.deep.equal({ changed: [], replace: [], deleteBeforeReplace: false });
        expect(await change({ earlyRenewalHours: 0 })).to.deep.include({ changed: [] });
        expect(await change({ earlyRenewalHours: 1 })).to.deep.include({ changed: ["earlyRenewalHours"], replace: [] });
        expect(await change({ maxPathLength: 1 })).to.deep.include({
            changed: ["maxPathLength"],
            replace: ["maxPathLength"],
        });
    });

    it("keeps the certificate when only the renewal hours change", async () => {
        const { signed } = await chain();
        const { outputs } = await tls.update(operation(SIGNED), signed, { ...signed.inputs, earlyRenewalHours: 1 });
        expect(outputs).to.deep.equal({ ...signed.outputs, earlyRenewalHours: 1 });
    });

    it("replaces a certificate inside its renewal window in a plain preview, and tells so in a refresh", async () => {
        const { signed } = await chain({ earlyRenewalHours: 5 * DAY });
        const diff = await tls.diff(operation(SIGNED, { preview: true }), signed, signed.inputs);
        expect(diff).to.deep.equal({
            changed: ["readyForRenewal"],
            replace: ["readyForRenewal"],
            deleteBeforeReplace: false,
        });
        const read = await tls.read(operation(SIGNED), signed.id, signed);
        expect(read?.outputs["readyForRenewal"]).to.equal(true);
        const fresh = await chain({ earlyRenewalHours: 5 * DAY - 1 });
        expect((await tls.diff(operation(SIGNED), fresh.signed, fresh.signed.inputs)).changed).to.deep.equal([]);
    });
});
