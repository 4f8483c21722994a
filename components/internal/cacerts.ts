import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { CertificateAuthorityArgs } from "./types";

interface Cacerts {
    readonly namespace: pulumi.Input<string>;
    readonly certificateAuthority: CertificateAuthorityArgs;
}

/** Secret `cacerts`, beside an istiod: the intermediate that it signs with. */
export function cacerts(
    name: string,
    { namespace, certificateAuthority }: Cacerts,
    parent: pulumi.Resource,
): k8s.core.v1.Secret {
    return new k8s.core.v1.Secret(
        name,
        { metadata: { name: "cacerts", namespace }, stringData: cacertsData(certificateAuthority) },
        { parent },
    );
}

/**
 * The four files of https://istio.io/latest/docs/tasks/security/cert-management/plugin-ca-cert/. The chain begins with
 * the intermediate itself: istiod reads its expiry from the first certificate. It ends with the root that issued it, the
 * first of those that are trusted.
 */
function cacertsData({ certificate, privateKey, rootCertificate }: CertificateAuthorityArgs) {
    return {
        "ca-cert.pem": pulumi.output(certificate).apply(firstCertificate),
        "ca-key.pem": pulumi.secret(privateKey),
        "cert-chain.pem": pulumi
            .all([certificate, rootCertificate])
            .apply(([own, roots]) => own + firstCertificate(roots)),
        "root-cert.pem": rootCertificate,
    };
}

/** @param bundle PEM. A single certificate stays as it is written. */
function firstCertificate(bundle: string): string {
    return /^[^]*?-----END CERTIFICATE-----\n?/.exec(bundle)?.[0] ?? bundle;
}
