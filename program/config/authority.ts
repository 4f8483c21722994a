/** Whether a certificate can be a root or an intermediate of a mesh: Istio accepts some that fail later, on the wire. */
import { AsnConvert, type OctetString } from "@peculiar/asn1-schema";
import {
    BasicConstraints,
    Certificate,
    id_ce_basicConstraints,
    id_ce_extKeyUsage,
    id_ce_keyUsage,
    KeyUsage,
    KeyUsageFlags,
} from "@peculiar/asn1-x509";
import type { KeyObject, X509Certificate } from "node:crypto";
import type { Problem } from "../../shared/problems";

/** @param now When the mesh is built: it must be good then. */
export function rootProblems(subject: string, certificate: X509Certificate, now: Date): Problem[] {
    const problems = authorityProblems(subject, "root", certificate, now);
    if (pathLength(certificate) === 0) {
        const rule = "a root of path length 0 cannot stand above an intermediate: proxies would refuse all workloads";
        problems.push({ subject, rule, fix: "Give a root without a path length, or with one of at least 1." });
    }
    if (!certificate.verify(certificate.publicKey)) {
        const rule = "a root signs itself, and this certificate does not";
        problems.push({ subject, rule, fix: "Give the top of its chain." });
    }
    return problems;
}

/** What an authority below a root must be, whatever is above it. */
export function intermediateProblems(subject: string, certificate: X509Certificate, now: Date): Problem[] {
    return authorityProblems(subject, "intermediate", certificate, now);
}

export function keyProblems(subject: string, what: "root" | "intermediate", key: KeyObject): Problem[] {
    const curve = key.asymmetricKeyDetails?.namedCurve;
    const supported =
        key.asymmetricKeyType === "rsa" ||
        (key.asymmetricKeyType === "ec" && (curve === "prime256v1" || curve === "secp384r1"));
    const rule = "Istio supports RSA, and ECDSA with P-256 or P-384";
    return supported ? [] : [{ subject, rule, fix: `Give ${articled(what)} with such a key.` }];
}

function authorityProblems(
    subject: string,
    what: "root" | "intermediate",
    certificate: X509Certificate,
    now: Date,
): Problem[] {
    const one = articled(what);
    const usage = extension(certificate, id_ce_keyUsage);
    const usages = usage && AsnConvert.parse(usage, KeyUsage).toNumber();
    const problems: Problem[] = [];
    if (!certificate.ca || (usages !== undefined && (usages & KeyUsageFlags.keyCertSign) === 0)) {
        const rule = `${one} must be allowed to sign certificates (CA:true, key usage keyCertSign)`;
        problems.push({
            subject,
            rule,
            fix: `Give ${one} certificate that may sign ${what === "root" ? "authorities" : "workloads"}.`,
        });
    }
    if (extension(certificate, id_ce_extKeyUsage)) {
        const rule = `${one} with an extended key usage narrows what the mesh can issue, and proxies refuse it`;
        problems.push({ subject, rule, fix: `Give ${one} without one.` });
    }
    if (now < new Date(certificate.validFrom) || now > new Date(certificate.validTo)) {
        const rule = `it is valid from ${certificate.validFrom} to ${certificate.validTo} only`;
        problems.push({ subject, rule, fix: `Give ${one} that is valid now, or correct this machine's clock.` });
    }
    return problems;
}

function articled(what: "root" | "intermediate"): string {
    return what === "root" ? "a root" : "an intermediate";
}

function pathLength(certificate: X509Certificate): number | undefined {
    const constraints = extension(certificate, id_ce_basicConstraints);
    return constraints && AsnConvert.parse(constraints, BasicConstraints).pathLenConstraint;
}

function extension(certificate: X509Certificate, id: string): OctetString | undefined {
    const { extensions } = AsnConvert.parse(certificate.raw, Certificate).tbsCertificate;
    return extensions?.find((candidate) => candidate.extnID === id)?.extnValue;
}
