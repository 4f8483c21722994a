import { Analyzer } from "@pulumi/pulumi/provider/experimental/analyzer";
import { expect } from "chai";
import path from "node:path";
import * as components from "../../../components";

/** Programs in other languages see the library by what Pulumi's analyzer makes of its sources. */
describe("the library's schema", function () {
    this.timeout("60s");

    it("has every component, with types that all languages know", () => {
        const names = Object.entries(components)
            .filter(([, exported]) => typeof exported === "function")
            .map(([name]) => name);
        const root = path.join(__dirname, "..", "..", "..");
        const dependencies = { "@pulumi/pulumi": "*", "@pulumi/kubernetes": "*", "@pulumi/tls": "*" };
        const manifest = { name: "istio-multicluster", main: "components/index.ts", dependencies };
        const schema = new Analyzer(root, "istio-multicluster", manifest, new Set(names)).analyze();
        const outputs = Object.fromEntries(
            Object.entries(schema.components).map(([name, component]) => [name, Object.keys(component.outputs)]),
        );
        expect(outputs).to.deep.equal({
            ControlPlane: ["namespace"],
            EastWestGateway: ["address", "port"],
            IngressGateway: ["address"],
            IntermediateCa: ["request", "privateKey"],
            MeshCluster: ["namespace", "readerKubeconfig", "eastWestAddress", "eastWestPort", "ingressAddress"],
            RemoteReader: ["kubeconfig"],
            RemoteSecret: [],
            RootCa: ["certificate", "certificates"],
            SampleApps: ["namespace"],
        });
    });
});
