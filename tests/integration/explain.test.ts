/** That `mesh explain` follows a request to its end, and names the object and field that it ends at. */
import { expect } from "chai";
import { setTimeout as sleep } from "node:timers/promises";
import { type Asked, explain, type Hop, readAsked } from "../../verify/explain";
import { outcomeOf } from "../../verify/explain/report";
import { remoteAnswers } from "../../verify/checks/dataPlane/remoteAnswers";
import { observe } from "../../verify/observe";
import { apply, BREAKS, NAMESPACE } from "../faults/breaks";
import { BrokenMesh } from "../support/brokenMesh";

const ASKED = readAsked("webapp.istioinaction@west", "catalog.istioinaction", ["west", "east"]);
/** Until proxies know of a change. Milliseconds. */
const LONGEST = 30_000;

describe("a request that is followed", function () {
    this.timeout(120_000);
    const mesh = new BrokenMesh();

    before(function () {
        this.timeout(300_000);
        return mesh.start();
    });
    after(() => mesh.remove());

    const follow = async (asked: Asked): Promise<Hop[]> =>
        explain(await observe(mesh.mesh, AbortSignal.timeout(LONGEST)), asked);
    /** Follows it until it is as wanted, or has been something else for too long. */
    const until = async (isWanted: (hops: readonly Hop[]) => boolean, asked: Asked = ASKED): Promise<Hop[]> => {
        for (const end = Date.now() + LONGEST; ;) {
            const hops = await follow(asked);
            if (isWanted(hops) || Date.now() > end) return hops;
            await sleep(1000);
        }
    };

    it("passes every hop, from the client to the port of a pod in the other cluster", async () => {
        const hops = await follow(ASKED);
        expect(hops.map(({ cluster, at, state }) => `${cluster} ${at} ${state}`)).to.deep.equal([
            "west client passes",
            "west Service passes",
            "west endpoints passes",
            "east east-west gateway passes",
            "east AuthorizationPolicy passes",
            "east port passes",
        ]);
    });

    it("by another host ends where nobody has it, and passes by the VirtualService that does", async () => {
        const asShop = { ...ASKED, host: "shop.example.org" };
        const request = `http.get({ host: "catalog", path: "/items", headers: { host: "${asShop.host}" } }, ({ statusCode }) => { console.log(statusCode); process.exit(); })`;
        const webapp = ["exec", "-n", NAMESPACE, "deployment/webapp", "-c", "webapp", "--", "/usr/local/bin/node"];
        const status = async () => Number(await mesh.kubectl("west", [...webapp, "--eval", request]));
        expect(await status()).to.equal(503);
        const ending = (await follow(asShop)).filter(({ state }) => state === "ends");
        expect(ending.map(({ at, cluster }) => `${cluster} ${at}`)).to.deep.equal(["west VirtualService"]);
        try {
            await apply(mesh, "west", {
                kind: "VirtualService",
                metadata: { name: "shop" },
                spec: { hosts: [asShop.host], http: [{ route: [{ destination: { host: "catalog" } }] }] },
            });
            const hops = await until((found) => outcomeOf(found) === "passes", asShop);
            expect(hops.map(({ cluster, at, state }) => `${cluster} ${at} ${state}`)).to.include.members([
                "west VirtualService passes",
                "east port passes",
            ]);
            expect(await status()).to.equal(200);
        } finally {
            await mesh.mend();
        }
    });

    for (const { what, culprit, inflict } of BREAKS) {
        it(`ends, for explain and for verify, at ${culprit.kind} ${culprit.field}: ${what}`, async () => {
            try {
                await inflict(mesh);
                const hops = await until((found) => found.some((hop) => hop.culprit?.field === culprit.field));
                expect(hops.filter(({ state }) => state === "ends").map((hop) => hop.culprit)).to.deep.equal([culprit]);
                expect(outcomeOf(hops)).to.equal("ends");
                const [answers] = await mesh.results([remoteAnswers], "fail");
                expect(answers?.cause, answers?.seen.join()).to.contain(`${culprit.kind} ${NAMESPACE}/${culprit.name}`);
            } finally {
                await mesh.mend();
            }
            expect(outcomeOf(await until((hops) => outcomeOf(hops) === "passes"))).to.equal("passes");
        });
    }
});
