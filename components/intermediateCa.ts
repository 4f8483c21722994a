import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import { assertDnsLabel } from "./internal/checks";
import { keyArgs } from "./internal/keys";
import { ISTIO_NAMESPACE, typeToken } from "./internal/names";
import { KeyAlgorithm } from "./internal/types";

/** Arguments of {@link IntermediateCa}. */
export interface IntermediateCaArgs {
    /** Short name of the cluster, e.g. `west`: the locality in the subject. */
    cluster: string;
    /** Organization in the subject, usually the mesh id. */
    organization: pulumi.Input<string>;
    /** @defaultValue ECDSA */
    keyAlgorithm?: KeyAlgorithm;
}

/**
 * The key of one cluster's intermediate, and the request for its certificate, which {@link RootCa} signs.
 * It works in no cluster: {@link ControlPlane} takes key and certificate there.
 *
 * @example
 * ```ts
 * const ca = new IntermediateCa("west-ca", { cluster: "west", organization: "usmesh" });
 * const root = new RootCa("root-ca", { organization: "usmesh", requests: { west: ca.request } });
 * const certificateAuthority = {
 *     certificate: root.certificateOf("west"),
 *     rootCertificate: root.certificate,
 *     privateKey: ca.privateKey,
 * };
 * ```
 */
export class IntermediateCa extends pulumi.ComponentResource {
    /** Certificate request, PEM; public, for {@link RootCa}. */
    public readonly request: pulumi.Output<string>;
    /** Private key, PEM; secret, for the {@link ControlPlane} of the same cluster and nobody else. */
    public readonly privateKey: pulumi.Output<string>;

    constructor(name: string, args: IntermediateCaArgs, opts?: pulumi.ComponentResourceOptions) {
        assertDnsLabel("cluster", args.cluster);
        super(typeToken("IntermediateCa"), name, args, opts);

        const key = new tls.PrivateKey(`${name}-key`, keyArgs(args.keyAlgorithm ?? KeyAlgorithm.Ecdsa), {
            parent: this,
        });
        const request = new tls.CertRequest(
            `${name}-request`,
            {
                privateKeyPem: key.privateKeyPem,
                subject: {
                    organization: args.organization,
                    commonName: "Intermediate CA",
                    locality: args.cluster,
                },
                dnsNames: [`istiod.${ISTIO_NAMESPACE}.svc`],
            },
            { parent: this },
        );

        this.request = request.certRequestPem;
        this.privateKey = pulumi.secret(key.privateKeyPem);
        this.registerOutputs({ request: this.request, privateKey: this.privateKey });
    }
}
