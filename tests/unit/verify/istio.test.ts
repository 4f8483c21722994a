import { readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { ObservationError } from "../../../verify/observe";
import { conclude } from "../../../verify/check";
import { commonRoot } from "../../../verify/checks/trust/commonRoot";
import { ownIntermediate } from "../../../verify/checks/trust/ownIntermediate";
import { parseSecrets, parseUpstreams, type ServicePort, upstreamOf } from "../../../verify/observe/envoyAnswers";
import { parseClusterz } from "../../../verify/observe/istiod";
import { twoClusters } from "./meshes";

/** What webapp's proxy and the istiod of a local west cluster answered (Envoy 1.40, Istio 1.32 development). */
function recorded(file: string): string {
    return readFileSync(path.join(__dirname, "recorded", file), "utf8");
}

describe("parseClusterz", () => {
    it("reads istiod's answer", () => {
        expect(parseClusterz(recorded("istiod-clusterz.json"))).to.deep.equal([
            { id: "west-cluster", syncStatus: "synced" },
            { id: "east-cluster", syncStatus: "synced" },
        ]);
    });

    it("says what is wrong with another answer", () => {
        expect(() => parseClusterz("404 page not found")).to.throw("istiod's /debug/clusterz: not JSON: 404 page");
        expect(() => parseClusterz('[{"id":1}]')).to.throw("istiod's /debug/clusterz: ");
    });
});

describe("parseSecrets", () => {
    it("reads chain and roots of a workload, which pass the trust checks", () => {
        const { chain, roots } = parseSecrets(recorded("envoy-secrets.json"));
        expect(chain[0]?.subjectAltName).to.equal("URI:spiffe://cluster.local/ns/istioinaction/sa/webapp");
        expect(chain[1]?.subject).to.equal("O=usmesh\nL=west\nCN=Intermediate CA");
        expect(roots).to.have.length(1);
        const trust = { cluster: "west", workload: { pod: "istioinaction/webapp", chain, roots } };
        expect(conclude(ownIntermediate.judge([trust], twoClusters)).result).to.equal("pass");
        const trusted = { cluster: "west", workloads: [trust.workload], given: {} };
        expect(conclude(commonRoot.judge([trusted], twoClusters)).result).to.equal("pass");
    });

    it("gives empty lists for a proxy without certificates", () => {
        expect(parseSecrets('{"configs":[]}')).to.deep.equal({ chain: [], roots: [] });
    });
});

describe("upstreams of a proxy", () => {
    const answer = recorded("envoy-clusters.json");
    const catalog = { namespace: "istioinaction", name: "catalog", port: 80 };
    const find = (changes: Partial<ServicePort> = {}, json = answer) =>
        upstreamOf(parseUpstreams(json), { ...catalog, ...changes });

    it("are found by service, namespace and port", () => {
        const found = find();
        expect(found?.host).to.equal("catalog.istioinaction.svc.cluster.local");
        expect(found?.endpoints.map(({ address, port, health }) => ({ address, port, health }))).to.deep.equal([
            { address: "10.64.13.32", port: 15443, health: "HEALTHY" },
        ]);
        expect(find({ namespace: "other" })).to.equal(undefined);
        expect(find({ port: 8080 })).to.equal(undefined);
    });

    it("pass over what Envoy reaches through a Unix socket", () => {
        expect(answer).to.contain("./etc/istio/proxy/XDS");
    });

    it("have the number of their answers, in whatever domain", () => {
        const endpoint = (address: string, stats: object[]) => ({
            address: { socket_address: { address, port_value: 15443 } },
            stats,
        });
        const dump = JSON.stringify({
            cluster_statuses: [
                { name: "outbound|80||catalog.istioinaction2.svc.cluster.local" },
                {
                    name: "outbound|80||catalog.istioinaction.svc.example.org",
                    host_statuses: [
                        endpoint("10.1.0.50", [{ name: "rq_error" }, { name: "rq_success", value: "7" }]),
                        endpoint("10.1.0.51", [{ name: "rq_success" }]),
                        { address: { pipe: { path: "/socket" } } },
                    ],
                },
            ],
        });
        const found = find({}, dump);
        expect(found?.host).to.equal("catalog.istioinaction.svc.example.org");
        expect(found?.endpoints.map(({ address, answered, health }) => [address, answered, health])).to.deep.equal([
            ["10.1.0.50", 7, "UNKNOWN"],
            ["10.1.0.51", 0, "UNKNOWN"],
        ]);
    });

    it("are refused in another form", () => {
        expect(() => parseUpstreams("{}")).to.throw(ObservationError, "Envoy's clusters");
    });
});
