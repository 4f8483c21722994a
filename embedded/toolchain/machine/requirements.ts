/** The rules that a machine must meet, apart from its programs and its kernel. */
import type { Problem } from "../../../shared/problems";

/** What was found of a machine. */
export interface Machine {
    /** As `process.platform`. */
    readonly platform: string;
    /** As `process.arch`. */
    readonly arch: string;
    /** Of the effective user; 0 is root. */
    readonly uid: number | undefined;
    readonly memoryBytes: number;
    /** On the disk of the cache. */
    readonly freeDiskBytes: number;
    /** As `go version` says it, e.g. `go1.26.3`, if Go is there. */
    readonly goVersion: string | undefined;
}

const GIB = 1024 ** 3;
/** Two clusters with a mesh take about 4 GiB, and linking the largest program takes 2 GiB. */
const MEMORY_GIB = 5.5;
/** Go's own caches and the toolchain. */
const BUILD_DISK_GIB = 12;
/** Unpacked images and logs of two clusters. */
const RUN_DISK_GIB = 3;
const GO_MINOR = 26;

/** @param building Whether a part of the toolchain is still to be built. */
export function requirementProblems(machine: Machine, building: boolean): readonly Problem[] {
    const problems: Problem[] = [];
    if (machine.platform !== "linux") {
        problems.push({
            subject: "operating system",
            value: machine.platform,
            rule: "must be Linux: local clusters are made of its namespaces",
            fix: "Run in a Linux virtual machine, or use clusters of your own with Pulumi",
        });
    }
    if (!["x64", "arm64"].includes(machine.arch)) {
        problems.push({
            subject: "processor",
            value: machine.arch,
            rule: "must be x64 or arm64: Envoy is published for these",
            fix: "Use another machine",
        });
    }
    if (machine.uid !== 0) {
        problems.push({
            subject: "user",
            value: machine.uid === undefined ? "unknown" : `uid ${machine.uid}`,
            rule: "must be root: local clusters make network namespaces, mounts and control groups",
            fix: "Run it with sudo: sudo npm start",
        });
    }
    if (machine.memoryBytes < MEMORY_GIB * GIB) {
        problems.push({
            subject: "memory",
            value: gibibytes(machine.memoryBytes),
            rule: `must be at least ${MEMORY_GIB} GiB for two clusters with a mesh`,
            fix: "Give the machine more memory",
        });
    }
    const diskGib = building ? BUILD_DISK_GIB : RUN_DISK_GIB;
    if (machine.freeDiskBytes < diskGib * GIB) {
        problems.push({
            subject: "free disk space",
            value: gibibytes(machine.freeDiskBytes),
            rule: `must be at least ${diskGib} GiB where the toolchain is ${building ? "built" : "kept"}`,
            fix: "Free some, or set ISTIO_MULTICLUSTER_CACHE (and GOCACHE, GOMODCACHE) to folders of a larger disk",
        });
    }
    if (building && !isGoUsable(machine.goVersion)) {
        problems.push({
            subject: "Go",
            value: machine.goVersion ?? "not found",
            rule: `must be version 1.${GO_MINOR} or newer: Kubernetes, etcd and Istio are built with it`,
            fix: "Install it (https://go.dev/doc/install) and put it on PATH",
        });
    }
    return problems;
}

function isGoUsable(version: string | undefined): boolean {
    const minor = /^go1\.(\d+)/.exec(version ?? "")?.[1];
    return minor !== undefined && Number(minor) >= GO_MINOR;
}

function gibibytes(bytes: number): string {
    return `${(bytes / GIB).toFixed(1)} GiB`;
}
