/** Whether this machine can run local clusters and build their parts. */
import { existsSync, statfsSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { ProblemsError } from "../../../shared/problems";
import type { Progress } from "../../../shared/progress";
import type { Cache } from "../cache";
import { attempt } from "../../../shared/run";
import { goModule } from "../pins";
import { installPackages, isDebianLike, packagesProblem } from "./debian";
import { kernelProblems } from "./kernel";
import { type Machine, requirementProblems } from "./requirements";
import { BUILD_TOOLS, CLUSTER_TOOLS, missingPackages } from "./tools";

export interface Needs {
    /** Where the toolchain is built. */
    readonly cache: Cache;
    /** Whether a part of the toolchain is still to be built. */
    readonly building: boolean;
}

/**
 * Checks this machine and installs the Debian packages that it lacks, where it otherwise fits.
 * @throws ProblemsError with everything that is missing.
 */
export async function prepareMachine(needs: Needs, progress: Progress): Promise<void> {
    const problems = [
        ...requirementProblems(await readMachine(needs), needs.building),
        ...(needs.building ? needs.cache.problems() : []),
    ];
    let packages = await lackingPackages(needs);
    if (packages.length > 0 && problems.length === 0 && isDebianLike()) {
        await installPackages(packages, progress);
        packages = await lackingPackages(needs);
    }
    if (packages.length > 0) {
        problems.push(packagesProblem(packages));
    } else if (problems.length === 0) {
        problems.push(...(await kernelProblems()));
    }
    if (problems.length > 0) {
        throw new ProblemsError(problems);
    }
}

async function readMachine({ cache, building }: Needs): Promise<Machine> {
    const disk = statfsSync(nearestFolder(cache.folder));
    return {
        platform: process.platform,
        arch: process.arch,
        uid: process.geteuid?.(),
        memoryBytes: os.totalmem(),
        freeDiskBytes: disk.bavail * disk.bsize,
        goVersion: building ? await goVersion() : undefined,
    };
}

/** Debian packages of programs that are not there. */
async function lackingPackages({ building }: Needs): Promise<readonly string[]> {
    const packages = missingPackages(building ? [...CLUSTER_TOOLS, ...BUILD_TOOLS] : CLUSTER_TOOLS);
    const pip = building ? await attempt("python3", ["-m", "pip", "--version"]) : undefined;
    return pip?.failure === undefined ? packages : [...packages, "python3-pip"];
}

/** Asked inside a module of the toolchain: Go may switch to the version that the module wants. */
async function goVersion(): Promise<string | undefined> {
    const { stdout } = await attempt("go", ["version"], { cwd: goModule("istio") });
    return /\bgo1\.\S+/.exec(stdout)?.[0];
}

function nearestFolder(folder: string): string {
    return existsSync(folder) ? folder : nearestFolder(path.dirname(folder));
}
