import { expect } from "chai";
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import {
    EastWestGateway,
    MeshCluster,
    type MeshClusterArgs,
    RemoteControlPlane,
    type RemoteControlPlaneArgs,
} from "../../../components/index";
import { istiodAddressProblem } from "../../../components/internal/rules";
import { namesOf, only, provider, record, type Recording } from "../../support/record";
import { ARGS, GATEWAY, meshCluster, NAMESPACE, RELEASE, SECRET } from "./support";

const REMOTE: RemoteControlPlaneArgs = {
    meshId: "usmesh",
    clusterName: "east-cluster",
    network: "east-network",
    primary: { clusterName: "west-cluster", address: "10.1.0.40" },
    istio: { ...ARGS.istio, istiod: { replicas: 3 } },
};

function remoteControlPlane(args: Partial<RemoteControlPlaneArgs> = {}): Promise<Recording<RemoteControlPlane>> {
    return record(
        () => new RemoteControlPlane("east-control-plane", { ...REMOTE, ...args }, { provider: provider("east") }),
    );
}

describe("RemoteControlPlane", () => {
    let run: Recording<RemoteControlPlane>;
    before(async () => {
        run = await remoteControlPlane();
    });

    it("names the cluster whose istiod may write into it, and its network", () => {
        expect(only(run, NAMESPACE, "east-control-plane-namespace").inputs["metadata"]).to.deep.equal({
            name: "istio-system",
            labels: { "topology.istio.io/network": "east-network" },
            annotations: { "topology.istio.io/controlPlaneClusters": "west-cluster" },
        });
    });

    it("installs the two charts for a cluster without an istiod, and nothing else", () => {
        expect(namesOf(run, RELEASE)).to.deep.equal(["east-control-plane-base", "east-control-plane-istiod"]);
        expect(only(run, RELEASE, "east-control-plane-base").inputs["values"]).to.deep.equal({ profile: "remote" });
        expect(only(run, RELEASE, "east-control-plane-istiod").inputs["values"]).to.deep.equal({
            profile: "remote",
            global: {
                meshID: "usmesh",
                multiCluster: { clusterName: "east-cluster" },
                network: "east-network",
                configCluster: true,
                remotePilotAddress: "10.1.0.40",
            },
            istiodRemote: { injectionPath: "/inject/cluster/east-cluster/net/east-network" },
        });
        expect(run.resources.filter(({ type }) => type.startsWith("kubernetes:"))).to.have.length(3);
    });

    it("has the agent of Istio's CNI before pods are injected, where it is asked for", async () => {
        const made = await remoteControlPlane({ istio: { ...ARGS.istio, cni: true } });
        expect(only(made, RELEASE, "east-control-plane-istiod").waitsFor).to.include("east-control-plane-cni");
    });

    it("refuses values that contradict it, before anything is registered", async () => {
        const istio = { ...ARGS.istio, base: { values: { profile: "default" } } };
        const refused: unknown = await remoteControlPlane({ istio }).catch((error: unknown) => error);
        expect(refused).to.be.instanceOf(pulumi.RunError);
        expect(String(refused)).to.contain("base.values.profile: this makes the mesh, and the library sets profile");
    });

    it("takes an IP address alone, since webhooks cannot use a host name", () => {
        expect(["10.1.0.40", "2001:db8::1"].map(istiodAddressProblem)).to.deep.equal([undefined, undefined]);
        expect(istiodAddressProblem("lb.example.org")).to.contain("must be an IP address");
    });
});

