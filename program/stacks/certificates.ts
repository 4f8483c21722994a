/** Checks of what crosses between stacks as PEM: nothing of it is used before it was read as what it is. */
import { AsnConvert } from "@peculiar/asn1-schema";
import { CertificationRequest } from "@peculiar/asn1-csr";
import { X509Certificate } from "node:crypto";
import { certificatesIn } from "../../shared/pem";
import { attempt } from "../attempt";
import { chainProblem } from "../chain";

/** Key that a request asks a certificate for, DER of SubjectPublicKeyInfo; undefined where this is no request. */
export function requestedKey(pem: string): Buffer | undefined {
    const body = /-----BEGIN CERTIFICATE REQUEST-----([^-]+)-----END CERTIFICATE REQUEST-----/.exec(pem)?.[1];
    return attempt(() => {
        const { certificationRequestInfo } = AsnConvert.parse(Buffer.from(body ?? "", "base64"), CertificationRequest);
        return Buffer.from(AsnConvert.serialize(certificationRequestInfo.subjectPKInfo));
    });
}

/** Key that an authority's certificate certifies, in the same form; undefined where this is no such certificate. */
function certifiedKey(pem: string): Buffer | undefined {
    return attempt(() => {
        const certificate = new X509Certificate(pem);
        return certificate.ca ? certificate.publicKey.export({ type: "spki", format: "der" }) : undefined;
    });
}

/**
 * Whether a certificate is one of an authority with the key of the request, issued by the root, or by authorities that follow it
 * in its chain up to the root.
 */
export function answers(chain: string, request: string, root: string): boolean {
    const [certified, requested] = [certifiedKey(chain), requestedKey(request)];
    const issued = attempt(() => {
        const top = new X509Certificate(root);
        const all = certificatesIn(chain).map((pem) => new X509Certificate(pem));
        const [own, ...above] = all.filter(({ raw }) => !raw.equals(top.raw));
        return own !== undefined && chainProblem(own, above, top) === undefined;
    });
    return certified !== undefined && requested?.equals(certified) === true && issued === true;
}
