/** Reads certificates as a verifier would: with OpenSSL's parser in node:crypto, and X.509's own structures. */
import { AsnConvert } from "@peculiar/asn1-schema";
import {
    BasicConstraints,
    Certificate,
    id_ce_basicConstraints,
    id_ce_extKeyUsage,
    id_ce_keyUsage,
    KeyUsage,
} from "@peculiar/asn1-x509";
import { X509Certificate } from "node:crypto";

export interface Seen {
    readonly x509: X509Certificate;
    readonly pathLength: number | undefined;
    readonly keyUsages: readonly string[];
    readonly hasExtendedKeyUsage: boolean;
    readonly days: number;
}

export function inspect(pem: string): Seen {
    const x509 = new X509Certificate(pem);
    const { extensions, validity } = AsnConvert.parse(x509.raw, Certificate).tbsCertificate;
    const extension = (id: string) => extensions?.find((candidate) => candidate.extnID === id)?.extnValue;
    const constraints = extension(id_ce_basicConstraints);
    const usage = extension(id_ce_keyUsage);
    const [start, end] = [validity.notBefore.getTime(), validity.notAfter.getTime()];
    return {
        x509,
        pathLength: constraints && AsnConvert.parse(constraints, BasicConstraints).pathLenConstraint,
        keyUsages: usage ? AsnConvert.parse(usage, KeyUsage).toJSON().sort() : [],
        hasExtendedKeyUsage: extension(id_ce_extKeyUsage) !== undefined,
        days: (end.getTime() - start.getTime()) / 86_400_000,
    };
}

/** The certificates of a bundle, in their order. */
export function bundle(pem: string): string[] {
    return pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n?/g) ?? [];
}
