/** What the Pulumi CLI makes of the components for programs in other languages; on paper, tests/unit/library does it. */
import { expect } from "chai";
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import { findProgram } from "../../cli/hosts/onPath";

const ROOT = path.join(__dirname, "..", "..");

const schemaFile = z.object({ name: z.string(), version: z.string(), resources: z.record(z.string(), z.unknown()) });
const manifestFile = z.object({ dependencies: z.record(z.string(), z.string()) });

describe("the components as a plugin of Pulumi", function () {
    this.timeout("5m");

    if (findProgram("pulumi") === undefined) {
        it("serves every component of the committed schema (not run: the Pulumi CLI is not on PATH)");
        return;
    }

    it("serves every component of the committed schema", async () => {
        const scratch = mkdtempSync(path.join(os.tmpdir(), "istio-multicluster-plugin-"));
        try {
            const folder = path.join(scratch, "repository", "components");
            cpSync(path.join(ROOT, "components"), folder, { recursive: true });
            cpSync(path.join(ROOT, "tsconfig.json"), path.join(scratch, "repository", "tsconfig.json"));
            const home = path.join(scratch, "home");
            mkdirSync(home);
            const pulumi = (...args: string[]) =>
                promisify(execFile)("pulumi", args, {
                    cwd: scratch,
                    env: { ...process.env, PULUMI_HOME: home, PULUMI_SKIP_UPDATE_CHECK: "true" },
                    maxBuffer: 16 * 1024 * 1024,
                });
            // Plugins that are on PATH need no download.
            for (const name of ["kubernetes", "tls"]) {
                const file = findProgram(`pulumi-resource-${name}`);
                const version = pinned(name);
                if (file !== undefined) await pulumi("plugin", "install", "resource", name, version, "--file", file);
            }
            const { stdout } = await pulumi("package", "get-schema", folder);
            const seen = schemaFile.parse(JSON.parse(stdout));
            const golden = schemaFile.parse(json(path.join(ROOT, "tests", "golden", "schema.json")));
            expect([seen.name, seen.version]).to.deep.equal([golden.name, golden.version]);
            expect(Object.keys(seen.resources).sort()).to.deep.equal(Object.keys(golden.resources).sort());
        } finally {
            rmSync(scratch, { recursive: true });
        }
    });
});

function pinned(name: string): string {
    const { dependencies } = manifestFile.parse(json(path.join(ROOT, "components", "package.json")));
    const version = dependencies[`@pulumi/${name}`];
    if (version === undefined) throw new Error(`components/package.json does not name @pulumi/${name}`);
    return version;
}

function json(file: string): unknown {
    return JSON.parse(readFileSync(file, "utf8"));
}
