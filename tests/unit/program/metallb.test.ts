import { expect } from "chai";
import { addressesOf } from "../../../program/clusters/metallb";

describe("the addresses of MetalLB", () => {
    it("lie at the end of the docker network, apart for each cluster", () => {
        expect([0, 1, 2].map((position) => addressesOf("172.18.0.3", position))).to.deep.equal([
            "172.18.255.1-172.18.255.254",
            "172.18.254.1-172.18.254.254",
            "172.18.253.1-172.18.253.254",
        ]);
    });

    it("are refused to a node without an IPv4 address", () => {
        expect(() => addressesOf("fc00:f853:ccd:e793::2", 0)).to.throw(
            'MetalLB needs a node with an IPv4 address, and this one has "fc00:f853:ccd:e793::2"',
        );
    });
});
