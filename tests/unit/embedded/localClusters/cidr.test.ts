import { expect } from "chai";
import { addressAt, isCidr, prefixLength, subnets } from "../../../../embedded/localClusters/network/cidr";
import { overlaps } from "../../../../shared/cidrs";

describe("CIDR arithmetic", () => {
    it("takes a CIDR only without host bits", () => {
        expect(isCidr("10.64.0.0/22")).to.equal(true);
        for (const text of ["10.64.0.1/22", "10.64.0.0", "10.64.0.0/33", "10.64/16", "fd00::/64", "nonsense", ""]) {
            expect(isCidr(text), text).to.equal(false);
        }
        expect(prefixLength("10.64.0.0/22")).to.equal(22);
    });

    it("finds overlaps either way round", () => {
        expect(overlaps("10.64.0.0/22", "10.64.3.128/25")).to.equal(true);
        expect(overlaps("10.64.3.128/25", "10.64.0.0/22")).to.equal(true);
        expect(overlaps("10.64.0.0/22", "10.64.4.0/22")).to.equal(false);
    });

    it("counts addresses across bytes", () => {
        expect(addressAt("10.64.0.0/22", 0)).to.equal("10.64.0.0");
        expect(addressAt("10.64.0.0/22", 258)).to.equal("10.64.1.2");
        expect(addressAt("192.168.255.0/24", 256)).to.equal("192.169.0.0");
    });

    it("lists subnets in order", () => {
        expect([...subnets("10.64.0.0/22", 24)]).to.deep.equal([
            "10.64.0.0/24",
            "10.64.1.0/24",
            "10.64.2.0/24",
            "10.64.3.0/24",
        ]);
        expect([...subnets("10.64.0.0/24", 24)]).to.deep.equal(["10.64.0.0/24"]);
    });
});
