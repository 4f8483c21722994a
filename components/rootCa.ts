import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import { assertGenerations, assertValidity } from "./internal/checks";
import { keyArgs } from "./internal/keys";
import { typeToken } from "./internal/names";
import { KeyAlgorithm, type ValidityArgs } from "./internal/types";

const HOURS_PER_DAY = 24;

/** An existing root, e.g. one that is otherwise kept offline. */
export interface GivenRootArgs {
    /** Certificate, PEM. */
    certificate: pulumi.Input<string>;
    /** Its private key, PEM. Secret. */
    privateKey: pulumi.Input<string>;
}

/** Arguments of {@link RootCa}. */
export interface RootCaArgs {
    /** Organization in the subject, usually the mesh id. */
    organization: pulumi.Input<string>;
    /** Certificate requests to sign, PEM, by the cluster that made each. */
    requests: { [cluster: string]: pulumi.Input<string> };
    /** Lifetime of the intermediates. @defaultValue 730 days, renewed 90 days before they expire */
    intermediateValidity?: ValidityArgs;
    /**
     * The roots that the mesh trusts, by their generations; the first signs. There are two only while the root is rotated:
     * `[1]`, then `[1, 2]`, `[2, 1]` and `[2]`, with an `up` each. A generation that is left out is deleted, and its key with it.
     * @defaultValue `[1]`
     */
    generations?: number[];
    /** Sign with this root instead of making generation 1; `keyAlgorithm`, `validity` and `protect` then have no effect on it. */
    given?: GivenRootArgs | undefined;
    /** @defaultValue ECDSA */
    keyAlgorithm?: KeyAlgorithm;
    /** Lifetime of the root. @defaultValue 3650 days, renewed 365 days before it expires */
    validity?: ValidityArgs;
    /**
     * Refuse to delete or replace key and certificate of the root that signs, since all trust of the mesh ends with them.
     * `destroy` then asks for `pulumi state unprotect` first. @defaultValue false
     */
    protect?: boolean;
}

/**
 * The certificate authority that all clusters of a mesh trust; it is in none of them. It signs one intermediate per
 * cluster. Its private key stays in the state of the stack that made it and is not an output.
 *
 * @example
 * ```ts
 * const ca = new IntermediateCa("west-ca", { cluster: "west", organization: "usmesh" });
 * const root = new RootCa("root-ca", { organization: "usmesh", requests: { west: ca.request }, protect: true });
 * export const rootCertificate = root.certificate;
 * ```
 */
export class RootCa extends pulumi.ComponentResource {
    /** What the mesh trusts, PEM: the certificate of the root that signs, followed, while the root is rotated, by the other one. */
    public readonly certificate: pulumi.Output<string>;
    /** The signed certificates, PEM, one per request, by cluster: no cluster waits for another's. */
    public readonly certificates: { [cluster: string]: pulumi.Output<string> };

    constructor(name: string, args: RootCaArgs, opts?: pulumi.ComponentResourceOptions) {
        const validity = args.validity ?? { days: 3650, renewBeforeDays: 365 };
        const intermediateValidity = args.intermediateValidity ?? { days: 730, renewBeforeDays: 90 };
        assertValidity("validity", validity);
        assertValidity("intermediateValidity", intermediateValidity);
        const generations = args.generations ?? [1];
        assertGenerations("generations", generations);
        const { given, ...recorded } = args;
        super(typeToken("RootCa"), name, recorded, opts);

        // One that no longer signs is on its way out.
        const rootOf = (generation: number, protect = false): GivenRootArgs =>
            given !== undefined && generation === 1
                ? given
                : makeRoot(name, generation, args, validity, { parent: this, protect });
        const [signing, other] = generations;
        const root = rootOf(signing, args.protect);
        this.certificate = other === undefined ? pulumi.output(root.certificate) : bundle(root, rootOf(other));
        this.certificates = Object.fromEntries(
            Object.entries(args.requests).map(([cluster, request]) => {
                const certificate = new tls.LocallySignedCert(
                    `${name}-${cluster}`,
                    {
                        certRequestPem: request,
                        caCertPem: root.certificate,
                        caPrivateKeyPem: pulumi.secret(root.privateKey),
                        // It may sign workloads, but no further CA.
                        maxPathLength: 0,
                        ...certificateArgs(intermediateValidity),
                    },
                    { parent: this },
                );
                return [cluster, certificate.certPem];
            }),
        );
        this.registerOutputs({ certificate: this.certificate, certificates: this.certificates });
    }

    /** The signed certificate of one cluster, PEM. @throws RunError when `requests` had none of that cluster. */
    public certificateOf(cluster: string): pulumi.Output<string> {
        const certificate = this.certificates[cluster];
        if (certificate === undefined) {
            throw new pulumi.RunError(`\`requests\` of this root had none of the cluster ${JSON.stringify(cluster)}`);
        }
        return certificate;
    }
}

function makeRoot(
    root: string,
    generation: number,
    args: RootCaArgs,
    validity: ValidityArgs,
    opts: pulumi.CustomResourceOptions,
): GivenRootArgs {
    const [name, commonName] =
        generation === 1 ? [root, "Root CA"] : [`${root}-${generation}`, `Root CA ${generation}`];
    const key = new tls.PrivateKey(`${name}-key`, keyArgs(args.keyAlgorithm ?? KeyAlgorithm.Ecdsa), opts);
    const certificate = new tls.SelfSignedCert(
        `${name}-certificate`,
        {
            privateKeyPem: key.privateKeyPem,
            subject: { organization: args.organization, commonName },
            // One CA below it, the intermediate, and no further one. The intermediates' own length 0 does not
            // suffice: Pulumi's tls provider drops a zero (docs/decisions/0050-root-signs-requests.md).
            maxPathLength: 1,
            ...certificateArgs(validity),
        },
        opts,
    );
    return { certificate: certificate.certPem, privateKey: key.privateKeyPem };
}

/** A given certificate may lack the newline at its end. */
function bundle(...roots: readonly GivenRootArgs[]): pulumi.Output<string> {
    return pulumi
        .all(roots.map(({ certificate }) => certificate))
        .apply((certificates) => certificates.map((pem) => `${pem.trimEnd()}\n`).join(""));
}

/**
 * What all certificate authorities of a mesh have in common: the key usages of Istio's own templates
 * (https://github.com/istio/istio/tree/master/tools/certs), revocation lists added, and no extended key usage, which
 * would narrow what they can issue.
 */
function certificateArgs({ days, renewBeforeDays }: ValidityArgs) {
    return {
        isCaCertificate: true,
        setSubjectKeyId: true,
        allowedUses: ["digital_signature", "content_commitment", "key_encipherment", "cert_signing", "crl_signing"],
        validityPeriodHours: days * HOURS_PER_DAY,
        earlyRenewalHours: renewBeforeDays * HOURS_PER_DAY,
    };
}
