import type { Server } from "node:http";
import { service, type Settings } from "../service";
import { ITEMS } from "./items";

const ITEM_PATH = /^\/items\/(\d+)$/;

/** The catalogue: `GET /items`, `GET /items/{id}`, `GET /healthz`. */
export function catalog({ cluster }: Settings): Server {
    return service(cluster, (path) => {
        if (path === "/items") {
            return { status: 200, body: { cluster, items: ITEMS } };
        }
        const id = ITEM_PATH.exec(path)?.[1];
        if (id === undefined) {
            return undefined;
        }
        const item = ITEMS.find((candidate) => candidate.id === Number(id));
        return item === undefined
            ? { status: 404, body: { cluster, error: `no item with id ${id}` } }
            : { status: 200, body: { cluster, item } };
    });
}
