/** Authorities that the mesh does not know, as Secret cacerts holds them. */
import { KeyObject, type webcrypto } from "node:crypto";
import { type Authority, intermediate, root } from "../support/certificates";

/** @param days Until the intermediate ends, after a year. @returns The four files, base64. */
export async function foreignAuthority(days: number): Promise<Record<string, string>> {
    const issuer = await root("Foreign Root CA");
    const { certificate, keys } = await intermediate(issuer, "Foreign Intermediate CA", { days, life: 365 });
    const [own, top] = [certificate, issuer.certificate].map(pem);
    return filesOf(own, keys.privateKey, [own, top], top);
}

/**
 * One for each of two clusters, below an organisation's and a root that they share.
 * @param days Until the organisation's ends. @param own Until the clusters' own end, and from their beginning until then.
 */
export async function authorities(
    days: number,
    own: { readonly days?: number; readonly life?: number } = {},
): Promise<Record<"west" | "east", Record<string, string>>> {
    const top = await root("Company Root CA");
    const organisation = await intermediate(top, "Organisation CA", { days, pathLength: 1 });
    const of = async (cluster: string) => {
        const { certificate, keys } = await intermediate(organisation, `${cluster} CA`, own);
        const [signing, above, root] = [certificate, organisation.certificate, top.certificate].map(pem);
        return filesOf(signing, keys.privateKey, [signing, above], root);
    };
    return { west: await of("west"), east: await of("east") };
}

function filesOf(
    own: string | undefined,
    key: webcrypto.CryptoKey,
    chain: readonly (string | undefined)[],
    top: string | undefined,
): Record<string, string> {
    const files = {
        "ca-cert.pem": own,
        "ca-key.pem": KeyObject.from(key).export({ type: "pkcs8", format: "pem" }).toString(),
        "cert-chain.pem": chain.join(""),
        "root-cert.pem": top,
    };
    return Object.fromEntries(
        Object.entries(files).map(([name, text = ""]) => [name, Buffer.from(text).toString("base64")]),
    );
}

function pem(certificate: Authority["certificate"]): string {
    return `${certificate.toString("pem")}\n`;
}
