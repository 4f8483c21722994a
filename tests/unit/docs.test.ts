/** The documentation that comes from the components' own comments. */
import { expect } from "chai";
import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import ts from "typescript";

const ROOT = path.join(__dirname, "..", "..");
const COMPONENTS = path.join(ROOT, "components");

describe("the API's pages", function () {
    this.timeout("2m");

    it("are those of the components as they are: otherwise run `npm run docs`", async () => {
        const scratch = mkdtempSync(path.join(os.tmpdir(), "istio-multicluster-docs-"));
        try {
            const typedoc = path.join(ROOT, "node_modules", ".bin", "typedoc");
            await promisify(execFile)(typedoc, ["--out", scratch, "--logLevel", "Error"], { cwd: ROOT });
            expect(pages(path.join(ROOT, "docs", "api"))).to.deep.equal(pages(scratch));
        } finally {
            rmSync(scratch, { recursive: true });
        }
    });
});

describe("the examples in the components' comments", function () {
    this.timeout("2m");

    it("are there for every component, and are programs without a mistake", () => {
        const examples = componentFiles().map((file) => {
            const text = readFileSync(path.join(COMPONENTS, file), "utf8");
            const [, block] = /@example\n \* ```ts\n([^]*?) \* ```/.exec(text) ?? [];
            return [
                path.join(COMPONENTS, `example-${file}`),
                program(block?.replaceAll(/^ \* ?/gm, "") ?? ""),
            ] as const;
        });
        expect(examples).to.have.length(14);
        expect(mistakes(new Map(examples))).to.deep.equal([]);
    });
});

function componentFiles(): string[] {
    const isComponent = (file: string): boolean =>
        file.endsWith(".ts") &&
        readFileSync(path.join(COMPONENTS, file), "utf8").includes("extends pulumi.ComponentResource");
    return readdirSync(COMPONENTS).filter(isComponent);
}

/** What examples may use without making it, as a program around them has it. */
const AROUND = {
    provider: "k8s.Provider",
    config: "pulumi.Config",
    controlPlane: "library.ControlPlane",
    reader: "library.RemoteReader",
    certificateAuthority: "library.CertificateAuthorityArgs",
};

function program(example: string): string {
    const around = Object.entries(AROUND)
        .filter(([name]) => !new RegExp(`const ${name}\\b`).test(example))
        .map(([name, type]) => `declare const ${name}: ${type};`);
    const made = [...new Set([...example.matchAll(/new ([A-Z]\w+)\(/g)].map(([, name = ""]) => name))];
    return [
        'import * as k8s from "@pulumi/kubernetes";',
        'import * as pulumi from "@pulumi/pulumi";',
        'import * as library from "./index";',
        `import { ${made.join(", ")} } from "./index";`,
        ...around,
        example,
        "export {};",
    ].join("\n");
}

/** What the compiler says of files that are on no disk. */
function mistakes(files: ReadonlyMap<string, string>): string[] {
    const { config } = ts.readConfigFile(path.join(ROOT, "tsconfig.json"), ts.sys.readFile.bind(ts.sys)) as {
        config: unknown;
    };
    const { options } = ts.parseJsonConfigFileContent(config, ts.sys, ROOT);
    const host = ts.createCompilerHost(options);
    const read = host.readFile.bind(host);
    const exists = host.fileExists.bind(host);
    host.readFile = (file) => files.get(path.resolve(file)) ?? read(file);
    host.fileExists = (file) => files.has(path.resolve(file)) || exists(file);
    const compiled = ts.createProgram([...files.keys()], { ...options, noUnusedLocals: false }, host);
    return [...files.keys()].flatMap((file) =>
        ts
            .getPreEmitDiagnostics(compiled, compiled.getSourceFile(file))
            .map(({ messageText }) => `${path.basename(file)}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`),
    );
}

/** Content of each file below a folder, by relative path. */
function pages(folder: string): Record<string, string> {
    const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
    return Object.fromEntries(
        files
            .filter((file) => statSync(path.join(folder, file)).isFile())
            .map((file) => [file, readFileSync(path.join(folder, file), "utf8")]),
    );
}
