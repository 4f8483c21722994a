import { expect } from "chai";
import * as host from "../../../../embedded/host";
import { done, type Entry, FakeProject } from "./fakeProject";
import { inline } from "./inline";
import { program } from "./programs/graph";

const { up, preview } = inline(program);

/** `holder` needs a new one when `base` does; `user` is only updated. */
function graph(value: number, base: Entry["options"] = {}): readonly Entry[] {
    return [
        { name: "base", inputs: { unique: value }, options: base },
        { name: "holder", inputs: { immutable: "$base.unique" } },
        { name: "user", inputs: { note: "$base.unique" } },
        { name: "plain", inputs: { immutable: value } },
    ];
}

describe("replacement on the embedded host", function () {
    this.timeout(30_000);

    let project: FakeProject;

    before(async () => {
        project = await FakeProject.create();
        await up(project.options(graph(1)));
    });
    beforeEach(() => {
        project.world.calls.length = 0;
    });
    after(async () => {
        await project.remove();
    });

    it("refuses to replace what is protected", async () => {
        await up(project.options(graph(1, { protect: true })));
        const summary = await host.up(project.options(graph(2, { protect: true })));
        expect(summary.result).to.equal("failed");
        expect(summary.errors.join("\n")).to.contain('"base" is protected and would be replaced, since its unique');
        expect(project.world.calls.filter((call) => call.endsWith("base"))).to.deep.equal([]);
        await up(project.options(graph(1)));
    });

    it("shows in a preview which property needs it", async () => {
        const summary = await preview(project.options(graph(2)));
        expect(done(summary)).to.have.members(["replace base", "replace holder", "update user", "replace plain"]);
        const base = summary.changes.find(({ name }) => name === "base");
        expect(base?.changes).to.deep.equal([
            { path: "unique", kind: "update", before: "1", after: "2", replaces: true },
        ]);
    });

    it("deletes first where names clash, with the dependents that must go, and creates first elsewhere", async () => {
        const summary = await up(project.options(graph(2)));
        expect(summary.result).to.equal("succeeded");
        expect(summary.counts).to.deep.include({ replace: 3, update: 1, delete: 0, create: 0 });
        const { calls } = project.world;
        const order = (...names: string[]): number[] => names.map((name) => calls.indexOf(name));
        expect(order("delete holder", "delete base", "create base", "create holder")).to.deep.equal(
            order("delete holder", "delete base", "create base", "create holder").toSorted((a, b) => a - b),
        );
        expect(calls.indexOf("delete plain")).to.be.greaterThan(calls.indexOf("create plain"));
        expect(calls.filter((call) => call.endsWith("user"))).to.deep.equal(["update user"]);
        expect(calls).to.have.length(7);
        expect((await project.recorded()).size).to.equal(6);
    });

    it("lets the program choose the order", async () => {
        const entries: readonly Entry[] = [
            { name: "base", inputs: { unique: 3 }, options: { deleteBeforeReplace: false } },
            { name: "plain", inputs: { immutable: 2 } },
        ];
        const summary = await up(project.options(entries));
        expect(done(summary)).to.have.members(["replace base", "delete holder", "delete user"]);
        const { calls } = project.world;
        expect(calls.indexOf("create base")).to.be.lessThan(calls.indexOf("delete base"));
        expect(project.world.things.size).to.equal(2);
    });

    it("protects from deletion, also what is in a component that is protected, unless it says otherwise", async () => {
        const group = (protect: boolean, own: Entry["options"] = {}): readonly Entry[] => [
            { name: "group", component: true, type: "demo:index:Group", options: { protect } },
            { name: "inner", parent: "group", inputs: { unique: 1 }, options: own },
        ];
        await up(project.options(group(true)));
        expect((await up(project.options([]))).errors.join()).to.contain('"inner" is protected and would be deleted');
        await up(project.options(group(true, { protect: false })));
        expect((await project.recorded()).get("inner")).to.not.have.property("protect");
        await up(project.options(group(false)));
        expect((await up(project.options([]))).result).to.equal("succeeded");
    });

    it("refuses options that it does not serve, by name", async () => {
        const options = {
            ignoreChanges: ["a"],
            replaceOnChanges: ["a"],
            retainOnDelete: true,
            customTimeouts: { create: "5m" },
        };
        const { errors } = await up(project.options([{ name: "base", inputs: { unique: 3 }, options }]));
        expect(errors.join()).to.contain(
            "uses what the embedded host does not serve: ignoreChanges, replaceOnChanges, retainOnDelete, customTimeouts",
        );
    });

    it("replaces along with its provider, and deletes with the former one's configuration", async () => {
        const withAccount = (account: string): readonly Entry[] => [
            { name: "mine", type: "pulumi:providers:fake", inputs: { account } },
            { name: "thing", provider: "mine" },
        ];
        await up(project.options(withAccount("first")));
        const { result, counts } = await up(project.options(withAccount("second")));
        expect(result).to.equal("succeeded");
        expect(counts.replace).to.equal(2);
        expect((await project.recorded()).get("thing")?.outputs["account"]).to.equal('"second"');
        expect(project.world.calls).to.deep.equal(["create thing", "create thing", "delete thing"]);
    });

    it("is as it was when a provider comes back whose successor made nothing", async () => {
        const withAccount = (account: string): readonly Entry[] => [
            { name: "mine", type: "pulumi:providers:fake", inputs: { account } },
            { name: "thing", provider: "mine" },
        ];
        await up(project.options(withAccount("first")));
        project.world.calls.length = 0;
        project.world.broken.add("thing");
        expect((await up(project.options(withAccount("second")))).result).to.equal("failed");
        const { result, counts } = await up(project.options(withAccount("first")));
        expect(result).to.equal("succeeded");
        expect(counts).to.include({ create: 0, replace: 1, update: 0 });
        expect(project.world.calls).to.deep.equal([]);
        expect((await up(project.options(withAccount("first")))).counts).to.include({ replace: 0, delete: 0 });
    });
});
