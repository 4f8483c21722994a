/** What the Pulumi CLI makes of the components for programs in other languages; with mocks, tests/unit/library does it. */
import { expect } from "chai";
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import { findProgram } from "../../embedded/toolchain/machine/tools";

const ROOT = path.join(__dirname, "..", "..");

const schemaFile = z.object({ name: z.string(), version: z.string(), resources: z.record(z.string(), z.unknown()) });
const manifestFile = z.object({ dependencies: z.record(z.string(), z.string()) });

/** Knows the components by the SDK that the CLI generates; the plugin runs them. */
const PROGRAM = `
const mesh = require("@pulumi/istio-multicluster");
const west = new mesh.IntermediateCa("west-ca", { cluster: "west", organization: "mesh" });
const root = new mesh.RootCa("root-ca", { organization: "mesh", requests: { west: west.request } });
exports.rootCertificate = root.certificate;
`;

describe("the components as a plugin of Pulumi", function () {
    this.timeout("5m");

    if (findProgram("pulumi") === undefined) {
        it("serves every component of the committed schema (not run: the Pulumi CLI is not on PATH)");
        it("runs for a program that adds it as a package (not run: the Pulumi CLI is not on PATH)");
        return;
    }

    let scratch: string;
    let components: string;
    const pulumi = (...args: string[]) =>
        promisify(execFile)("pulumi", args, {
            cwd: path.join(scratch, "program"),
            env: {
                ...process.env,
                PULUMI_HOME: path.join(scratch, "home"),
                PULUMI_BACKEND_URL: `file://${path.join(scratch, "state")}`,
                PULUMI_CONFIG_PASSPHRASE: "of a test",
                PULUMI_SKIP_UPDATE_CHECK: "true",
            },
            maxBuffer: 16 * 1024 * 1024,
        });

    before(async () => {
        scratch = mkdtempSync(path.join(os.tmpdir(), "istio-multicluster-plugin-"));
        components = path.join(scratch, "repository", "components");
        cpSync(path.join(ROOT, "components"), components, { recursive: true });
        cpSync(path.join(ROOT, "tsconfig.json"), path.join(scratch, "repository", "tsconfig.json"));
        for (const folder of ["home", "state", "program"]) mkdirSync(path.join(scratch, folder));
        // Plugins that are on PATH need no download.
        for (const name of ["kubernetes", "tls"]) {
            const file = findProgram(`pulumi-resource-${name}`);
            const version = pinned(name);
            if (file !== undefined) await pulumi("plugin", "install", "resource", name, version, "--file", file);
        }
    });

    after(() => {
        rmSync(scratch, { recursive: true });
    });

    it("serves every component of the committed schema", async () => {
        const { stdout } = await pulumi("package", "get-schema", components);
        const seen = schemaFile.parse(JSON.parse(stdout));
        const golden = schemaFile.parse(json(path.join(ROOT, "tests", "golden", "schema.json")));
        expect([seen.name, seen.version]).to.deep.equal([golden.name, golden.version]);
        expect(Object.keys(seen.resources).sort()).to.deep.equal(Object.keys(golden.resources).sort());
    });

    it("runs for a program that adds it as a package", async () => {
        const write = (file: string, text: string) => {
            writeFileSync(path.join(scratch, "program", file), text);
        };
        const dependencies = { "@pulumi/pulumi": pinned("pulumi") };
        write("Pulumi.yaml", "name: program\nruntime: nodejs\n");
        write("package.json", JSON.stringify({ name: "program", main: "index.js", dependencies }));
        write("index.js", PROGRAM);
        await pulumi("package", "add", components);
        await pulumi("stack", "init", "dev");
        await pulumi("up", "--yes", "--skip-preview", "--non-interactive");
        const { stdout } = await pulumi("stack", "output", "rootCertificate");
        expect(stdout).to.match(/^-----BEGIN CERTIFICATE-----/);
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
