/** Checks of a mesh in which one cluster does not let itself be seen. */
import { expect } from "chai";
import { conclude, defineCheck, explanationsOf, LOOK_FIRST, type Part } from "../../../verify/check";
import type { Mesh } from "../../../verify/mesh";
import { inEachCluster, observe, ObservationError } from "../../../verify/observe";
import { withoutCluster } from "../../../verify/observe/without";

const kubeconfig = JSON.stringify({
    clusters: [{ name: "c", cluster: { server: "https://127.0.0.1:1" } }],
    users: [{ name: "u", user: {} }],
    contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
    "current-context": "c",
});
const cluster = (name: string, changes: object = {}) => ({
    ...{ name, clusterName: `${name}-cluster`, network: `${name}-network`, kubeconfig },
    ...changes,
});
const request = {
    ...{ through: "west", url: "http://10.0.0.1/", host: "shop.example.org" },
    client: { namespace: "shop", app: "web" },
    service: { namespace: "shop", name: "catalog", port: 80 },
    answeredBy: ["east", "north"],
};
const three: Mesh = { clusters: ["west", "east", "north"].map((name) => cluster(name)), request };
const viewOf = (mesh: Mesh) => observe(mesh, new AbortController().signal);
const left = async (mesh: Mesh, name: string) => withoutCluster(await viewOf(mesh), name)?.mesh;

describe("a mesh without a cluster", () => {
    it("has the others, and the reference request where it is theirs alone", async () => {
        const mesh = await left(three, "east");
        expect(mesh?.clusters.map(({ name }) => name)).to.deep.equal(["west", "north"]);
        expect(mesh?.mayHaveMore).to.equal(true);
        expect(mesh).to.not.have.property("request");
        const others = { ...request, answeredBy: ["north"] };
        expect((await left({ ...three, request: others }, "east"))?.request).to.equal(others);
    });

    it("leaves out what cannot be judged without it: its network, whom its istiod serves, and who serves it", async () => {
        const names = async (mesh: Mesh, name: string) => (await left(mesh, name))?.clusters.map((each) => each.name);
        const [west, east, north] = [cluster("west"), cluster("east"), cluster("north")];
        expect(await names({ clusters: [west, { ...east, network: "west-network" }, north] }, "east")).to.deep.equal([
            "north",
        ]);
        const served = { clusters: [west, { ...east, primary: "west-cluster" }, north] };
        expect(await names(served, "east")).to.deep.equal(["north"]);
        expect(await names(served, "west")).to.deep.equal(["north"]);
        const hub = { clusters: [{ ...west, external: { name: "hub", kubeconfig } }, north] };
        expect(await names(hub, "hub")).to.deep.equal(["north"]);
    });

    it("is none where nothing is left, and none where the cluster is no part of it", async () => {
        expect(await left({ clusters: [cluster("west")] }, "west")).to.equal(undefined);
        expect(await left(three, "south")).to.equal(undefined);
    });
});

