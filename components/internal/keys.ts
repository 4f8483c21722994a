import type * as tls from "@pulumi/tls";
import { KeyAlgorithm } from "./types";

/** Key of a certificate authority: ECDSA P-256, or RSA with 4096 bits. */
export function keyArgs(algorithm: KeyAlgorithm): tls.PrivateKeyArgs {
    return algorithm === KeyAlgorithm.Rsa ? { algorithm, rsaBits: 4096 } : { algorithm, ecdsaCurve: "P256" };
}
