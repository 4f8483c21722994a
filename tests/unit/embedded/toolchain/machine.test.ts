import { expect } from "chai";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { isDebianLike, packagesProblem } from "../../../../embedded/toolchain/machine/debian";
import { type Machine, requirementProblems } from "../../../../embedded/toolchain/machine/requirements";
import { missingPackages, type Tool } from "../../../../embedded/toolchain/machine/tools";
import { scratchFolder } from "./scratch";

const GIB = 1024 ** 3;
const fitting: Machine = {
    platform: "linux",
    arch: "x64",
    uid: 0,
    memoryBytes: 8 * GIB,
    freeDiskBytes: 20 * GIB,
    goVersion: "go1.26.0",
};

describe("requirementProblems", () => {
    it("finds nothing on a machine that fits", () => {
        expect(requirementProblems(fitting, true)).to.deep.equal([]);
        expect(requirementProblems({ ...fitting, goVersion: "go1.27rc1", arch: "arm64" }, true)).to.deep.equal([]);
    });

    it("reports everything at once, each with what was found", () => {
        const machine: Machine = {
            platform: "darwin",
            arch: "ia32",
            uid: 501,
            memoryBytes: 4 * GIB,
            freeDiskBytes: 11.5 * GIB,
            goVersion: "go1.25.9",
        };
        const found = requirementProblems(machine, true).map(({ subject, value }) => `${subject}: ${value ?? ""}`);
        expect(found).to.deep.equal([
            "operating system: darwin",
            "processor: ia32",
            "user: uid 501",
            "memory: 4.0 GiB",
            "free disk space: 11.5 GiB",
            "Go: go1.25.9",
        ]);
    });

    it("asks for Go and the room to build only when there is something to build", () => {
        const machine = { ...fitting, freeDiskBytes: 5 * GIB, goVersion: undefined };
        expect(requirementProblems(machine, false)).to.deep.equal([]);
        expect(requirementProblems(machine, true).map(({ subject }) => subject)).to.deep.equal([
            "free disk space",
            "Go",
        ]);
    });

    it("says how to get Go", () => {
        const [problem] = requirementProblems({ ...fitting, goVersion: undefined }, true);
        expect(problem).to.deep.include({ subject: "Go", value: "not found" });
        expect(problem?.fix).to.include("https://go.dev/doc/install");
    });
});

describe("missingPackages", () => {
    const scratch = scratchFolder();
    const tools: readonly Tool[] = [
        { program: "found", debianPackage: "a" },
        { program: "absent", debianPackage: "b" },
        { program: "absent-too", debianPackage: "b" },
        { program: "no-program", debianPackage: "c" },
        { program: "/no/such/plugin", debianPackage: "d" },
    ];

    it("names each package of a program that is not on PATH once", () => {
        const folder = path.join(scratch(), "bin");
        mkdirSync(folder);
        writeFileSync(path.join(folder, "found"), "");
        chmodSync(path.join(folder, "found"), 0o755);
        writeFileSync(path.join(folder, "no-program"), "");
        chmodSync(path.join(folder, "no-program"), 0o644);
        expect(missingPackages(tools, `/nowhere:${folder}`)).to.deep.equal(["b", "c", "d"]);
    });

    it("gives the command that installs them", () => {
        expect(packagesProblem(["runc", "iptables"])).to.deep.include({
            value: "runc, iptables",
            fix: "On Debian and Ubuntu: apt-get update && apt-get install -y --no-install-recommends runc iptables",
        });
    });
});

describe("isDebianLike", () => {
    it("knows Debian, Ubuntu and their descendants by os-release", () => {
        expect(isDebianLike('PRETTY_NAME="Debian GNU/Linux 12"\nID=debian\n')).to.equal(true);
        expect(isDebianLike("ID=ubuntu\nID_LIKE=debian\n")).to.equal(true);
        expect(isDebianLike('ID=linuxmint\nID_LIKE="ubuntu debian"\n')).to.equal(true);
        expect(isDebianLike('ID="fedora"\nHOME_URL="https://debian.example"\n')).to.equal(false);
        expect(isDebianLike("")).to.equal(false);
    });
});
