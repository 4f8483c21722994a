/** That `npm run lint` fails for an import that crosses a border the wrong way, and for a circle. */
import { expect } from "chai";
import { ESLint } from "eslint";
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";

const ROOT = path.join(__dirname, "..", "..", "..");
const RULES = ".dependency-cruiser.mjs";

/** What the rules say of a tree with these files, which export something each. */
async function broken(imports: Readonly<Record<string, string>>): Promise<string[]> {
    const folder = mkdtempSync(path.join(os.tmpdir(), "istio-multicluster-borders-"));
    try {
        for (const name of [RULES, "tsconfig.json"]) cpSync(path.join(ROOT, name), path.join(folder, name));
        for (const [file, imported] of Object.entries(imports)) {
            mkdirSync(path.join(folder, path.dirname(file)), { recursive: true });
            const line = imported === "" ? "" : `import type { T as Other } from "${imported}";\n`;
            writeFileSync(path.join(folder, file), `${line}export type T = ${imported === "" ? "1" : "Other"};\n`);
        }
        const depcruise = path.join(ROOT, "node_modules", ".bin", "depcruise");
        const args = [".", "--output-type", "err"];
        // It fails where a rule is broken, which is what is looked for.
        const stdout = await new Promise<string>((resolve) => {
            execFile(depcruise, args, { cwd: folder }, (_failed, printed) => {
                resolve(printed);
            });
        });
        return [...stdout.matchAll(/error ([\w-]+):/g)].map(([, rule = ""]) => rule);
    } finally {
        rmSync(folder, { recursive: true });
    }
}

describe("borders between folders", function () {
    this.timeout("60s");

    const crossings: readonly (readonly [file: string, imported: string, rule: string])[] = [
        ["components/a.ts", "../shared/b", "border-of-components"],
        ["shared/a.ts", "../cli/b", "border-of-shared"],
        ["verify/a.ts", "../program/b", "border-of-verify"],
        ["verify/a.ts", "../components/b", "border-of-verify"],
        ["graph/a.ts", "../embedded/b", "border-of-graph"],
        ["program/a.ts", "../hosts/b", "border-of-program"],
        ["hosts/a.ts", "../cli/b", "border-of-hosts"],
        ["hosts/interface/a.ts", "../b", "border-of-hosts-interface"],
        ["embedded/toolchain/a.ts", "../host/b", "border-of-embedded-toolchain"],
        ["embedded/localClusters/a.ts", "../host/b", "border-of-embedded-localClusters"],
        ["embedded/apiServer/a.ts", "../host/b", "border-of-embedded-apiServer"],
        ["embedded/host/a.ts", "../../cli/b", "border-of-embedded-host"],
        ["cli/a.ts", "../bin/b", "border-of-cli"],
        ["index.ts", "./cli/b", "border-of-index-ts"],
        ["bin/a.ts", "../tests/b", "nothing-needs-tests"],
    ];
    it("are held by lint, each one", async () => {
        const found = await Promise.all(
            crossings.map(([file, imported]) =>
                broken({ [file]: imported, [`${path.join(path.dirname(file), imported)}.ts`]: "" }),
            ),
        );
        expect(found.map((rules) => rules[0])).to.deep.equal(crossings.map(([, , rule]) => rule));
    });

    it("may be crossed the right way", async () => {
        expect(
            await broken({ "cli/a.ts": "../verify/b", "verify/b.ts": "../shared/c", "shared/c.ts": "" }),
        ).to.deep.equal([]);
    });

    it("have no circles, also of types alone", async () => {
        expect(await broken({ "cli/a.ts": "./b", "cli/b.ts": "./a" })).to.include("no-circle");
    });

    it("keep the environment out of components", async () => {
        const eslint = new ESLint({ cwd: ROOT });
        const text = 'export const host = process.env["HOST"];\n';
        const [result] = await eslint.lintText(text, { filePath: path.join(ROOT, "components", "index.ts") });
        expect(result?.messages.map(({ ruleId }) => ruleId)).to.include("no-restricted-properties");
    });
});
