/**
 * The keys that the library knows of Istio's charts, against the pinned charts: their values.yaml, what their templates
 * read besides, and the fields of MeshConfig. `npm run test:golden:update` rewrites the file; nothing else does.
 */
import { expect } from "chai";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { ensureToolchain } from "../../embedded/toolchain";
import { moduleSource } from "../../embedded/toolchain/moduleSource";

const FILE = path.join(__dirname, "../../components/internal/values/known.json");
const DEFAULTS = "_internal_defaults_do_not_set";
/** Keys that the charts' own machinery uses. */
const INTERNAL = [DEFAULTS, "_original", "defaults"];
/** Maps whose keys are a user's, though the charts have defaults in them. */
const FREE = /^(env|labels|podAnnotations|resources|updateStrategy)$/;

type Tree = true | { [key: string]: Tree };

describe("the known values of Istio's charts", function () {
    this.timeout("25m");

    it("are those of the pinned charts", async () => {
        const { charts } = await ensureToolchain((line) => {
            console.error(line);
        });
        const meshConfig = await meshConfigTree();
        const known = Object.fromEntries(
            ["base", "cni", "gateway", "istiod"].map((chart) => [
                chart,
                chartTree(path.join(charts, chart), meshConfig),
            ]),
        );
        const text = `${JSON.stringify(known, sorted, 4)}\n`;
        if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(FILE, text);
        expect(text).to.equal(readFileSync(FILE, "utf8"));
    });
});

function chartTree(chart: string, meshConfig: Tree): Tree {
    const values = z
        .record(z.string(), z.unknown())
        .parse(parse(readFileSync(path.join(chart, "values.yaml"), "utf8")));
    const { [DEFAULTS]: defaults, ...others } = values;
    const tree = treeOf({ ...others, ...z.record(z.string(), z.unknown()).parse(defaults) });
    if (tree === true) throw new Error(`${chart} has no values`);
    for (const keys of referencesIn(chart)) add(tree, keys);
    for (const key of INTERNAL) Reflect.deleteProperty(tree, key);
    if ("meshConfig" in tree) tree["meshConfig"] = meshConfig;
    // An older form of the same values, without those of the whole mesh.
    if ("pilot" in tree) {
        const own = Object.entries(tree).filter(([key]) => !["global", "meshConfig", "pilot"].includes(key));
        tree["pilot"] = Object.fromEntries(own);
    }
    return tree;
}

function treeOf(value: unknown, name = ""): Tree {
    const isMap = typeof value === "object" && value !== null && !Array.isArray(value);
    if (!isMap || FREE.test(name) || Object.keys(value).length === 0) return true;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, treeOf(inner, key)]));
}

function add(tree: { [key: string]: Tree }, [key = "", ...rest]: readonly string[]): void {
    const below = (tree[key] ??= rest.length === 0 || FREE.test(key) ? true : {});
    if (below !== true && rest.length > 0) add(below, rest);
}

/** Every path below `.Values` that templates and what they include read. */
function referencesIn(chart: string): string[][] {
    const files = ["templates", "files"].flatMap((folder) =>
        readdirSync(path.join(chart, folder), { recursive: true, encoding: "utf8" }).map((file) =>
            path.join(chart, folder, file),
        ),
    );
    const read = files.filter((file) => statSync(file).isFile() && !/(profile-|crd-).*\.yaml$|\.json$/.test(file));
    const found = read.flatMap((file) => [...readFileSync(file, "utf8").matchAll(/\.Values\)?((?:\.[A-Za-z_]\w*)+)/g)]);
    return [...new Set(found.map(([, keys = ""]) => keys.slice(1)))].sort().map((keys) => keys.split("."));
}

/** https://istio.io/latest/docs/reference/config/istio.mesh.v1alpha1/ */
async function meshConfigTree(): Promise<Tree> {
    const folder = path.join(await moduleSource("istio", "istio.io/api"), "mesh", "v1alpha1");
    const fields = (file: string, message: string): { [key: string]: Tree } => {
        const [, body = ""] =
            new RegExp(`^type ${message} struct \\{\\n([^]*?)^\\}`, "m").exec(
                readFileSync(path.join(folder, file), "utf8"),
            ) ?? [];
        const names = [...body.matchAll(/protobuf:"[^"]*?name=(\w+)(?:,json=(\w+))?/g)].map(
            ([, name = "", json]) => json ?? name,
        );
        return Object.fromEntries(names.map((name): [string, Tree] => [name, true]));
    };
    return { ...fields("config.pb.go", "MeshConfig"), defaultConfig: fields("proxy.pb.go", "ProxyConfig") };
}

function sorted(_key: string, value: unknown): unknown {
    const isMap = typeof value === "object" && value !== null && !Array.isArray(value);
    return isMap ? Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1))) : value;
}
