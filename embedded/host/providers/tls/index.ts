/** The tls package: keys and certificates, made on this machine (https://www.pulumi.com/registry/packages/tls/). */
import type { z } from "zod";
import { ProblemsError } from "../../../../shared/problems";
import {
    UNKNOWN,
    type Diff,
    type Operation,
    type Properties,
    type Provider,
    type ProviderPackage,
    type ResourceState,
    type Result,
} from "../provider";
import { textAt } from "../../../apiServer/json";
import { changedNames, checkInputs, NO_CHANGE, promised } from "../inputs";
import { describeKey, generateKey, signerOf } from "./keys";
import {
    CERTIFICATE_DEFAULTS,
    certRequest,
    KEY_DEFAULTS,
    locallySignedCert,
    privateKey,
    selfSignedCert,
} from "./schemas";

interface Made {
    readonly id: string;
    readonly outputs: Properties;
}

interface Kind {
    readonly schema: z.ZodType<object>;
    readonly defaults: Properties;
    /** Outputs beyond the inputs. */
    readonly computed: readonly string[];
    readonly secrets: readonly string[];
    make(inputs: Properties): Promise<Made>;
}

const CERTIFICATE = ["certPem", "readyForRenewal", "validityStartTime", "validityEndTime"];

/** X.509 loads only when a certificate is really made: a run without changes does without it. */
const x509 = () => import("./certificates.js");

export const KINDS: Readonly<Record<string, Kind>> = {
    "tls:index/privateKey:PrivateKey": {
        schema: privateKey,
        defaults: KEY_DEFAULTS,
        computed: [
            "privateKeyPem",
            "privateKeyOpenssh",
            "privateKeyPemPkcs8",
            "publicKeyPem",
            "publicKeyOpenssh",
            "publicKeyFingerprintMd5",
            "publicKeyFingerprintSha256",
        ],
        secrets: ["privateKeyPem", "privateKeyOpenssh", "privateKeyPemPkcs8"],
        async make(inputs) {
            return describeKey(await generateKey(privateKey.parse(inputs)));
        },
    },
    "tls:index/certRequest:CertRequest": {
        schema: certRequest,
        defaults: {},
        computed: ["certRequestPem", "keyAlgorithm"],
        secrets: ["privateKeyPem"],
        async make(inputs) {
            const request = certRequest.parse(inputs);
            const signer = await signerOf("privateKeyPem", request.privateKeyPem);
            const { id, certRequestPem } = await (await x509()).requestCertificate(request, signer);
            return { id, outputs: { certRequestPem, keyAlgorithm: signer.algorithm } };
        },
    },
    "tls:index/selfSignedCert:SelfSignedCert": {
        schema: selfSignedCert,
        defaults: { ...CERTIFICATE_DEFAULTS, setAuthorityKeyId: false },
        computed: [...CERTIFICATE, "keyAlgorithm"],
        secrets: ["privateKeyPem"],
        async make(inputs) {
            const request = selfSignedCert.parse(inputs);
            const signer = await signerOf("privateKeyPem", request.privateKeyPem);
            const { id, ...issued } = await (await x509()).selfSign(request, signer);
            return { id, outputs: { ...issued, keyAlgorithm: signer.algorithm, readyForRenewal: false } };
        },
    },
    "tls:index/locallySignedCert:LocallySignedCert": {
        schema: locallySignedCert,
        defaults: CERTIFICATE_DEFAULTS,
        computed: [...CERTIFICATE, "caKeyAlgorithm"],
        secrets: ["caPrivateKeyPem"],
        async make(inputs) {
            const request = locallySignedCert.parse(inputs);
            const signer = await signerOf("caPrivateKeyPem", request.caPrivateKeyPem);
            const { id, ...issued } = await (await x509()).signLocally(request, signer);
            return { id, outputs: { ...issued, caKeyAlgorithm: signer.algorithm, readyForRenewal: false } };
        },
    },
};

const provider: Provider = {
    serves: (type) => type in KINDS,
    check: (operation, _olds, news) =>
        promised(() => {
            const { schema, defaults } = kindOf(operation);
            checkInputs(schema, operation, { ...defaults, ...news });
            return news;
        }),
    diff: (operation, old, news) => promised(() => diff(kindOf(operation), old, news)),
    async create(operation, inputs) {
        const kind = kindOf(operation);
        if (operation.preview) {
            const unknown = Object.fromEntries(kind.computed.map((name) => [name, UNKNOWN]));
            return result(kind, "", inputs, unknown);
        }
        const { id, outputs } = await kind.make({ ...kind.defaults, ...inputs });
        return result(kind, id, inputs, outputs);
    },
    update: (operation, old, news) =>
        promised(() => {
            const kind = kindOf(operation);
            const kept = Object.fromEntries(kind.computed.map((name) => [name, old.outputs[name] ?? null]));
            return result(kind, old.id, news, kept);
        }),
    read: (operation, id, old) =>
        promised(() => {
            if (old === undefined) {
                const rule = "a tls resource lives in the state alone and cannot be looked up";
                throw new ProblemsError([
                    { subject: operation.name, value: id, rule, fix: "Create it in the program" },
                ]);
            }
            const due = isDue(old.outputs, old.outputs) ? { readyForRenewal: true } : {};
            return { ...old, outputs: { ...old.outputs, ...due }, secretOutputs: kindOf(operation).secrets };
        }),
    delete: () => Promise.resolve(),
};

/** A new key or name is a new certificate; only the hours of early renewal change in place. */
function diff(kind: Kind, old: ResourceState, news: Properties): Diff {
    const checked = { ...kind.defaults, ...news };
    const changed = changedNames({ ...kind.defaults, ...old.inputs }, checked);
    if (isDue(old.outputs, checked)) changed.push("readyForRenewal");
    if (changed.length === 0) return NO_CHANGE;
    return { changed, replace: changed.filter((name) => name !== "earlyRenewalHours"), deleteBeforeReplace: false };
}

function isDue(certificate: Properties, { earlyRenewalHours }: Properties): boolean {
    const end = textAt(certificate, "validityEndTime");
    return end !== undefined && Date.now() >= Date.parse(end) - Number(earlyRenewalHours) * 3_600_000;
}

function result(kind: Kind, id: string, inputs: Properties, computed: Properties): Result {
    return { id, outputs: { ...kind.defaults, ...inputs, ...computed }, secretOutputs: kind.secrets };
}

function kindOf(operation: Operation): Kind {
    const kind = KINDS[operation.type];
    if (kind === undefined) throw new Error(`${operation.type} is not served by the tls provider`);
    return kind;
}

export const tlsPackage: ProviderPackage = {
    name: "tls",
    version: "5.6.1",
    checkConfig(inputs) {
        const problems = Object.keys(inputs)
            .filter((name) => name !== "version")
            .map((name) => ({
                subject: `tls provider.${name}`,
                rule: "the embedded host makes certificates on this machine and takes no such setting",
                fix: "Remove it from the program",
            }));
        if (problems.length > 0) throw new ProblemsError(problems);
        return inputs;
    },
    diffConfig: (olds, news) => ({ ...NO_CHANGE, changed: changedNames(olds, news) }),
    configure: () => provider,
};
