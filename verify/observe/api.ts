/** The clients of one API server. */
import { readFileSync } from "node:fs";
import type * as client from "@kubernetes/client-node";
import type { Way } from "../mesh";
import { type Client, connect, unusable } from "./connection";
import { Rights } from "./rights";

export interface Api {
    readonly cluster: client.Cluster;
    /** Its CA, PEM; undefined where the kubeconfig relies on the machine's own. */
    readonly authority: string | undefined;
    readonly core: client.CoreV1Api;
    readonly version: client.VersionApi;
    readonly custom: client.CustomObjectsApi;
    readonly forward: client.PortForward;
    readonly rights: Rights;
}

/** @param ask Waits for an answer. @throws ObservationError when the kubeconfig is unusable. */
export function openApi(
    library: Client,
    way: Way,
    signal: AbortSignal,
    seconds: number,
    ask: <T>(what: string, answer: Promise<T>) => Promise<T>,
): Api {
    const { config, configuration, cluster } = connect(library, way, signal, seconds);
    return {
        cluster,
        authority: authorityOf(way.name, cluster),
        core: new library.CoreV1Api(configuration),
        version: new library.VersionApi(configuration),
        custom: new library.CustomObjectsApi(configuration),
        forward: new library.PortForward(config),
        rights: new Rights(library, configuration, ask),
    };
}

function authorityOf(name: string, { caData, caFile }: client.Cluster): string | undefined {
    if (caData) return Buffer.from(caData, "base64").toString("utf8");
    try {
        return caFile && readFileSync(caFile, "utf8");
    } catch (error) {
        throw unusable(name, error);
    }
}