describe("a check", () => {
    const looking = (
        blind: readonly string[],
        judge: (name: string) => Part,
        skip?: (mesh: Mesh) => string | undefined,
    ) =>
        defineCheck<readonly string[]>({
            id: "looking",
            group: "clusters",
            proves: "All is well",
            ...(skip && { skip }),
            observe: ({ clusters }) => {
                const names = clusters.map(({ declared }) => declared.name);
                const one = names.find((name) => blind.includes(name));
                return one === undefined
                    ? Promise.resolve(names)
                    : Promise.reject(new ObservationError(`${one}: listing pods: no answer`, undefined, one));
            },
            judge: (names) => names.map(judge),
        });
    const well = (name: string): Part => ({ seen: `${name}: well` });
    const ill = (name: string): Part => ({ seen: `${name}: ill`, cause: `${name} is ill.`, fix: "Mend it." });

    it("says what it saw in the others, and of whom it says nothing", async () => {
        const { result, seen, cause } = await looking(["east"], well).run(await viewOf(three));
        expect([result, seen]).to.deep.equal(["error", ["west: well", "north: well", "east: listing pods: no answer"]]);
        expect(cause).to.contain("says nothing about those that it names last");
    });

    it("says whose kubeconfig cannot be used, and never what is in it", async () => {
        const [context, user] = [
            { name: "c", context: { cluster: "c", user: "u" } },
            { name: "u", user: {} },
        ];
        const ca = { server: "https://127.0.0.1:1", "certificate-authority": "/nowhere/ca.crt" };
        const whole = { users: [user], contexts: [context], "current-context": "c" };
        const unusable: [string, string][] = [
            [`users: [{ name: u, user: { token: "a-token } }]`, "line 1 is no YAML"],
            [JSON.stringify({ ...whole, clusters: [] }), "context c leads to cluster c, which the kubeconfig lacks"],
            [JSON.stringify({ ...whole, clusters: [{ name: "c", cluster: ca }] }), "no such file or directory"],
        ];
        const reading = defineCheck<readonly string[]>({
            ...{ id: "reading", group: "clusters", proves: "All can be read" },
            observe: async (view) =>
                (await inEachCluster(view, (kubernetes) => Promise.resolve({ server: kubernetes.server }))).map(
                    ({ cluster: name }) => name,
                ),
            judge: (names) => names.map(well),
        });
        for (const [text, why] of unusable) {
            const clusters = [cluster("west"), cluster("east", { kubeconfig: text }), cluster("north")];
            const { result, seen } = await reading.run(await viewOf({ clusters }));
            expect([result, ...seen.slice(0, 2)]).to.deep.equal(["error", "west: well", "north: well"]);
            expect(seen[2]).to.contain("east: its kubeconfig cannot be used: ").and.to.contain(why);
            expect(seen[2]).not.to.contain("a-token");
        }
    });

    it("fails for what is wrong in the others", async () => {
        const finding = await looking(["east", "north"], ill).run(await viewOf(three));
        expect(finding).to.deep.equal({
            result: "fail",
            seen: ["west: ill", "east: listing pods: no answer", "north: listing pods: no answer"],
            cause: "west is ill.",
            fix: "Mend it.",
            parts: [
                { clusters: ["west"], result: "fail", seen: "west: ill", cause: "west is ill.", fix: "Mend it." },
                ...["east", "north"].map((cluster) => ({
                    clusters: [cluster],
                    result: "error",
                    seen: `${cluster}: listing pods: no answer`,
                    cause: "The check could not be made in all clusters, and says nothing about those that it names last.",
                    fix: LOOK_FIRST,
                })),
            ],
        });
    });

    it("tells its parts apart, each with the clusters that it names first, and explains each cause once", () => {
        const parts = [
            { seen: "west → east: 503", cause: "No way.", fix: "Make one." },
            { seen: "catalog.shop: nobody in east", cause: "No pods.", fix: "Start some." },
            { seen: "north: fine" },
            { seen: "north → east: 503", cause: "No way.", fix: "Make one." },
            { seen: "east: 20 days left", cause: "It ends.", fix: "Renew it.", warns: true as const },
        ];
        const finding = conclude(parts, three);
        expect(finding.parts?.map(({ clusters, result }) => [clusters, result])).to.deep.equal([
            [["west", "east"], "fail"],
            [[], "fail"],
            [["north"], "pass"],
            [["north", "east"], "fail"],
            [["east"], "warning"],
        ]);
        expect(finding.cause).to.equal("No way.\nNo pods.\nIt ends.");
        expect(explanationsOf(finding)).to.deep.equal([
            { cause: "No way.", fix: "Make one." },
            { cause: "No pods.", fix: "Start some." },
            { cause: "It ends.", fix: "Renew it." },
        ]);
    });

    it("could not be made where too little is left, and is an error where nothing is", async () => {
        const pairs = ({ clusters }: Mesh) => (clusters.length < 2 ? "one cluster has no peers" : undefined);
        const finding = await looking(["east", "north"], well, pairs).run(await viewOf(three));
        expect([finding.result, finding.seen]).to.deep.equal([
            "error",
            ["east: listing pods: no answer", "north: listing pods: no answer"],
        ]);
        const none = looking(["west", "east", "north"], well).run(await viewOf(three));
        expect(await none.catch((error: unknown) => error)).to.be.instanceOf(ObservationError);
    });
});
