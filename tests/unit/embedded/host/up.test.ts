import { readFile } from "node:fs/promises";
import { expect } from "chai";
import { destroy, exportState, refresh, stackOutputs } from "../../../../embedded/host";
import { done, type Entry, FakeProject } from "./fakeProject";
import { inline } from "./inline";
import { program } from "./programs/graph";
import { rejection } from "./rejection";

const { up, preview } = inline(program);

const KEY = "c0rrect-horse";
const RESOURCES: readonly Entry[] = [
    { name: "a", inputs: { key: { secret: KEY } } },
    { name: "b", inputs: { from: "$a.out", token: "$a.token" } },
    { name: "group", component: true, type: "demo:index:Group", inputs: { note: "x" } },
    { name: "group-c", parent: "group", dependsOn: ["b"] },
    { name: "elsewhere", read: "found-1" },
];
const OUTPUTS = { plain: "$b.out", hidden: "$a.token", read: "$elsewhere.out" };

/** One stack from its first preview to its end: each test goes on where the one before it ended. */
describe("a stack on the embedded host", () => {
    let project: FakeProject;

    before(async () => {
        project = await FakeProject.create();
        project.world.things.set("found-1", { out: "red" });
    });
    after(async () => {
        await project.remove();
    });

    it("previews what it would create, with unknown outputs, and changes nothing", async () => {
        const summary = await preview(project.options(RESOURCES, OUTPUTS));
        expect(summary).to.include({ result: "succeeded", command: "preview", stack: "dev" });
        expect(done(summary)).to.have.members(["create a", "create b", "create group-c"]);
        expect(summary.counts).to.deep.include({ create: 6, read: 1, update: 0, delete: 0 });
        expect(summary.outputs).to.deep.equal({
            outputs: { plain: "[unknown]", hidden: "[secret]", read: "red" },
        });
        expect(project.world.calls).to.deep.equal([]);
        expect((await rejection(exportState(project.options([])))).message).to.contain("never updated");
    });

    it("creates in the order of the graph", async () => {
        const summary = await up(project.options(RESOURCES, OUTPUTS));
        expect(summary.result).to.equal("succeeded");
        expect(project.world.calls).to.deep.equal(["create a", "create b", "create group-c"]);
        expect(summary.outputs).to.deep.equal({ outputs: { plain: "b out", hidden: "[secret]", read: "red" } });
        expect(project.world.things.get("b-2")).to.deep.include({ from: "a out", token: "token of b-2" });
    });

    it("records what Pulumi records", async () => {
        const recorded = await project.recorded();
        const urn = (type: string, name: string): string => `urn:pulumi:dev::demo::${type}::${name}`;
        const provider = recorded.get("default_1_2_3");
        expect(provider).to.deep.include({
            urn: urn("pulumi:providers:fake", "default_1_2_3"),
            inputs: { __internal: {}, version: "1.2.3" },
            outputs: { version: "1.2.3" },
        });
        const stack = urn("pulumi:pulumi:Stack", "demo-dev");
        expect(recorded.get("b")).to.deep.include({
            urn: urn("fake:index:Thing", "b"),
            custom: true,
            id: "b-2",
            type: "fake:index:Thing",
            parent: stack,
            provider: `${String(provider?.urn)}::${String(provider?.id)}`,
            dependencies: [urn("fake:index:Thing", "a")],
            propertyDependencies: { from: [urn("fake:index:Thing", "a")], token: [urn("fake:index:Thing", "a")] },
        });
        expect(recorded.get("group-c")).to.deep.include({
            urn: urn("demo:index:Group$fake:index:Thing", "group-c"),
            parent: urn("demo:index:Group", "group"),
            dependencies: [urn("fake:index:Thing", "b")],
        });
        expect(recorded.get("group")).to.deep.include({ custom: false, inputs: { note: "x" } });
        expect(recorded.get("elsewhere")).to.deep.include({ external: true, id: "found-1" });
        const order = [...recorded.keys()];
        expect(order.indexOf("demo-dev")).to.equal(0);
        expect(order.indexOf("a")).to.be.lessThan(order.indexOf("b"));
        expect(order.indexOf("group")).to.be.lessThan(order.indexOf("group-c"));
    });

    it("shows a secret to nobody, and gives it to who asks", async () => {
        const text = await exportState(project.options([]));
        for (const secret of [KEY, "token of"]) {
            expect(text).not.to.contain(secret);
            expect(project.shown).not.to.contain(secret);
        }
        const masked = await stackOutputs(project.options([]));
        expect(masked).to.deep.equal({ outputs: { plain: "b out", hidden: "[secret]", read: "red" } });
        const shown = await stackOutputs(project.options([]), { showSecrets: true });
        expect(shown).to.deep.equal({ outputs: { plain: "b out", hidden: "token of a-1", read: "red" } });
    });

    it("changes nothing the second time, not even the state's file", async () => {
        const before = await readFile(project.stateFile, "utf8");
        const summary = await up(project.options(RESOURCES, OUTPUTS));
        expect(summary.counts).to.deep.equal({
            create: 0,
            update: 0,
            replace: 0,
            delete: 0,
            read: 1,
            refresh: 0,
            same: 6,
        });
        expect(await readFile(project.stateFile, "utf8")).to.equal(before);
    });

    it("previews a change, a rename by alias and a removal, with a diff and without secrets", async () => {
        const changed: readonly Entry[] = [
            { name: "first", inputs: { key: { secret: "another-horse" } }, options: { aliases: [{ name: "a" }] } },
            { name: "b", inputs: { from: "$first.out", token: "$first.token", size: 5 } },
        ];
        const summary = await preview(project.options(changed));
        expect(done(summary)).to.have.members(["update first", "update b", "delete group-c"]);
        const changes = Object.fromEntries(summary.changes.map(({ name, changes }) => [name, changes]));
        expect(changes["first"]).to.deep.equal([
            { path: "key", kind: "update", before: "[secret]", after: "[secret]", replaces: false },
        ]);
        expect(changes["b"]).to.deep.include({
            path: "size",
            kind: "update",
            before: "1",
            after: "5",
            replaces: false,
        });
        expect(project.shown).not.to.contain("another-horse");
    });

    it("keeps a renamed resource, follows its dependents, and deletes after what needs it", async () => {
        project.world.calls.length = 0;
        const renamed: readonly Entry[] = [
            { name: "first", inputs: { key: { secret: KEY } }, options: { aliases: [{ name: "a" }] } },
        ];
        const summary = await up(project.options(renamed));
        expect(summary.result).to.equal("succeeded");
        expect(project.world.calls).to.deep.equal(["delete group-c", "delete b"]);
        expect((await project.recorded()).get("first")).to.deep.include({ id: "a-1" });
        expect(project.world.things.has("found-1")).to.equal(true);
    });

    it("refreshes to what is there", async () => {
        project.world.things.set("a-1", { out: "changed elsewhere", size: 9 });
        const changed = await refresh(project.options([]));
        expect(changed.counts.refresh).to.equal(1);
        expect((await project.recorded()).get("first")?.outputs["out"]).to.equal("changed elsewhere");
        project.world.things.delete("a-1");
        const gone = await refresh(project.options([]));
        expect(gone.counts.delete).to.equal(1);
        expect([...(await project.recorded()).keys()]).to.deep.equal(["demo-dev", "default_1_2_3"]);
    });

    it("destroys without running the program, dependents first, and leaves an empty state", async () => {
        await up(project.options(RESOURCES, OUTPUTS));
        project.world.calls.length = 0;
        const summary = await destroy(project.options([], {}, { folder: project.folder }));
        expect(summary.result).to.equal("succeeded");
        expect(project.world.calls).to.deep.equal(["delete group-c", "delete b", "delete a"]);
        expect([...project.world.things.keys()]).to.deep.equal(["found-1"]);
        expect((await project.recorded()).size).to.equal(0);
    });
});
