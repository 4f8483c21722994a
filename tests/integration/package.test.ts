/**
 * The package as others get it: packed, installed in an empty project, and used there by CommonJS, ES module and
 * TypeScript programs. The programs run under Pulumi's mocks: they prove that the package loads, not what it makes.
 */
import { expect } from "chai";
import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import { pack } from "../support/pack";
import { PublishedCommand } from "../support/publishedCommand";

const ROOT = path.join(__dirname, "..", "..");
const EXAMPLE = path.join(ROOT, "examples", "component-only");

const manifestFile = z.object({ devDependencies: z.record(z.string(), z.string()) });

/** Loaded before a program: registers nothing for real, and prints the type of each component that it makes. */
const MOCKS = `
const pulumi = require("@pulumi/pulumi");
const outputs = {
    "kubernetes:core/v1:Service": { status: { loadBalancer: { ingress: [{ hostname: "gateway.example.org" }] } } },
    "kubernetes:core/v1:Secret": { data: { token: "dG9rZW4=", "ca.crt": "Y2E=" } },
};
pulumi.runtime.setMocks({
    newResource: ({ type, name, inputs, custom }) => {
        if (!custom) console.log(type, name);
        return { id: name, state: { ...inputs, ...outputs[type] } };
    },
    call: ({ inputs }) => inputs,
}, "my-mesh", "test");
const clusters = (value) => JSON.stringify({ blue: value, green: value });
pulumi.runtime.setAllConfig({
    "my-mesh:kubeconfigs": clusters("kubeconfig"),
    "my-mesh:apiServers": clusters("https://api.example.org:6443"),
});
`;

const COMMONJS = `
const { KeyAlgorithm, RootCa } = require("istio-multicluster");
new RootCa("root", { organization: "mesh", requests: {}, keyAlgorithm: KeyAlgorithm.Rsa });
`;

const MODULE = `
import { KeyAlgorithm, RootCa } from "istio-multicluster";
new RootCa("root", { organization: "mesh", requests: {}, keyAlgorithm: KeyAlgorithm.Ecdsa });
`;

