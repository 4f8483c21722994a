/** Installs Debian packages without letting their services start. */
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { Problem } from "../../../shared/problems";
import type { Progress } from "../../../shared/progress";
import { build } from "../command";
import { withHeartbeat } from "../../../shared/patience";

/** Asked by package scripts before they start a service; exit code 101 forbids it (see invoke-rc.d(8)). */
const SERVICE_POLICY = "/usr/sbin/policy-rc.d";

const APT_OPTIONS = ["-o", "DPkg::Lock::Timeout=300", "-qq"];

/** Debian, Ubuntu, or a distribution that calls itself like one of them in os-release(5). */
export function isDebianLike(osRelease = readOsRelease()): boolean {
    return /^ID(?:_LIKE)?=.*\b(?:debian|ubuntu)\b/m.test(osRelease);
}

/** What to do about packages where they cannot be installed here and now. */
export function packagesProblem(packages: readonly string[]): Problem {
    return {
        subject: "programs",
        value: packages.join(", "),
        rule: "must be installed, and on PATH with /usr/sbin (these are the names of their Debian packages)",
        fix: `On Debian and Ubuntu: ${installCommand(packages)}`,
    };
}

function installCommand(packages: readonly string[]): string {
    return `apt-get update && apt-get install -y --no-install-recommends ${packages.join(" ")}`;
}

/** Needs root. @throws ProblemsError with what apt-get said. */
export async function installPackages(packages: readonly string[], progress: Progress): Promise<void> {
    const options = {
        env: { DEBIAN_FRONTEND: "noninteractive" },
        fix: `Run it by hand and see what it says: ${installCommand(packages)}`,
    };
    await withHeartbeat(progress, "still installing Debian packages", async () => {
        progress(`installing Debian packages: ${packages.join(", ")}`);
        await build("apt-get", [...APT_OPTIONS, "update"], options);
        await withoutServices(() =>
            build("apt-get", [...APT_OPTIONS, "install", "-y", "--no-install-recommends", ...packages], options),
        );
    });
}

async function withoutServices<T>(work: () => Promise<T>): Promise<T> {
    if (existsSync(SERVICE_POLICY)) {
        return await work();
    }
    writeFileSync(SERVICE_POLICY, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
    try {
        return await work();
    } finally {
        rmSync(SERVICE_POLICY);
    }
}

function readOsRelease(): string {
    return existsSync("/etc/os-release") ? readFileSync("/etc/os-release", "utf8") : "";
}
