import { readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { conclude } from "../../../verify/check";
import { commonRoot } from "../../../verify/checks/commonRoot";
import { ownIntermediate } from "../../../verify/checks/ownIntermediate";
import { parseEndpoints, parseSecrets } from "../../../verify/observe/envoy";
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
        expect(conclude(commonRoot.judge([trust], twoClusters)).result).to.equal("pass");
    });

    it("gives empty lists for a proxy without certificates", () => {
        expect(parseSecrets('{"configs":[]}')).to.deep.equal({ chain: [], roots: [] });
    });
});

describe("parseEndpoints", () => {
    const answer = recorded("envoy-clusters.json");

    it("takes the endpoints of this service, namespace and port only", () => {
        const service = { namespace: "istioinaction", name: "catalog", port: 80 };
        expect(parseEndpoints(answer, service)).to.deep.equal([
            { address: "10.64.13.32", port: 15443, health: "HEALTHY" },
        ]);
        expect(parseEndpoints(answer, { ...service, namespace: "other" })).to.deep.equal([]);
        expect(parseEndpoints(answer, { ...service, port: 8080 })).to.deep.equal([]);
    });

    it("passes over what Envoy reaches through a Unix socket", () => {
        expect(answer).to.contain("./etc/istio/proxy/XDS");
    });
});
