import { expect } from "chai";
import { createHash } from "node:crypto";
import { createReadStream, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { extract, type Header } from "tar-stream";
import { z } from "zod";
import { type Image, writeArchive } from "../../../../embedded/toolchain/images/archive";
import { scratchFolder } from "./scratch";

const Descriptor = z.object({ mediaType: z.string(), digest: z.string(), size: z.number() });
type Descriptor = z.infer<typeof Descriptor>;
const Index = z.object({
    schemaVersion: z.literal(2),
    manifests: z.tuple([Descriptor.extend({ annotations: z.record(z.string(), z.string()) })]),
});
const Manifest = z.object({ schemaVersion: z.literal(2), config: Descriptor, layers: z.array(Descriptor) });

interface Entry {
    readonly header: Header;
    readonly content: Buffer;
}

describe("writeArchive", () => {
    const scratch = scratchFolder();

    it("writes an image layout whose blobs are what their digests say", async () => {
        const entries = await readTar(await write("image.tar"));
        expect(JSON.parse(text(entries, "oci-layout"))).to.deep.equal({ imageLayoutVersion: "1.0.0" });
        const index = Index.parse(JSON.parse(text(entries, "index.json")));
        expect(index.manifests[0].annotations).to.deep.equal({ "io.containerd.image.name": "localhost/test/app:1" });
        const manifest = Manifest.parse(JSON.parse(blob(entries, index.manifests[0]).toString()));
        const config: unknown = JSON.parse(blob(entries, manifest.config).toString());
        expect(config).to.deep.equal({
            architecture: process.arch === "x64" ? "amd64" : process.arch,
            os: "linux",
            config: { User: "1337:1337", Entrypoint: ["/bin/app", "-v"], Env: ["NAME=value"], WorkingDir: "/" },
            rootfs: { type: "layers", diff_ids: manifest.layers.map(({ digest }) => digest) },
        });
        expect(manifest.layers.map((layer) => blob(entries, layer).length)).to.deep.equal([2560, 2048]);
        expect(entries.size).to.equal(2 + 2 + 2);
    });

    it("puts files and links into layers, without owner and time", async () => {
        const entries = await readTar(await write("image.tar"));
        const layer = [...entries].map(([name, { content }]) => ({ name, content })).at(-2);
        const files = await readTar(Readable.from([layer?.content ?? Buffer.of()]));
        const app = files.get("bin/app");
        expect(app?.content.toString()).to.equal("program");
        expect(app?.header).to.include({ mode: 0o755, uid: 0, gid: 0, type: "file" });
        expect(app?.header.mtime.getTime()).to.equal(0);
        expect(files.get("bin/link")?.header).to.include({ type: "symlink", linkname: "app" });
    });

    it("writes the same bytes for the same image, and leaves no scratch files", async () => {
        const [one, other] = [await write("one.tar"), await write("other.tar")].map((file) => readFileSync(file));
        expect(one).to.deep.equal(other);
        expect(readdirSync(scratch()).sort()).to.deep.equal(["one.tar", "other.tar", "source"]);
    });

    async function write(name: string): Promise<string> {
        const source = path.join(scratch(), "source");
        writeFileSync(source, "program");
        const image: Image = {
            reference: "localhost/test/app:1",
            layers: [
                [
                    { path: "/bin/link", link: "app" },
                    { path: "/bin/app", source, executable: true },
                ],
                [{ path: "/etc/settings", source }],
            ],
            entrypoint: ["/bin/app", "-v"],
            environment: { NAME: "value" },
            user: "1337:1337",
        };
        const archive = path.join(scratch(), name);
        await writeArchive(image, archive);
        return archive;
    }
});

async function readTar(source: string | Readable): Promise<Map<string, Entry>> {
    const entries = new Map<string, Entry>();
    const tar = (typeof source === "string" ? createReadStream(source) : source).pipe(extract());
    for await (const entry of tar) {
        entries.set(entry.header.name, { header: entry.header, content: await buffer(Readable.from(entry)) });
    }
    return entries;
}

function text(entries: Map<string, Entry>, name: string): string {
    return entries.get(name)?.content.toString() ?? "absent";
}

/** Fails where the content is not what the descriptor promises. */
function blob(entries: Map<string, Entry>, { digest, size }: Descriptor): Buffer {
    const content = entries.get(`blobs/${digest.replace(":", "/")}`)?.content ?? Buffer.of();
    expect(`sha256:${createHash("sha256").update(content).digest("hex")}`).to.equal(digest);
    expect(content.length).to.equal(size);
    return content;
}
