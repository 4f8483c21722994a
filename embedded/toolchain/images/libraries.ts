/** Programs of this machine with all that the dynamic linker needs to start them in an image without a distribution. */
import { access, readdir, realpath } from "node:fs/promises";
import path from "node:path";
import { build } from "../command";
import type { ImageFile } from "./archive";

/** The shared libraries and the dynamic linker of a program, at the paths where they are on this machine. */
export async function librariesOf(program: string): Promise<readonly ImageFile[]> {
    const listing = await build("ldd", [program], { fix: `Check that ${program} starts on this machine` });
    const files = [...listing.matchAll(/^\s*(?:\S+ => )?(\/\S+) \(0x/gm)].map(([, file = ""]) => file);
    return files.map((file) => ({ path: file, source: file, executable: true }));
}

/** The match and target extensions of iptables, which it loads from the folder beside its library. */
export async function iptablesExtensions(libraries: readonly ImageFile[]): Promise<readonly ImageFile[]> {
    const library = libraries.find((file) => path.basename(file.path).startsWith("libxtables.so"));
    if (library === undefined) {
        throw new Error("iptables of this machine does not use libxtables: its extensions cannot be found");
    }
    const folder = path.join(path.dirname(await realpath(library.path)), "xtables");
    await access(folder);
    return (await readdir(folder)).map((name) => ({ path: path.join(folder, name), source: path.join(folder, name) }));
}
