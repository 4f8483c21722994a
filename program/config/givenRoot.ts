/** Whether a root that a user brings can carry a mesh: Istio accepts some that fail later, on the wire. */
import { AsnConvert } from "@peculiar/asn1-schema";
import {
    BasicConstraints,
    Certificate,
    id_ce_basicConstraints,
    id_ce_extKeyUsage,
    id_ce_keyUsage,
    KeyUsage,
    KeyUsageFlags,
} from "@peculiar/asn1-x509";
import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import type { Problem } from "../../shared/problems";
import { attempt } from "../attempt";

const SUBJECT = "ca.givenRoot";

/** @param now When the mesh is built: the root must be good then. */
export function givenRootProblems(pem: { certificate: string; privateKey: string }, now: Date): Problem[] {
    const certificate = attempt(() => new X509Certificate(pem.certificate));
    const key = attempt(() => createPrivateKey(pem.privateKey));
    return [
        ...(certificate === undefined
            ? [
                  problem(
                      "certificate",
                      "this is not a certificate in PEM",
                      "Give one certificate, -----BEGIN and -----END lines included.",
                  ),
              ]
            : certificateProblems(certificate, now)),
        ...(key === undefined
            ? [
                  problem(
                      "privateKey",
                      "this is not an unencrypted private key in PEM",
                      "Decrypt it and set it again as a secret.",
                  ),
              ]
            : keyProblems(key)),
        ...(certificate && key && !certificate.checkPrivateKey(key)
            ? [problem("privateKey", "this is not the key of the certificate", "Give the key that belongs to it.")]
            : []),
    ];
}

function certificateProblems(certificate: X509Certificate, now: Date): Problem[] {
    const field = "certificate";
    const { extensions } = AsnConvert.parse(certificate.raw, Certificate).tbsCertificate;
    const extension = (id: string) => extensions?.find((candidate) => candidate.extnID === id)?.extnValue;
    const constraints = extension(id_ce_basicConstraints);
    const usage = extension(id_ce_keyUsage);
    const usages = usage && AsnConvert.parse(usage, KeyUsage).toNumber();
    const fix = "Give a root certificate that may sign authorities.";
    const problems: Problem[] = [];
    if (!certificate.ca || (usages !== undefined && (usages & KeyUsageFlags.keyCertSign) === 0)) {
        problems.push(
            problem(field, "a root must be allowed to sign certificates (CA:true, key usage keyCertSign)", fix),
        );
    }
    if (constraints && AsnConvert.parse(constraints, BasicConstraints).pathLenConstraint === 0) {
        const rule = "a root of path length 0 cannot stand above an intermediate: proxies would refuse all workloads";
        problems.push(problem(field, rule, "Give a root without a path length, or with one of at least 1."));
    }
    if (extension(id_ce_extKeyUsage)) {
        const rule = "a root with an extended key usage narrows what the mesh can issue, and proxies refuse it";
        problems.push(problem(field, rule, "Give a root without one."));
    }
    if (!certificate.verify(certificate.publicKey)) {
        problems.push(
            problem(field, "a root signs itself, and this certificate does not", "Give the top of its chain."),
        );
    }
    if (now < new Date(certificate.validFrom) || now > new Date(certificate.validTo)) {
        const rule = `it is valid from ${certificate.validFrom} to ${certificate.validTo} only`;
        problems.push(problem(field, rule, "Give a root that is valid now, or correct this machine's clock."));
    }
    return problems;
}

function keyProblems(key: KeyObject): Problem[] {
    const curve = key.asymmetricKeyDetails?.namedCurve;
    const supported =
        key.asymmetricKeyType === "rsa" ||
        (key.asymmetricKeyType === "ec" && (curve === "prime256v1" || curve === "secp384r1"));
    return supported
        ? []
        : [problem("privateKey", "Istio supports RSA, and ECDSA with P-256 or P-384", "Give a root with such a key.")];
}

function problem(field: string, rule: string, fix: string): Problem {
    return { subject: `${SUBJECT}.${field}`, rule, fix };
}
