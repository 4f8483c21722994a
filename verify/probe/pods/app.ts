import { createServer, type Server } from "node:http";
import { text } from "node:stream/consumers";
import { service, type Settings } from "../../../apps/service";
import { act } from "./actions";
import type { Action } from "./protocol";

/** `GET /` names the cluster, and the peer as the sidecar saw it: `{cluster, peer}`; `GET /healthz`. */
export function probe({ cluster }: Settings): Server {
    return service(cluster, (path, { headers }) =>
        // https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_conn_man/headers#x-forwarded-client-cert
        path === "/" ? { status: 200, body: { cluster, peer: headers["x-forwarded-client-cert"] ?? "" } } : undefined,
    );
}

/** Takes a JSON array of actions by POST and answers with their outcomes. */
export function control(): Server {
    return createServer((request, response) => {
        text(request)
            // Whoever may forward ports to this pod may as well run anything in it: nothing is gained by distrust here.
            .then((body) => act(JSON.parse(body) as readonly Action[]))
            .then(
                (outcomes) => response.end(JSON.stringify(outcomes)),
                (error: unknown) => response.writeHead(400).end(String(error)),
            );
    });
}
