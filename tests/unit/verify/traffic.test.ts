import { createServer, type RequestListener, type Server } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { clustersReady, type ClusterState } from "../../../verify/checks/clusters/clustersReady";
import { conclude } from "../../../verify/check";
import { remoteAnswers } from "../../../verify/checks/dataPlane/remoteAnswers";
import type { ReferenceRequest } from "../../../shared/outputs";
import type { Finding } from "../../../verify";
import { twoClusters } from "./meshes";

describe("remote-answers", () => {
    let server: Server | undefined;

    afterEach(() => {
        server?.closeAllConnections();
        server?.close();
    });

    /** Runs the whole check against an ingress on loopback. */
    async function through(ingress: RequestListener): Promise<Finding> {
        server = createServer(ingress).listen(0, "127.0.0.1");
        await once(server, "listening");
        const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/catalog`;
        const request = { ...(twoClusters.request as ReferenceRequest), url };
        const mesh = { ...twoClusters, request };
        return remoteAnswers.run({ mesh, clusters: [], signal: AbortSignal.timeout(5000) });
    }

    it("passes when 20 of 20 come from the other cluster, asked by the right host", async () => {
        const hosts: (string | undefined)[] = [];
        const finding = await through((request, response) => {
            hosts.push(request.headers.host);
            response.end(JSON.stringify({ cluster: "east", items: [] }));
        });
        expect(finding.result).to.equal("pass");
        expect(finding.seen[0]).to.contain("20 of 20 requests");
        expect(finding.seen[0]).to.contain("answered 200 with data of east");
        expect(hosts).to.deep.equal(Array(20).fill("webapp.istioinaction.io"));
    });

    it("fails at the first of 20 that is a 503, and quotes it", async () => {
        let count = 0;
        const finding = await through((_request, response) => {
            response.statusCode = ++count === 13 ? 503 : 200;
            response.end(count === 13 ? "no healthy upstream" : JSON.stringify({ cluster: "east" }));
        });
        expect(finding.result).to.equal("fail");
        expect(finding.seen[0]).to.contain("12 of 20 requests");
        expect(count).to.equal(13);
        expect(finding.seen[1]).to.equal("west: a request was answered 503: no healthy upstream");
        expect(finding.cause).to.contain("gets no answer from catalog");
    });

    it("fails when the answers are local", async () => {
        const finding = await through((_request, response) => response.end(JSON.stringify({ cluster: "west" })));
        expect(finding.seen[0]).to.contain("0 of 20 requests");
        expect(finding.cause).to.equal("The answer came from west, not from east.");
    });

    it("fails when the ingress has no route", async () => {
        const finding = await through((_request, response) => {
            response.statusCode = 404;
            response.end();
        });
        expect(finding.cause).to.contain("has no route for host webapp.istioinaction.io");
    });

    it("fails when the ingress refuses", async () => {
        const request = { ...(twoClusters.request as ReferenceRequest), url: "http://127.0.0.1:1/api/catalog" };
        const mesh = { ...twoClusters, request };
        const finding = await remoteAnswers.run({ mesh, clusters: [], signal: AbortSignal.timeout(5000) });
        expect(finding.result).to.equal("fail");
        expect(finding.seen[1]).to.equal("west: a request failed: connect ECONNREFUSED 127.0.0.1:1");
    });

    it("is skipped without a reference request", async () => {
        const finding = await remoteAnswers.run({
            mesh: { clusters: twoClusters.clusters },
            clusters: [],
            signal: AbortSignal.timeout(5000),
        });
        expect(finding).to.deep.equal({ result: "skipped", seen: ["no reference request is declared"] });
    });
});

describe("clusters-ready", () => {
    const ready = {
        cluster: "west",
        version: "v1.34.4",
        nodes: [{ name: "west-control-plane", ready: true }],
        dns: { service: "kube-system/kube-dns", ready: 1 },
    };
    const judge = (...states: ClusterState[]): Finding => conclude(clustersReady.judge(states, twoClusters));

    it("passes when every node and the DNS are ready", () => {
        expect(judge(ready)).to.deep.include({
            result: "pass",
            seen: ["west: Kubernetes v1.34.4, 1 of 1 nodes Ready, 1 DNS endpoints Ready"],
        });
    });

    it("passes where DNS is not in pods, and says so", () => {
        const { cluster, version, nodes } = ready;
        expect(judge({ cluster, version, nodes }).seen[0]).to.contain("no DNS pods are seen, it may run elsewhere");
    });

    it("fails for a node that is not ready, naming it", () => {
        expect(judge({ ...ready, nodes: [{ name: "west-control-plane", ready: false }] }).cause).to.equal(
            "Nodes of west are not Ready: west-control-plane.",
        );
    });

    it("fails without nodes, without DNS, and without an answer", () => {
        expect(judge({ ...ready, nodes: [] }).cause).to.equal("Nodes of west are not Ready: there are none.");
        const dns = { service: "openshift-dns/dns-default", ready: 0 };
        expect(judge({ ...ready, dns }).cause).to.contain(
            "No endpoint of Service openshift-dns/dns-default in west is",
        );
        const finding = judge(ready, { cluster: "east", unreachable: "east: listing nodes: no answer" });
        expect(finding.result).to.equal("fail");
        expect(finding.seen[1]).to.equal("east: listing nodes: no answer");
    });
});
