/** What `mesh verify --pre` says of real clusters, as they are and with each thing wrong that it is for. */
import { expect } from "chai";
import { parse, stringify } from "yaml";
import type { Mesh, MeshCluster } from "../../verify";
import { PRE_CHECKS } from "../../verify/pre";
import { runChecks } from "../../verify/runner";
import { BrokenMesh } from "../support/brokenMesh";

describe("clusters before an up", function () {
    this.timeout(300_000);

    const broken = new BrokenMesh();

    before(() => broken.start());
    after(() => broken.remove());

    /** Results by check, after `change` of what is declared. */
    async function check(change: (mesh: Mesh) => Mesh = (mesh) => mesh) {
        const { checks } = await runChecks(change(broken.mesh), PRE_CHECKS, { patience: 0 });
        return new Map(checks.map((each) => [each.id, each]));
    }
    /** The mesh with another declaration of east. */
    const withEast =
        (changes: Partial<MeshCluster>) =>
        (mesh: Mesh): Mesh => ({
            ...mesh,
            clusters: mesh.clusters.map((each) => (each.name === "east" ? { ...each, ...changes } : each)),
        });
    /** Asserts that one check fails for a reason, and that all others hold. */
    async function fails(id: string, cause: RegExp, change?: (mesh: Mesh) => Mesh) {
        const results = await check(change);
        expect(results.get(id)?.cause, results.get(id)?.seen.join()).to.match(cause);
        const others = [...results.values()].filter((each) => each.id !== id && each.result !== "pass");
        expect(others.map((each) => `${each.id}: ${each.seen.join()}`)).to.deep.equal([]);
    }

    it("are as an up needs them", async () => {
        const results = await check();
        expect([...results.values()].map(({ id, result }) => `${id} ${result}`)).to.deep.equal(
            PRE_CHECKS.map(({ id }) => `${id} pass`),
        );
    });

    it("present-mesh: Istio of another mesh", () =>
        fails("present-mesh", /Istio in west is of another mesh: its mesh id is usmesh, not theirs/, (mesh) => ({
            ...mesh,
            meshId: "theirs",
        })));

    it("peer-addresses: an address that the certificate does not name", async () => {
        const { server } = await serverOf("west");
        await fails("peer-addresses", /Peers of east will not accept its API server/, withEast({ apiServer: server }));
    });

    it("peer-addresses: an address that is each pod's own", () =>
        fails("peer-addresses", /leads each pod to itself/, withEast({ apiServer: "https://127.0.0.1:6443" })));

    it("cidrs: a peer among the own pods", async () => {
        const nodes = parse(await broken.kubectl("west", ["get", "nodes", "-o", "yaml"])) as {
            items: { spec: { podCIDR: string } }[];
        };
        const host = nodes.items[0]?.spec.podCIDR.replace(/\.\d+\/.*/, ".9") ?? "";
        const results = await check(withEast({ apiServer: `https://${host}:6443` }));
        expect(results.get("cidrs")?.cause).to.contain(`west takes the address of east (${host})`);
    });

    it("load-balancers: a Service that gets no address", async () => {
        const service = {
            apiVersion: "v1",
            kind: "Service",
            metadata: { name: "waits", namespace: "default" },
            spec: { type: "LoadBalancer", loadBalancerClass: "example.org/none", ports: [{ port: 80 }] },
        };
        await broken.kubectl("east", ["apply", "-f", "-"], JSON.stringify(service));
        try {
            await fails("load-balancers", /Nothing in east gives load balancers addresses.*default\/waits waits/);
        } finally {
            await broken.kubectl("east", ["delete", "service", "waits"]);
        }
    });

    it("permissions: a user that may only look", async () => {
        const looker = ["--clusterrole=view", "--serviceaccount=default:looker"];
        await broken.kubectl("east", ["create", "serviceaccount", "looker"]);
        await broken.kubectl("east", ["create", "clusterrolebinding", "looker", ...looker]);
        const token = (await broken.kubectl("east", ["create", "token", "looker"])).trim();
        const { server, ca } = await serverOf("east");
        const kubeconfig = stringify({
            apiVersion: "v1",
            kind: "Config",
            clusters: [{ name: "east", cluster: { server, "certificate-authority-data": ca } }],
            users: [{ name: "looker", user: { token } }],
            contexts: [{ name: "east", context: { cluster: "east", user: "looker" } }],
            "current-context": "east",
        });
        const results = await check(withEast({ kubeconfig, context: "east" }));
        expect(results.get("permissions")?.cause).to.match(/The user of east may not create namespaces/);
    });

    async function serverOf(cluster: string): Promise<{ server: string; ca: string }> {
        const path = "jsonpath={.clusters[0].cluster.server} {.clusters[0].cluster.certificate-authority-data}";
        const [server = "", ca = ""] = (await broken.kubectl(cluster, ["config", "view", "--raw", "-o", path])).split(
            " ",
        );
        return { server, ca };
    }
});
