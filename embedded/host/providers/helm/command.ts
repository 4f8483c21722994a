/** Runs the helm binary. Key material goes through its standard input or a file that only this user reads. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { text } from "node:stream/consumers";
import type { Release } from "./inputs";
import { withScratch } from "./scratch";

export interface HelmCall {
    readonly binary: string;
    readonly args: readonly string[];
    /** Standard input: the values of a release, as JSON. */
    readonly input: string;
    /** Kubeconfig, YAML. */
    readonly kubeconfig: string;
    /** Folder below which the call has a folder of its own. */
    readonly scratch: string;
    readonly workingDirectory: string;
    readonly signal: AbortSignal;
}

/** Helm ends before its garbage matters: a quarter less time for 40 MB more memory. */
const GO = { GOGC: "400" };

/** @throws HelmError with what helm said. */
export async function runHelm(call: HelmCall): Promise<string> {
    try {
        return await withScratch(call.scratch, (folder) => runIn(folder, call));
    } catch (error) {
        call.signal.throwIfAborted();
        throw error;
    }
}

async function runIn(folder: string, call: HelmCall): Promise<string> {
    const kubeconfig = path.join(folder, "kubeconfig");
    await writeFile(kubeconfig, call.kubeconfig, { mode: 0o600 });
    const helm = spawn(call.binary, call.args, {
        cwd: call.workingDirectory,
        env: { ...process.env, ...GO, KUBECONFIG: kubeconfig, KUBECACHEDIR: folder, HELM_CACHE_HOME: folder },
        signal: call.signal,
        // A process group of its own: Ctrl-C reaches the whole group of a terminal, and must let helm finish.
        detached: true,
    });
    helm.stdin.on("error", () => undefined); // Helm need not read its input to the end.
    helm.stdin.end(call.input);
    const [stdout, stderr] = await Promise.all([text(helm.stdout), text(helm.stderr), once(helm, "close")]);
    if (helm.exitCode === 0) return stdout;
    throw new HelmError(cleaned(stderr) || `helm ended with ${helm.signalCode ?? String(helm.exitCode)}`);
}

export class HelmError extends Error {
    public override readonly name = "HelmError";
}

/** Helm's text without its headline, its warnings and the lines of its log. */
function cleaned(stderr: string): string {
    return stderr
        .split("\n")
        .filter((line) => !/^(WARNING:|level=|time=|[IWE]\d{4} )/.test(line))
        .map((line) => line.replace(/^Error: (?:(?:UPGRADE|INSTALLATION) FAILED: )?/, ""))
        .join("\n")
        .trim();
}

/**
 * @param fresh Nothing may be there yet: helm refuses a name that is in use. Otherwise an upgrade that installs where
 * nothing is there.
 */
export function installArguments(
    { chart, version, repositoryOpts, name, namespace, timeout }: Release,
    fresh: boolean,
): string[] {
    return [
        ...(fresh ? ["install"] : ["upgrade", "--install"]),
        name,
        chart,
        ...option("--version", version),
        ...option("--repo", repositoryOpts?.repo),
        "--namespace",
        namespace,
        "--values",
        "-",
        // As Pulumi's provider, whose Helm 3 merges on the client: server-side apply would fight for istiod's webhooks.
        "--server-side=false",
        ...(timeout > 0 ? ["--timeout", `${timeout}s`] : []),
    ];
}

function option(name: string, value: string | undefined): string[] {
    return value === undefined || value === "" ? [] : [name, value];
}