describe("a cluster that another one's istiod serves", () => {
    const { certificateAuthority, ...member } = ARGS;
    const primary = { clusterName: "north-cluster", address: "10.1.0.40" };
    const served = (args: Partial<MeshClusterArgs>): Promise<Recording<MeshCluster>> =>
        record(() => new MeshCluster("west", { ...member, ...args }, { provider: provider("west") }));

    it("has a reader, and gateways only once that istiod reads it", async () => {
        const unread = await served({ primary, ingress: true });
        expect(namesOf(unread, RELEASE)).to.deep.equal(["west-control-plane-base", "west-control-plane-istiod"]);
        expect([unread.value.eastWestAddress, unread.value.ingressAddress]).to.deep.equal([undefined, undefined]);
        const read = await served({ primary, ingress: true, served: "north reads it" });
        expect(namesOf(read, RELEASE)).to.include.members(["west-eastwest-release", "west-ingress-release"]);
        expect(namesOf(read, SECRET)).to.deep.equal(["west-reader-token"]);
    });

    it("keeps what both models have when it changes from one to the other", async () => {
        const [own, remote] = [await meshCluster(), await served({ primary, served: "north reads it" })];
        const shared = (run: Recording<MeshCluster>): string[] => run.resources.map(({ name }) => name);
        expect(shared(own).filter((name) => !shared(remote).includes(name))).to.deep.equal([
            "west-control-plane-cacerts",
        ]);
        expect(shared(remote).filter((name) => !shared(own).includes(name))).to.deep.equal([]);
    });

    it("refuses two who would sign for it, and nobody", async () => {
        for (const args of [{}, { primary, certificateAuthority }]) {
            const made: unknown = await served(args).catch((error: unknown) => error);
            expect(String(made)).to.contain("west-cluster: set either `certificateAuthority`");
        }
    });
});

describe("a shared control plane", () => {
    it("serves other clusters, and its gateway leads to it by the one name that it has for them", async () => {
        const run = await meshCluster({ shared: true });
        expect(only(run, RELEASE, "west-control-plane-istiod").inputs["values"]).to.have.nested.property(
            "global.externalIstiod",
            true,
        );
        expect(portsOf(run)).to.deep.equal([15021, 15443, 15012, 15017]);
        expect(namesOf(run, GATEWAY)).to.deep.equal(["west-eastwest-cross-network", "west-eastwest-istiod-gateway"]);
        const { spec } = only(run, GATEWAY, "west-eastwest-istiod-gateway").inputs;
        expect(spec).to.deep.include({
            servers: [15012, 15017].map((number, index) => ({
                port: { number, name: ["tls-istiod", "tls-webhook"][index], protocol: "TLS" },
                tls: { mode: "PASSTHROUGH" },
                hosts: ["istiod.istio-system.svc"],
            })),
        });
        const route = only(run, "kubernetes:networking.istio.io/v1:VirtualService", "west-eastwest-istiod-route");
        expect(JSON.stringify(route.inputs["spec"])).to.contain('"sniHosts":["istiod.istio-system.svc"]');
    });

    it("is no one's unless it is asked for", async () => {
        const run = await meshCluster();
        expect(JSON.stringify(only(run, RELEASE, "west-control-plane-istiod").inputs["values"])).not.to.contain(
            "externalIstiod",
        );
        expect(portsOf(run)).to.deep.equal([15021, 15443]);
        expect(namesOf(run, GATEWAY)).to.deep.equal(["west-eastwest-cross-network"]);
    });

    it("needs the ports of the gateway, whoever sets them", async () => {
        const ports = [{ name: "tls", port: 15443, targetPort: 15443, protocol: "TCP" }];
        const istio = { ...ARGS.istio, eastWestGateway: { values: { service: { ports } } } };
        const made = await record(
            () =>
                new EastWestGateway(
                    "west-eastwest",
                    { network: "west-network", namespace: "istio-system", shared: true, istio },
                    { provider: provider("west") },
                ),
        ).catch((error: unknown) => error);
        expect(String(made)).to.contain("clusters without an istiod dial port 15017, and these ports lack it");
    });
});

const withPorts = z.object({ service: z.object({ ports: z.array(z.object({ port: z.number() })) }) });

function portsOf(run: Recording<unknown>): number[] {
    const values = withPorts.parse(only(run, RELEASE, "west-eastwest-release").inputs["values"]);
    return values.service.ports.map(({ port }) => port);
}
