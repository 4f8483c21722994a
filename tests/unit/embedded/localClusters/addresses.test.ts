import { expect } from "chai";
import {
    assertSubnets,
    chooseClusterAddresses,
    chooseHomeNetwork,
    hostAddress,
    type ClusterAddresses,
    type RequestedSubnets,
} from "../../../../embedded/localClusters/network/addresses";
import { overlaps } from "../../../../shared/cidrs";
import { ProblemsError } from "../../../../shared/problems";

const HOME = "10.64.0.0/22";

/** Subject and value of each problem. */
function problemsOf(work: () => unknown): string[] {
    try {
        work();
    } catch (error) {
        if (error instanceof ProblemsError) {
            return error.problems.map(({ subject, value }) => `${subject} ${value ?? ""}`);
        }
        throw error;
    }
    return [];
}

const assertion =
    (request: RequestedSubnets, own: readonly string[]): (() => void) =>
    () => {
        assertSubnets(request, own);
    };

describe("addresses of local clusters", () => {
    it("take the first network that nobody uses", () => {
        expect(chooseHomeNetwork([])).to.equal("10.64.0.0/22");
        expect(chooseHomeNetwork(["10.64.0.0/22", "10.64.5.0/24"])).to.equal("10.64.8.0/22");
        expect(chooseHomeNetwork(["10.0.0.0/8"])).to.equal("172.16.0.0/22");
        expect(hostAddress(HOME)).to.equal("10.64.0.1");
    });

    it("say so when no network is left", () => {
        const everything = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"];
        expect(problemsOf(() => chooseHomeNetwork(everything))).to.deep.equal(["network of the local clusters /22"]);
    });

    it("are distinct for every cluster of a home, as many as there are pools", () => {
        const clusters: ClusterAddresses[] = [];
        for (let i = 0; i < 23; i++) {
            clusters.push(chooseClusterAddresses(HOME, {}, clusters, []));
        }
        expect(new Set(clusters.map(({ nodeAddress }) => nodeAddress)).size).to.equal(23);
        const cidrs = clusters.flatMap((cluster) => [cluster.podSubnet, cluster.serviceSubnet, cluster.addressPool]);
        cidrs.forEach((cidr, i) => {
            expect(cidrs.slice(i + 1).filter((other) => overlaps(cidr, other))).to.deep.equal([]);
        });
        expect(clusters[0]).to.deep.equal({
            nodeAddress: "10.64.0.2",
            podSubnet: "10.64.16.0/20",
            serviceSubnet: "10.64.32.0/20",
            addressPool: "10.64.1.0/27",
        });
        expect(problemsOf(() => chooseClusterAddresses(HOME, {}, clusters, []))).to.deep.equal([
            `pool of load-balancer addresses (at most 23 clusters a home) ${HOME}`,
        ]);
    });

    it("reuse what a deleted cluster had", () => {
        const first = chooseClusterAddresses(HOME, {}, [], []);
        const second = chooseClusterAddresses(HOME, {}, [first], []);
        expect(chooseClusterAddresses(HOME, {}, [second], [])).to.deep.equal(first);
    });

    it("avoid what other homes and the host use, and what is asked for", () => {
        const request = { serviceSubnet: "10.64.32.0/20" };
        const chosen = chooseClusterAddresses(HOME, request, [], ["10.64.16.0/20"]);
        expect(chosen).to.include({ podSubnet: "10.64.48.0/20", serviceSubnet: "10.64.32.0/20" });
    });

    it("report every bad subnet at once", () => {
        const request: RequestedSubnets = { podSubnet: "10.244.0.1/16", serviceSubnet: "10.96.0.0/8" };
        expect(problemsOf(assertion(request, []))).to.deep.equal([
            "podSubnet 10.244.0.1/16",
            "serviceSubnet 10.96.0.0/8",
        ]);
        const good: RequestedSubnets = { podSubnet: "10.244.0.0/16", serviceSubnet: "10.96.0.0/16" };
        expect(problemsOf(assertion(good, [HOME]))).to.deep.equal([]);
    });

    it("may overlap neither each other nor the clusters beside them", () => {
        const twice: RequestedSubnets = { podSubnet: "10.244.0.0/16", serviceSubnet: "10.244.128.0/20" };
        expect(problemsOf(assertion(twice, []))).to.deep.equal(["serviceSubnet 10.244.128.0/20"]);
        expect(problemsOf(assertion({ podSubnet: "10.64.0.0/16" }, [HOME]))).to.deep.equal(["podSubnet 10.64.0.0/16"]);
    });
});
