/** A request of one who knows how the mesh works: straight at a gateway, under the name that proxies use there. */
import { CoreV1Api, type KubeConfig } from "@kubernetes/client-node";
import { sign } from "../../cli/ca/throwAway";
import { act } from "../../verify/probe/pods/actions";

/** What a workload of a mesh shows, and trusts. */
export interface Shown {
    readonly certificate: string;
    readonly key: string;
    readonly roots: string;
}

/** Signed by the intermediate of a cluster, for an account there, `namespace/account`. */
export async function identityIn(cluster: KubeConfig, account: string): Promise<Shown> {
    const secret = { namespace: "istio-system", name: "cacerts" };
    const { data = {} } = await cluster.makeApiClient(CoreV1Api).readNamespacedSecret(secret);
    const read = (name: string): string => Buffer.from(data[name] ?? "", "base64").toString();
    const [namespace = "", name = ""] = account.split("/");
    const spiffe = `spiffe://cluster.local/ns/${namespace}/sa/${name}`;
    const signed = await sign(read("ca-cert.pem"), read("ca-key.pem"), spiffe);
    const chain = `${signed.certificate}\n${read("cert-chain.pem")}`;
    return { certificate: chain, key: signed.key, roots: read("root-cert.pem") };
}

/** @returns Status of the answer, or `refused` where the gateway takes no such connection. */
export async function askByHand(
    gateway: { readonly address: string; readonly port: number },
    { name, namespace, path }: { readonly name: string; readonly namespace: string; readonly path: string },
    shown: Shown,
): Promise<number | "refused"> {
    const host = `${name}.${namespace}.svc.cluster.local`;
    const [outcome] = await act([
        {
            ...gateway,
            send: `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
            tls: {
                ...shown,
                serverName: `outbound_.80_._.${host}`,
                alpn: "istio",
                identity: `spiffe://cluster.local/ns/${namespace}/sa/${name}`,
            },
        },
    ]);
    if (outcome === undefined || !("verified" in outcome) || !outcome.verified) return "refused";
    const [, status = ""] = /^HTTP\/1\.1 (\d+)/.exec(outcome.received) ?? [];
    return Number(status);
}
