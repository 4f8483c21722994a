import type { IncomingHttpHeaders, Server } from "node:http";
import { service, type Answer, type Settings } from "../service";
import { page } from "./page";
import { askCatalog, UpstreamError } from "./upstream";

const ITEM_PATH = /^\/api\/catalog\/items\/(\d+)$/;

/** Response header with the name of the cluster whose catalog gave the data. */
const CATALOG_CLUSTER_HEADER = "x-catalog-cluster";

/**
 * The shop front: `GET /api/catalog`, `GET /api/catalog/items/{id}`, a page at `/`, `GET /healthz`.
 *
 * In its JSON, `cluster` is the cluster of the app that gave the data or the error, `webapp.cluster` the one of this
 * webapp. An unusable catalog is a 502, a late one a 504.
 */
export function webapp({ cluster, catalogUrl }: Settings): Server {
    return service(cluster, async (path, { headers }) => {
        if (path === "/") {
            return html(cluster, await fromCatalog(cluster, `${catalogUrl}/items`, headers));
        }
        if (path === "/api/catalog") {
            return fromCatalog(cluster, `${catalogUrl}/items`, headers);
        }
        const id = ITEM_PATH.exec(path)?.[1];
        return id === undefined ? undefined : fromCatalog(cluster, `${catalogUrl}/items/${id}`, headers);
    });
}

type JsonAnswer = Answer & { readonly body: object };

async function fromCatalog(cluster: string, url: string, headers: IncomingHttpHeaders): Promise<JsonAnswer> {
    try {
        const answer = await askCatalog(url, headers);
        return {
            status: answer.status,
            headers: answer.cluster === undefined ? {} : { [CATALOG_CLUSTER_HEADER]: answer.cluster },
            body: { ...answer.body, webapp: { cluster } },
        };
    } catch (error) {
        if (!(error instanceof UpstreamError)) {
            throw error;
        }
        return { status: error.status, body: { cluster, error: error.message, webapp: { cluster } } };
    }
}

function html(cluster: string, answer: JsonAnswer): Answer {
    return { ...answer, body: page(cluster, answer.body) };
}
