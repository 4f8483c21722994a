import { expect } from "chai";
import { namesOf, only } from "../../support/record";
import { GATEWAY, NAMESPACE, sampleApps, SERVICE } from "./support";

describe("SampleApps", () => {
    it("run webapp behind the ingress, with catalog's Service only", async () => {
        const run = await sampleApps({ webapp: true });
        expect(namesOf(run, "kubernetes:apps/v1:Deployment")).to.deep.equal(["west-apps-webapp-deployment"]);
        const catalog = only(run, SERVICE, "west-apps-catalog-service");
        expect(catalog.inputs["metadata"]).to.deep.include({
            name: "catalog",
            annotations: { "pulumi.com/skipAwait": "true" },
        });
        expect(only(run, "kubernetes:networking.istio.io/v1:VirtualService").inputs["spec"]).to.deep.equal({
            hosts: ["webapp.example.org"],
            gateways: ["webapp"],
            http: [{ route: [{ destination: { host: "webapp", port: { number: 80 } } }] }],
        });
        expect(only(run, GATEWAY, "west-apps-webapp-gateway").inputs["spec"]).to.deep.equal({
            selector: { istio: "ingressgateway" },
            servers: [{ port: { number: 80, name: "http", protocol: "HTTP" }, hosts: ["webapp.example.org"] }],
        });
    });

    it("run catalog without a route", async () => {
        const run = await sampleApps({ cluster: "east", catalog: true });
        const { inputs } = only(run, "kubernetes:apps/v1:Deployment");
        expect(inputs["metadata"]).to.deep.equal({
            name: "catalog",
            namespace: "istioinaction",
            labels: { app: "catalog" },
        });
        expect(JSON.stringify(inputs)).to.contain('"env":[{"name":"CLUSTER","value":"east"}]');
        expect(JSON.stringify(inputs)).to.contain('"image":"registry.example.org/catalog:1"');
        expect(namesOf(run, GATEWAY)).to.deep.equal([]);
        expect(only(run, SERVICE, "west-apps-catalog-service").inputs["metadata"]).not.to.have.property("annotations");
    });

    it("get sidecars: their namespace asks for injection", async () => {
        const run = await sampleApps({ catalog: true });
        expect(only(run, NAMESPACE, "west-apps-namespace").inputs["metadata"]).to.deep.equal({
            name: "istioinaction",
            labels: { "istio-injection": "enabled" },
        });
    });
});
