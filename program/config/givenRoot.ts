/** Whether a root that a user brings can carry a mesh. */
import { createPrivateKey, X509Certificate } from "node:crypto";
import type { Problem } from "../../shared/problems";
import { attempt } from "../attempt";
import { keyProblems, rootProblems } from "./authority";

const CERTIFICATE = "ca.givenRoot.certificate";
const KEY = "ca.givenRoot.privateKey";

/** @param now When the mesh is built: the root must be good then. */
export function givenRootProblems(pem: { certificate: string; privateKey: string }, now: Date): Problem[] {
    const certificate = attempt(() => new X509Certificate(pem.certificate));
    const key = attempt(() => createPrivateKey(pem.privateKey));
    const noCertificate = {
        subject: CERTIFICATE,
        rule: "this is not a certificate in PEM",
        fix: "Give one certificate, -----BEGIN and -----END lines included.",
    };
    const noKey = {
        subject: KEY,
        rule: "this is not an unencrypted private key in PEM",
        fix: "Decrypt it and set it again as a secret.",
    };
    const another = {
        subject: KEY,
        rule: "this is not the key of the certificate",
        fix: "Give the key that belongs to it.",
    };
    return [
        ...(certificate === undefined ? [noCertificate] : rootProblems(CERTIFICATE, certificate, now)),
        ...(key === undefined ? [noKey] : keyProblems(KEY, "root", key)),
        ...(certificate && key && !certificate.checkPrivateKey(key) ? [another] : []),
    ];
}
