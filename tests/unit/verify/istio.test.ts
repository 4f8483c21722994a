import { expect } from "chai";
import { parseClusterz, parseEndpoints, parseSecrets } from "../../../verify/observe/istio";
import { intermediate, leaf, root } from "./certificates";

describe("parseClusterz", () => {
    it("reads istiod's answer", () => {
        const answer = `[{"id":"west-cluster","secretName":"","syncStatus":"synced"},
            {"id":"east-cluster","secretName":"istio-system/istio-remote-secret-east-cluster","syncStatus":"timeout"}]`;
        expect(parseClusterz(answer)).to.deep.equal([
            { id: "west-cluster", syncStatus: "synced" },
            { id: "east-cluster", syncStatus: "timeout" },
        ]);
    });

    it("says what is wrong with another answer", () => {
        expect(() => parseClusterz("404 page not found")).to.throw("istiod's /debug/clusterz: not JSON: 404 page");
        expect(() => parseClusterz('[{"id":1}]')).to.throw("istiod's /debug/clusterz: ");
    });
});

describe("parseSecrets", () => {
    it("reads the chain and the roots of Envoy's secrets", async () => {
        const ca = await root();
        const west = await intermediate(ca, "west CA");
        const own = await leaf(west, "spiffe://cluster.local/ns/shop/sa/webapp");
        const base64 = (...pems: string[]): string => Buffer.from(pems.join("\n")).toString("base64");
        const dump = JSON.stringify({
            configs: [
                {
                    "@type": "type.googleapis.com/envoy.admin.v3.SecretsConfigDump.DynamicSecret",
                    name: "default",
                    secret: {
                        name: "default",
                        tls_certificate: {
                            certificate_chain: {
                                inline_bytes: base64(own.toString("pem"), west.certificate.toString("pem")),
                            },
                            private_key: { inline_bytes: "W3JlZGFjdGVkXQ==" },
                        },
                    },
                },
                {
                    name: "ROOTCA",
                    secret: {
                        name: "ROOTCA",
                        validation_context: { trusted_ca: { inline_bytes: base64(ca.certificate.toString("pem")) } },
                    },
                },
            ],
        });
        const { chain, roots } = parseSecrets(dump);
        expect(chain.map(({ subjectAltName, subject }) => subjectAltName ?? subject)).to.deep.equal([
            "URI:spiffe://cluster.local/ns/shop/sa/webapp",
            "CN=west CA",
        ]);
        expect(roots.map(({ subject }) => subject)).to.deep.equal(["CN=Root CA"]);
    });

    it("gives empty lists for a proxy without certificates", () => {
        expect(parseSecrets('{"configs":[]}')).to.deep.equal({ chain: [], roots: [] });
    });
});

describe("parseEndpoints", () => {
    const host = (address: string, port_value: number, eds_health_status?: string) => ({
        address: { socket_address: { address, port_value } },
        health_status: { eds_health_status },
    });
    const answer = JSON.stringify({
        cluster_statuses: [
            {
                name: "outbound|80||catalog.istioinaction.svc.cluster.local",
                host_statuses: [host("10.1.0.50", 15443, "HEALTHY")],
            },
            { name: "outbound|80||catalog.other.svc.cluster.local", host_statuses: [host("10.9.9.9", 80, "HEALTHY")] },
            { name: "outbound|8080||catalog.istioinaction.svc.cluster.local", host_statuses: [host("10.9.9.8", 80)] },
            { name: "prometheus_stats" },
            { name: "xds-grpc", host_statuses: [{ address: { pipe: { path: "./etc/istio/proxy/XDS" } } }] },
        ],
    });

    it("takes the endpoints of this service, namespace and port only", () => {
        const service = { namespace: "istioinaction", name: "catalog", port: 80 };
        expect(parseEndpoints(answer, service)).to.deep.equal([
            { address: "10.1.0.50", port: 15443, health: "HEALTHY" },
        ]);
    });
});
