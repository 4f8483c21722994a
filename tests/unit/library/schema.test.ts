/**
 * What programs in other languages see of the library: the schema that Pulumi's own analyzer makes of its sources.
 * `npm run test:golden:update` rewrites the committed one; nothing else does.
 */
import { Analyzer } from "@pulumi/pulumi/provider/experimental/analyzer";
import { generateSchema } from "@pulumi/pulumi/provider/experimental/schema";
import { expect } from "chai";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import * as library from "../../../components/index";
import * as plugin from "../../../components/plugin";

const ROOT = path.join(__dirname, "..", "..", "..");
const COMPONENTS = path.join(ROOT, "components");
const GOLDEN = path.join(ROOT, "tests", "golden", "schema.json");

const manifestFile = z.object({
    name: z.string(),
    version: z.string(),
    description: z.string(),
    main: z.string(),
    dependencies: z.record(z.string(), z.string()),
});
const repositoryFile = z.object({
    name: z.string(),
    version: z.string(),
    devDependencies: z.record(z.string(), z.string()),
});

const manifest = manifestFile.parse(json(path.join(COMPONENTS, "package.json")));

describe("the library for other languages", () => {
    it("has the committed schema", () => {
        const analyzer = new Analyzer(COMPONENTS, manifest.name, manifest, new Set(Object.keys(plugin)));
        const { components, typeDefinitions, dependencies } = analyzer.analyze();
        const { name, version, description } = manifest;
        const schema = generateSchema(name, version, description, components, typeDefinitions, dependencies);
        const text = `${JSON.stringify(schema, undefined, 4)}\n`;
        if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(GOLDEN, text);
        expect(JSON.parse(text)).to.deep.equal(json(GOLDEN));
    }).timeout("60s");

    it("has all components but Mesh", () => {
        const components = Object.entries(library).filter(([, exported]) => typeof exported === "function");
        const expected = components.map(([name]) => name).filter((name) => name !== "Mesh");
        expect(Object.keys(plugin)).to.have.members(expected);
    });

    it("has the name, the version and the packages of the repository", () => {
        const repository = repositoryFile.parse(json(path.join(ROOT, "package.json")));
        expect(manifest.name).to.equal(repository.name);
        expect(manifest.version).to.equal(repository.version);
        const { "ts-node": runner, ...shared } = manifest.dependencies;
        // The repository itself runs on tsx; Pulumi's plugin host knows ts-node only.
        expect(runner).to.be.a("string");
        for (const [dependency, version] of Object.entries(shared)) {
            expect(repository.devDependencies, dependency).to.have.property(dependency, version);
        }
    });
});

function json(file: string): unknown {
    return JSON.parse(readFileSync(file, "utf8"));
}
