// Runs a program of this repository from a fresh checkout: node bin/bootstrap.mjs <file> [arguments]
// It stands before the installation of the npm packages, so it is plain JavaScript for any Node.js and imports none.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

checkNode();
if (!packagesMatchLock()) {
    installPackages();
}

const [file, ...args] = process.argv.slice(2);
const program = path.join(root, file);
process.argv = [process.execPath, program, ...args];
await import("tsx");
await import(pathToFileURL(program).href);

/** The range is the one of "engines" in package.json, in the one form that is used there. */
function checkNode() {
    const range = readJson("package.json").engines.node;
    const found = process.versions.node.split(".").map(Number);
    const fits = range.split("||").some((part) => {
        const [, sign, ...least] = /(\^|>=)(\d+)\.(\d+)\.(\d+)/.exec(part);
        const [major, minor, patch] = least.map(Number);
        const sameMajor = found[0] === major && (found[1] > minor || (found[1] === minor && found[2] >= patch));
        return sameMajor || (sign === ">=" && found[0] > major);
    });
    if (!fits) {
        fail(
            `Node.js: must be ${range} (found "${process.versions.node}"). Install a current one: https://nodejs.org/en/download`,
        );
    }
}

/** Compares with the record that npm keeps of what it installed. */
function packagesMatchLock() {
    const record = path.join("node_modules", ".package-lock.json");
    if (!existsSync(path.join(root, record))) {
        return false;
    }
    const installed = readJson(record).packages;
    return Object.entries(readJson("package-lock.json").packages)
        .filter(([folder, wanted]) => folder !== "" && !wanted.optional)
        .every(([folder, wanted]) => installed[folder]?.version === wanted.version);
}

function installPackages() {
    console.error("installing npm packages, usually 30 s");
    const { status, error } = spawnSync("npm", ["ci", "--include=dev", "--loglevel=error"], {
        cwd: root,
        stdio: ["ignore", 2, 2],
    });
    if (status !== 0) {
        fail(
            `npm packages: npm ci must succeed (${error?.message ?? `exit code ${status}`}). ` +
                "Check that npm reaches its registry (npm config get registry), then run again",
        );
    }
}

function readJson(file) {
    return JSON.parse(readFileSync(path.join(root, file), "utf8"));
}

function fail(message) {
    console.error(message);
    process.exit(1);
}
