/** An authority that the mesh does not know, as Secret cacerts holds one. */
import { KeyObject } from "node:crypto";
import { intermediate, root } from "../support/certificates";

/** @param days Until the intermediate ends. @returns The four files, base64. */
export async function foreignAuthority(days: number): Promise<Record<string, string>> {
    const issuer = await root("Foreign Root CA");
    const { certificate, keys } = await intermediate(issuer, "Foreign Intermediate CA", { days });
    const [own, top] = [certificate, issuer.certificate].map((each) => `${each.toString("pem")}\n`);
    const files = {
        "ca-cert.pem": own,
        "ca-key.pem": KeyObject.from(keys.privateKey).export({ type: "pkcs8", format: "pem" }).toString(),
        "cert-chain.pem": `${own ?? ""}${top ?? ""}`,
        "root-cert.pem": top,
    };
    return Object.fromEntries(
        Object.entries(files).map(([name, text = ""]) => [name, Buffer.from(text).toString("base64")]),
    );
}
