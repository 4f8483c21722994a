/**
 * Pulumi's own folder for a Pulumi of the toolchain: its plugins are there, so that it looks for none elsewhere.
 * https://www.pulumi.com/docs/iac/cli/environment-variables/ (PULUMI_HOME)
 */
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { version as nodejsVersion } from "@pulumi/pulumi/package.json";
import { pulumi as kindSdk } from "@pulumi/kind/package.json";
import { version as tlsVersion } from "@pulumi/tls/package.json";
import type { PulumiPrograms } from "../toolchain/pulumi";

/** Variables with which a shell, or a process, finds this Pulumi and its plugins. */
export async function pulumiEnvironment(home: string, programs: PulumiPrograms) {
    return {
        PATH: [path.join(programs.root, "bin"), process.env["PATH"]].join(path.delimiter),
        PULUMI_HOME: await makePulumiHome(home, programs),
    };
}

/** @param home Folder of the mesh's local state. @returns The folder, with what is missing in it made. */
export async function makePulumiHome(home: string, { kubernetes }: PulumiPrograms): Promise<string> {
    const folder = path.join(home, "pulumi");
    const plugin = async (kind: "language" | "resource", name: string, version: string): Promise<string> => {
        const place = path.join(folder, "plugins", `${kind}-${name}-v${version}`);
        await mkdir(place, { recursive: true });
        return path.join(place, `pulumi-${kind}-${name}`);
    };
    await write(await plugin("language", "nodejs", nodejsVersion), launcher("nodejs", home));
    await write(await plugin("resource", "tls", tlsVersion), launcher("tls", home));
    await write(await plugin("resource", kindSdk.name, kindSdk.version), launcher("kind", home));
    const file = await plugin("resource", "kubernetes", kubernetes.version);
    await symlink(path.join(kubernetes.folder, path.basename(file)), file).catch(onlyIfNotThere);
    return folder;
}

/** A plugin that somebody installed there, of Pulumi's own, stays. */
async function write(file: string, text: string): Promise<void> {
    const there = await readFile(file, "utf8").catch(() => undefined);
    if (there === text || there?.includes(MARK) === false) return;
    await writeFile(file, text, { mode: 0o755 });
}

const MARK = "# Made by istio-multicluster.";

function launcher(name: string, home: string): string {
    const tsx = pathToFileURL(require.resolve("tsx")).href;
    const words = [process.execPath, "--import", tsx, path.join(__dirname, "plugin.ts"), name, home];
    return `#!/bin/sh\n${MARK}\nexec ${words.map(quoted).join(" ")} "$@"\n`;
}

function quoted(word: string): string {
    return `'${word.replaceAll("'", "'\\''")}'`;
}

function onlyIfNotThere(error: unknown): void {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
}
