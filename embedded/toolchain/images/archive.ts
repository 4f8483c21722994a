/**
 * Writes images as OCI archives, as `ctr images import` takes them: a tar of the image layout
 * (https://github.com/opencontainers/image-spec/blob/main/image-layout.md). The same files give the same bytes.
 */
import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { rm, stat } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import type { Header, Pack } from "tar-stream";

/** A file of an image, by its absolute path there. */
export type ImageFile =
    | { readonly path: string; readonly source: string; readonly executable?: boolean }
    | { readonly path: string; readonly link: string };

export interface Image {
    /** Name and tag under which a container runtime knows it. */
    readonly reference: string;
    /** From the lowest; images that share a layer share its storage. */
    readonly layers: readonly (readonly ImageFile[])[];
    readonly entrypoint: readonly string[];
    readonly environment?: Readonly<Record<string, string>>;
    /** `uid:gid`, numeric, so that Kubernetes can see that it is not root. */
    readonly user: string;
}

interface Descriptor {
    readonly mediaType: string;
    readonly digest: string;
    readonly size: number;
}

const MEDIA = "application/vnd.oci.image";
const CHUNK_BYTES = 1024 * 1024;
/** No owner and no time, so that only names and contents decide the bytes. */
const ANONYMOUS = { uid: 0, gid: 0, mtime: new Date(0) };

/** Writes the archive; scratch files stand beside it meanwhile. */
export async function writeArchive(image: Image, archive: string): Promise<void> {
    const layers = await Promise.all(
        image.layers.map(async (files, index) => {
            const file = `${archive}.layer${index}`;
            await writeTar(file, (tar) => addLayerFiles(tar, files));
            return await layerBlob(file);
        }),
    );
    const config = jsonBlob(`${MEDIA}.config.v1+json`, {
        architecture: process.arch === "x64" ? "amd64" : process.arch,
        os: "linux",
        config: {
            User: image.user,
            Entrypoint: image.entrypoint,
            Env: Object.entries(image.environment ?? {}).map(([name, value]) => `${name}=${value}`),
            WorkingDir: "/",
        },
        rootfs: { type: "layers", diff_ids: layers.map((layer) => layer.digest) },
    });
    const manifest = jsonBlob(`${MEDIA}.manifest.v1+json`, {
        schemaVersion: 2,
        mediaType: `${MEDIA}.manifest.v1+json`,
        config: descriptor(config),
        layers: layers.map(descriptor),
    });
    const index = {
        schemaVersion: 2,
        mediaType: `${MEDIA}.index.v1+json`,
        manifests: [{ ...descriptor(manifest), annotations: { "io.containerd.image.name": image.reference } }],
    };
    await writeTar(archive, async (tar) => {
        await addText(tar, "oci-layout", JSON.stringify({ imageLayoutVersion: "1.0.0" }));
        await addText(tar, "index.json", JSON.stringify(index));
        await addText(tar, blobPath(config), config.text);
        await addText(tar, blobPath(manifest), manifest.text);
        for (const layer of layers) {
            await addFile(tar, blobPath(layer), layer.file, 0o644);
        }
    });
    await Promise.all(layers.map((layer) => rm(layer.file)));
}

async function addLayerFiles(tar: Pack, files: readonly ImageFile[]): Promise<void> {
    for (const file of [...files].sort((one, other) => (one.path < other.path ? -1 : 1))) {
        const name = file.path.slice(1);
        if ("source" in file) {
            await addFile(tar, name, file.source, file.executable === true ? 0o755 : 0o644);
        } else {
            await add(tar, { name, type: "symlink", linkname: file.link });
        }
    }
}

async function addFile(tar: Pack, name: string, source: string, mode: number): Promise<void> {
    const { size } = await stat(source);
    const entry = tar.entry({ ...ANONYMOUS, name, mode, size });
    await pipeline(createReadStream(source, { highWaterMark: CHUNK_BYTES }), entry);
}

function addText(tar: Pack, name: string, text: string): Promise<void> {
    return add(tar, { name, mode: 0o644 }, text);
}

function add(tar: Pack, header: Partial<Header> & Pick<Header, "name">, text = ""): Promise<void> {
    return new Promise((resolve, reject) => {
        tar.entry({ ...ANONYMOUS, ...header }, text, (error) => {
            if (error) {
                reject(error);
            } else {
                resolve();
            }
        });
    });
}

async function writeTar(file: string, fill: (tar: Pack) => Promise<void>): Promise<void> {
    // Loaded here, because most runs build nothing and should not wait for it.
    const { pack } = await import("tar-stream");
    const tar = pack();
    const filled = fill(tar).then(() => {
        tar.finalize();
    });
    await Promise.all([pipeline(tar, createWriteStream(file)), filled]);
}

async function layerBlob(file: string): Promise<Descriptor & { readonly file: string }> {
    const hash = createHash("sha256");
    await pipeline(createReadStream(file, { highWaterMark: CHUNK_BYTES }), hash);
    const { size } = await stat(file);
    return { mediaType: `${MEDIA}.layer.v1.tar`, digest: `sha256:${hash.digest("hex")}`, size, file };
}

function jsonBlob(mediaType: string, content: object): Descriptor & { readonly text: string } {
    const text = JSON.stringify(content);
    const digest = `sha256:${createHash("sha256").update(text).digest("hex")}`;
    return { mediaType, digest, size: Buffer.byteLength(text), text };
}

function descriptor({ mediaType, digest, size }: Descriptor): Descriptor {
    return { mediaType, digest, size };
}

function blobPath({ digest }: Descriptor): string {
    return `blobs/${digest.replace(":", "/")}`;
}
