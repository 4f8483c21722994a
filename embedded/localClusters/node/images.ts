/**
 * The images of a node. containerd unpacks them once for all clusters, in a folder of the cache; a cluster starts with
 * hard links to its files, which neither containerd nor a container ever changes. So a cluster has its images at once,
 * and the memory of all that run the same program holds it once.
 */
import { readFile, rename, rm, stat } from "node:fs/promises";
import path from "node:path";
import writeFileAtomic from "write-file-atomic";
import { z } from "zod";
import type { Progress } from "../../../shared/progress";
import type { ImageArchive } from "../../toolchain";
import { contentKey, type Artifact } from "../../toolchain/artifact";
import { Cache, cacheFolder } from "../../toolchain/cache";
import { ctr } from "./containerd";
import { run } from "../../../shared/run";

/** containerd's own databases: the files that it changes in place. */
const DATABASES = ["io.containerd.metadata.v1.bolt/meta.db", "io.containerd.snapshotter.v1.overlayfs/metadata.db"];
const BUILD_LIMIT_SECONDS = 300;

/** Runs containerd in namespaces of its own until it has unpacked the archives, which are its arguments. */
const UNPACK = `
set -e
# Pods of other users read what is unpacked, whatever the umask of the person at the machine.
umask 022
mount -t tmpfs -o mode=755 tmpfs /run
printf 'version = 2\\ndisabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.internal.v1.opt"]\\n' > /run/containerd.toml
containerd --config /run/containerd.toml --root "$STORE" --state /run/containerd &
tries=0
until ctr version > /dev/null 2>&1; do
    tries=$((tries + 1))
    [ $tries -lt 100 ]
    sleep 0.1
done
for archive; do ctr --namespace k8s.io images import "$archive"; done
kill $!
wait $! || true
`;

/** Gives a cluster without a containerd folder one that has all images. */
export async function seedImages(folder: string, images: readonly ImageArchive[], progress: Progress): Promise<void> {
    if (await exists(folder)) {
        return;
    }
    const store = await ensureStore(images, progress);
    const draft = `${folder}.draft`;
    await rm(draft, { recursive: true, force: true });
    // Hard links need one file system: without it, copies.
    const copy = ["--archive", `${store}/.`, draft];
    await run("cp", ["--link", ...copy]).catch(() => run("cp", ["--reflink=auto", "--force", ...copy]));
    for (const database of DATABASES) {
        await run("cp", ["--archive", "--remove-destination", path.join(store, database), path.join(draft, database)]);
    }
    await recordArchives(draft, images);
    await rename(draft, folder);
}

/** Loads into a running node what it does not have, or has from another archive. */
export async function loadImages(init: number, folder: string, images: readonly ImageArchive[]): Promise<void> {
    const present = (await ctr(init, ["images", "list", "--quiet"])).split("\n");
    const loaded = await recordedArchives(folder);
    const missing = images.filter(
        ({ reference, archive }) => !present.includes(reference) || loaded[reference] !== archive,
    );
    if (missing.length > 0) {
        await Promise.all(missing.map((image) => ctr(init, ["images", "import", image.archive])));
        await recordArchives(folder, images);
    }
}

/** The folder in the cache; builds it where it is missing. */
async function ensureStore(images: readonly ImageArchive[], progress: Progress): Promise<string> {
    const version = await run("containerd", ["--version"]);
    const archives = images.map((image) => image.archive);
    const artifact: Artifact = {
        name: "image-store",
        key: contentKey(version, UNPACK, ...archives),
        usualSeconds: 10,
        build: async (folder) => {
            const namespaces = ["--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc"];
            const shell = ["env", `STORE=${folder}`, "sh", "-c", UNPACK, "sh", ...archives];
            await run("unshare", [...namespaces, ...shell], { limitSeconds: BUILD_LIMIT_SECONDS });
        },
    };
    const cache = new Cache(cacheFolder());
    await cache.ensure([artifact], progress);
    return cache.pathOf(artifact);
}

/** Which archive each image was loaded from: a tag may name other content after a change of the toolchain. */
const LoadedArchives = z.record(z.string(), z.string());

async function recordedArchives(folder: string): Promise<z.infer<typeof LoadedArchives>> {
    const text = await readFile(recordFile(folder), "utf8").catch(() => "{}");
    return LoadedArchives.parse(JSON.parse(text));
}

async function recordArchives(folder: string, images: readonly ImageArchive[]): Promise<void> {
    const archives = Object.fromEntries(images.map(({ reference, archive }) => [reference, archive]));
    await writeFileAtomic(recordFile(folder), JSON.stringify(archives));
}

function recordFile(folder: string): string {
    return path.join(folder, "loaded-images.json");
}

async function exists(folder: string): Promise<boolean> {
    return stat(folder).then(
        () => true,
        () => false,
    );
}
