/** Programs that local clusters and the build of their parts run, and the Debian packages that bring them. */
import { accessSync, constants } from "node:fs";
import path from "node:path";

export interface Tool {
    /** A program on PATH, or the absolute path of a file. */
    readonly program: string;
    /** Its package in Debian and Ubuntu. */
    readonly debianPackage: string;
}

const CNI_FOLDER = "/usr/lib/cni";

/** Programs that run the clusters. */
export const CLUSTER_TOOLS: readonly Tool[] = [
    { program: "ip", debianPackage: "iproute2" },
    { program: "nsenter", debianPackage: "util-linux" },
    { program: "unshare", debianPackage: "util-linux" },
    { program: "mount", debianPackage: "mount" },
    { program: "containerd", debianPackage: "containerd" },
    { program: "containerd-shim-runc-v2", debianPackage: "containerd" },
    { program: "ctr", debianPackage: "containerd" },
    { program: "runc", debianPackage: "runc" },
    { program: "iptables", debianPackage: "iptables" },
    { program: "/usr/sbin/xtables-nft-multi", debianPackage: "iptables" },
    { program: "conntrack", debianPackage: "conntrack" },
    ...["bridge", "host-local", "loopback", "portmap"].map((plugin) => ({
        program: path.join(CNI_FOLDER, plugin),
        debianPackage: "containernetworking-plugins",
    })),
];

/** Programs that only the build needs and that Debian has new enough. */
export const BUILD_TOOLS: readonly Tool[] = [
    { program: "python3", debianPackage: "python3" },
    { program: "ldd", debianPackage: "libc-bin" },
    { program: "/usr/bin/curl", debianPackage: "curl" },
];

/** Debian packages of the tools that are not there, each once. */
export function missingPackages(tools: readonly Tool[], searchPath?: string): readonly string[] {
    return [
        ...new Set(
            tools
                .filter(({ program }) => findProgram(program, searchPath) === undefined)
                .map(({ debianPackage }) => debianPackage),
        ),
    ];
}

/** Path of a program that a shell would find; undefined where there is none. */
export function findProgram(program: string, searchPath = process.env["PATH"] ?? ""): string | undefined {
    const places = path.isAbsolute(program)
        ? [program]
        : searchPath.split(path.delimiter).map((folder) => path.join(folder, program));
    return places.find(isExecutable);
}

function isExecutable(file: string): boolean {
    try {
        accessSync(file, constants.X_OK);
        return true;
    } catch {
        return false;
    }
}
