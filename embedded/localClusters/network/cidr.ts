/** IPv4 address and CIDR arithmetic (RFC 4632). */
import ipaddr from "ipaddr.js";

const IPV4_BITS = 32;

/** Whether the text is an IPv4 CIDR whose host bits are zero, e.g. `10.89.0.0/22`. */
export function isCidr(text: string): boolean {
    if (!ipaddr.IPv4.isValidCIDRFourPartDecimal(text)) {
        return false;
    }
    return ipaddr.IPv4.networkAddressFromCIDR(text).toString() === text.slice(0, text.indexOf("/"));
}

export function prefixLength(cidr: string): number {
    return ipaddr.IPv4.parseCIDR(cidr)[1];
}

/** The n-th address of a CIDR; 0 is the network's own. */
export function addressAt(cidr: string, n: number): string {
    return fromNumber(toNumber(ipaddr.IPv4.parseCIDR(cidr)[0]) + n);
}

/** All subnets of that prefix length, in order. */
export function* subnets(cidr: string, length: number): Generator<string> {
    const size = 2 ** (IPV4_BITS - length);
    const count = 2 ** (length - prefixLength(cidr));
    for (let i = 0; i < count; i++) {
        yield `${addressAt(cidr, i * size)}/${length}`;
    }
}

function toNumber(address: ipaddr.IPv4): number {
    return address.toByteArray().reduce((number, byte) => number * 256 + byte, 0);
}

function fromNumber(number: number): string {
    return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join(".");
}