describe("the npm package", function () {
    this.timeout("5m");
    let project: string;
    let files: string[];

    before(async () => {
        project = mkdtempSync(path.join(os.tmpdir(), "istio-multicluster-package-"));
        const { filename, files: contents } = await pack(ROOT, project);
        files = contents;
        writeFileSync(path.join(project, "package.json"), JSON.stringify(manifest(filename)));
        writeFileSync(path.join(project, "mocks.cjs"), MOCKS);
        await run(project, "npm", "install", "--ignore-scripts", "--strict-peer-deps", "--prefer-offline");
    });

    after(() => {
        rmSync(project, { recursive: true, force: true });
    });

    it("contains the components as they are built, and nothing else", () => {
        const others = files.filter((file) => !/^dist\/(internal\/(values\/)?)?\w+\.(js|d\.ts)(\.map)?$/.test(file));
        expect(others.sort()).to.deep.equal([
            "CHANGELOG.md",
            "LICENSE",
            "README.md",
            "dist/internal/values/known.json",
            "dist/internal/yaml.LICENSE",
            "package.json",
        ]);
    });

    it("asks for Pulumi's packages, which its user has, and brings none along", async () => {
        const { stdout } = await run(project, "npm", "ls", "--all", "--json", "@pulumi/pulumi");
        const versions = new Set(stdout.match(/"version": "3\.[^"]+"/g));
        expect(versions.size).to.equal(1);
        const own = z
            .object({ dependencies: z.record(z.string(), z.string()).optional() })
            .parse(json(path.join(project, "node_modules", "istio-multicluster", "package.json")));
        expect(own.dependencies).to.equal(undefined);
    });

    it("serves CommonJS programs", async () => {
        expect(await componentsOf("program.cjs", COMMONJS)).to.deep.equal(["istio-multicluster:index:RootCa root"]);
    });

    it("serves ES modules", async () => {
        expect(await componentsOf("program.mjs", MODULE)).to.deep.equal(["istio-multicluster:index:RootCa root"]);
    });

    it("serves the example of a TypeScript program", async () => {
        await compile("--module", "node16", "--outDir", "bin");
        const components = await componentsOf(path.join("bin", "index.js"));
        expect(components.filter((line) => /:(RootCa|MeshCluster|RemoteSecret) /.test(line))).to.deep.equal([
            "istio-multicluster:index:MeshCluster blue",
            "istio-multicluster:index:MeshCluster green",
            "istio-multicluster:index:RemoteSecret blue-reads-green",
            "istio-multicluster:index:RemoteSecret green-reads-blue",
            "istio-multicluster:index:RootCa root-ca",
        ]);
    });

    it("has types for bundlers, too", async () => {
        await compile("--module", "esnext", "--moduleResolution", "bundler", "--noEmit");
    });

    async function compile(...options: string[]): Promise<void> {
        cpSync(path.join(EXAMPLE, "index.ts"), path.join(project, "index.ts"));
        await run(project, "npx", "tsc", "--strict", "--target", "ES2022", "--types", "node", ...options, "index.ts");
    }

    /** Runs a program of the project, and gives the components that it made, sorted. */
    async function componentsOf(file: string, source?: string): Promise<string[]> {
        if (source !== undefined) writeFileSync(path.join(project, file), source);
        const { stdout } = await run(project, process.execPath, "--require", "./mocks.cjs", file);
        return stdout.trim().split("\n").sort();
    }
});

describe("the published command", function () {
    this.timeout("2m");
    let command: PublishedCommand;

    before(async () => {
        command = await PublishedCommand.pack();
    });
    after(() => {
        command.remove();
    });

    it("is one file, and needs no package", () => {
        expect([...command.files].sort()).to.deep.equal([
            "README.md",
            "dist/mesh.js",
            "dist/mesh.js.LEGAL.txt",
            "package.json",
        ]);
        const own = z
            .looseObject({ version: z.string() })
            .parse(json(path.join(ROOT, "cli", "package", "package.json")));
        const library = z.object({ version: z.string() }).parse(json(path.join(ROOT, "package.json")));
        expect(own.version).to.equal(library.version);
        expect(Object.keys(own)).not.to.include.members(["dependencies", "peerDependencies"]);
    });

    it("lists what looks at a mesh or tries it, and nothing else", async () => {
        const { exitCode, stdout } = await command.mesh(["--help"]);
        const listed = [...stdout.matchAll(/^ {2}([a-z]+) .*/gm)].map(([, name]) => name);
        expect(listed).to.deep.equal(["verify", "graph", "report", "explain", "traffic", "drill", "help"]);
        expect(exitCode).to.equal(0);
    });

    it("says what it needs where it finds no kubeconfig, and knows no stacks", async () => {
        const none = await command.mesh(["verify"]);
        expect(none.stderr).to.contain("kubeconfig: there is none").and.to.contain("Name a file with --kubeconfig.");
        const stack = await command.mesh(["verify", "mesh"]);
        expect(stack.stderr).to.contain("too many arguments for 'verify'");
        expect([none.exitCode, stack.exitCode]).to.deep.equal([2, 2]);
    });
});

function manifest(tarball: string): object {
    const { devDependencies: pinned } = manifestFile.parse(json(path.join(ROOT, "package.json")));
    const names = ["@pulumi/kubernetes", "@pulumi/pulumi", "@pulumi/tls", "@types/node", "typescript"];
    return {
        name: "empty-project",
        private: true,
        dependencies: {
            "istio-multicluster": `file:${tarball}`,
            ...Object.fromEntries(names.map((name) => [name, pinned[name]])),
        },
    };
}

function json(file: string): unknown {
    return JSON.parse(readFileSync(file, "utf8"));
}

async function run(cwd: string, program: string, ...args: string[]): Promise<{ stdout: string }> {
    try {
        return await promisify(execFile)(program, args, { cwd, maxBuffer: 64 * 1024 * 1024 });
    } catch (error) {
        const { stdout, stderr } = z.object({ stdout: z.string(), stderr: z.string() }).parse(error);
        throw new Error(`${[program, ...args].join(" ")} in ${cwd} failed:\n${stdout}\n${stderr}`, { cause: error });
    }
}
