import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import type { GatewayAddress } from "../mesh";

/** Every `address:port` that a gateway may have in a proxy: istiod resolves the host names of cloud load balancers. */
export async function dialled(gateway: GatewayAddress | undefined): Promise<string[]> {
    if (gateway === undefined) {
        return [];
    }
    const addresses =
        isIP(gateway.address) === 0
            ? (await lookup(gateway.address, { all: true })).map(({ address }) => address)
            : [gateway.address];
    return addresses.map((address) => `${address}:${gateway.port}`);
}
