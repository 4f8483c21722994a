/** Which cluster it is: all that a stack made in a cluster is made anew in another one, and then only. */
import { createHash } from "node:crypto";
import { contextOf, readKubeconfig } from "../../shared/kubeconfig";
import { certificatesIn } from "../../shared/pem";
import type { ClusterOutput } from "../../shared/outputs";

export type Identity = NonNullable<ClusterOutput["identity"]>;

/**
 * A cluster is the one of the last `up` as long as one of its CA's certificates is, so that a bundle that grows, is written
 * otherwise or is rotated one certificate at a time changes nothing.
 *
 * @param recorded As the last `up` left it.
 */
export function identityOf(
    name: string,
    kubeconfig: string,
    context: string | undefined,
    recorded: Identity | undefined,
): Identity {
    const { "certificate-authority-data": bundle, server } = contextOf(readKubeconfig(kubeconfig), context).cluster;
    const authorities = bundle === undefined ? [fingerprint(server)] : certificatesOf(bundle).map(fingerprint);
    const isSame = recorded?.authorities.some((authority) => authorities.includes(authority)) === true;
    // Version 0.1.0 hashed the text, and recorded nothing else.
    return { id: isSame ? recorded.id : `${name}-${fingerprint(bundle ?? server).slice(0, 12)}`, authorities };
}

/** DER of the certificates in a bundle, base64 of PEM. */
function certificatesOf(bundle: string): Buffer[] {
    const pem = Buffer.from(bundle, "base64").toString("utf8");
    return certificatesIn(pem).map((each) => Buffer.from(each.replaceAll(/-----[^-]+-----/g, ""), "base64"));
}

function fingerprint(content: string | Buffer): string {
    return createHash("sha256").update(content).digest("hex");
}
