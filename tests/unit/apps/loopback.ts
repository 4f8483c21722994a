import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";

/** Starts servers on free loopback ports and ends them all in `close`. */
export class Loopback {
    private readonly servers: Server[] = [];

    /** @returns The server's base URL. */
    public async start(server: Server): Promise<string> {
        this.servers.push(server);
        server.listen(0, "127.0.0.1");
        await once(server, "listening");
        return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    }

    public async close(): Promise<void> {
        await Promise.all(
            this.servers.splice(0).map((server) => {
                server.closeAllConnections();
                return new Promise((resolve) => server.close(resolve));
            }),
        );
    }
}
