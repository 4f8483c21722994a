/** Transforms of a program, which the SDK serves and the host calls. */
import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { up } from "../../../../embedded/host";
import { FakeProject } from "./fakeProject";
import { inline } from "./inline";

/** Adds a word to input `said`. */
function say(word: string): pulumi.ResourceTransform {
    return ({ type, props, opts }) => {
        const said = typeof props["said"] === "string" ? `${props["said"]} ` : "";
        return type === "fake:index:Thing" ? { props: { ...props, said: said + word }, opts } : undefined;
    };
}

class Thing extends pulumi.CustomResource {
    public constructor(name: string, opts: pulumi.CustomResourceOptions) {
        super("fake:index:Thing", name, { key: pulumi.secret("the key") }, { version: "1.2.3", ...opts });
    }
}

describe("transforms on the embedded host", function () {
    this.timeout(30_000);

    let project: FakeProject;

    beforeEach(async () => {
        project = await FakeProject.create();
    });
    afterEach(() => project.remove());

    it("are a resource's own, then its parents', then the stack's; secrets stay secret", async () => {
        const { up: upInline } = inline(() => {
            pulumi.runtime.registerResourceTransform(say("stack"));
            const parent = new pulumi.ComponentResource(
                "demo:index:Group",
                "above",
                {},
                { transforms: [say("above")] },
            );
            const group = new pulumi.ComponentResource("demo:index:Group", "group", {}, { parent });
            new Thing("a", { parent: group, transforms: [say("own")] });
            new Thing("b", {});
            return Promise.resolve({});
        });
        expect((await upInline(project.options([]))).errors).to.deep.equal([]);
        const recorded = await project.recorded();
        expect(recorded.get("a")?.inputs["said"]).to.equal("own above stack");
        expect(recorded.get("b")?.inputs["said"]).to.equal("stack");
        expect(JSON.stringify(recorded.get("a")?.inputs["key"])).not.to.contain("the key");
        expect((await upInline(project.options([]))).counts).to.include({ update: 0, same: 6 });
    });

    it("may change options", async () => {
        await up(project.options([{ name: "a", transform: { options: { protect: true } } }]));
        expect((await project.recorded()).get("a")?.protect).to.equal(true);
    });

    it("are refused by name where they ask for what the host does not serve", async () => {
        const options = { ignoreChanges: ["key"] };
        const { errors } = await up(project.options([{ name: "a", transform: { options } }]));
        expect(errors[0]).to.contain('fake:index:Thing "a" uses what the embedded host does not serve: ignoreChanges.');
    });

    it("end the run where one throws, with what it says", async () => {
        const { errors } = await up(project.options([{ name: "a", transform: { throw: "no such tier" } }]));
        expect(errors).to.deep.equal(["transform failed: Error: no such tier"]);
        expect((await project.recorded()).has("a")).to.equal(false);
    });
});
