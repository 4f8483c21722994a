import ipaddr from "ipaddr.js";

/** Whether two CIDRs have an address in common. @throws Error for what is no CIDR. */
export function overlaps(one: string, other: string): boolean {
    const [[first, firstBits], [second, secondBits]] = [ipaddr.parseCIDR(one), ipaddr.parseCIDR(other)];
    return first.kind() === second.kind() && first.match(second, Math.min(firstBits, secondBits));
}
