/** Packages as npm packs them. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { z } from "zod";

const packed = z.tuple([z.object({ filename: z.string(), files: z.array(z.object({ path: z.string() })) })]);

/** @returns Name of the tarball in `destination`, and paths of the files in it. */
export async function pack(folder: string, destination: string): Promise<{ filename: string; files: string[] }> {
    const args = ["pack", "--json", "--pack-destination", destination];
    const { stdout } = await promisify(execFile)("npm", args, { cwd: folder, maxBuffer: 64 * 1024 * 1024 });
    // The build prints above it.
    const [{ filename, files }] = packed.parse(JSON.parse(stdout.slice(stdout.search(/^\[/m))));
    return { filename, files: files.map((file) => file.path) };
}
