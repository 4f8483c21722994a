import { expect } from "chai";
import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import type { Artifact } from "../../../../embedded/toolchain/artifact";
import { Cache, cacheFolder } from "../../../../embedded/toolchain/cache";
import { ProblemsError } from "../../../../shared/problems";
import { scratchFolder } from "./scratch";

const DAY_SECONDS = 24 * 3600;

describe("Cache", () => {
    const scratch = scratchFolder();
    const silent = (): void => undefined;

    it("builds what is missing, in order, and nothing a second time", async () => {
        const cache = new Cache(path.join(scratch(), "not", "there", "yet"));
        const built: string[] = [];
        const artifacts = [fake("one", built), fake("two", built)];
        const lines: string[] = [];
        await cache.ensure(artifacts, (line) => lines.push(line));
        await cache.ensure(artifacts, (line) => lines.push(line));
        expect(built).to.deep.equal(["one", "two"]);
        expect(lines.map((line) => line.replace(/\d+\.\d s$/, "T"))).to.deep.equal([
            "[1/2, 0 %] one: building, usually T",
            "[1/2, 0 %] one: built in T",
            "[2/2, 50 %] two: building, usually T",
            "[2/2, 50 %] two: built in T",
        ]);
        expect(readFileSync(path.join(cache.pathOf(artifact("two")), "content"), "utf8")).to.equal("two");
    });

    it("keeps what was finished before a failure, and nothing half done", async () => {
        const cache = new Cache(scratch());
        const built: string[] = [];
        const broken: Artifact = {
            ...artifact("two"),
            build: (folder) => {
                writeFileSync(path.join(folder, "half"), "");
                return Promise.reject(new Error("no network"));
            },
        };
        const failure = await cache.ensure([fake("one", built), broken], silent).catch((error: unknown) => error);
        expect(failure).to.be.an("error").with.property("message", "no network");
        expect(readdirSync(scratch())).to.deep.equal([folderName("one")]);

        await cache.ensure([fake("one", built), fake("two", built)], silent);
        expect(built).to.deep.equal(["one", "two"]);
    });

    it("discards what a killed run left unfinished", async () => {
        mkdirSync(path.join(scratch(), "unfinished-Ab12Cd"));
        await new Cache(scratch()).ensure([fake("one", [])], silent);
        expect(readdirSync(scratch())).to.deep.equal([folderName("one")]);
    });

    it("lets one of two runs build while the other waits", async () => {
        const built: string[] = [];
        const slow: Artifact = {
            ...artifact("one"),
            build: async (folder) => {
                built.push("one");
                await new Promise((resolve) => setTimeout(resolve, 300));
                writeFileSync(path.join(folder, "content"), "one");
            },
        };
        await Promise.all([new Cache(scratch()).ensure([slow], silent), new Cache(scratch()).ensure([slow], silent)]);
        expect(built).to.deep.equal(["one"]);
    });

    it("discards earlier states that nobody used for two weeks, and nothing else", async () => {
        const old = aged("one-0000000000000000", 15);
        const recent = aged("one-1111111111111111", 13);
        const foreign = aged("one-of-mine", 100);
        await new Cache(scratch()).ensure([fake("one", [])], silent);
        expect([old, recent, foreign].map(existsSync)).to.deep.equal([false, true, true]);
    });

    it("marks an artifact as used each time it is asked for", async () => {
        const cache = new Cache(scratch());
        await cache.ensure([fake("one", [])], silent);
        aged(folderName("one"), 20);
        await cache.ensure([fake("one", [])], silent);
        await cache.ensure([fake("one", []), fake("two", [])], silent);
        expect(readdirSync(scratch())).to.deep.equal([folderName("one"), folderName("two")]);
    });

    it("reports a folder that cannot be written, with the way out", async () => {
        const file = path.join(scratch(), "file");
        writeFileSync(file, "");
        const folder = path.join(file, "cache");
        const failure = await new Cache(folder).ensure([fake("one", [])], silent).catch((error: unknown) => error);
        expect(failure).to.be.instanceOf(ProblemsError);
        expect(failure).to.have.nested.property("problems[0].value", folder);
        expect(failure).to.have.nested.property("problems[0].fix").that.includes("ISTIO_MULTICLUSTER_CACHE");
    });

    it("reports a folder on a file system that takes none, instead of trying for ever", () => {
        expect(new Cache("/proc/istio-multicluster").problems()).to.have.length(1);
    });

    function aged(name: string, days: number): string {
        const folder = path.join(scratch(), name);
        mkdirSync(folder, { recursive: true });
        const time = Date.now() / 1000 - days * DAY_SECONDS;
        utimesSync(folder, time, time);
        return folder;
    }
});

describe("cacheFolder", () => {
    it("is the one that the user names, else in the user's cache folder", () => {
        expect(cacheFolder({ ISTIO_MULTICLUSTER_CACHE: "/big/disk", XDG_CACHE_HOME: "/xdg" })).to.equal("/big/disk");
        expect(cacheFolder({ ISTIO_MULTICLUSTER_CACHE: "", XDG_CACHE_HOME: "/xdg" })).to.equal(
            "/xdg/istio-multicluster",
        );
        expect(cacheFolder({})).to.equal(path.join(os.homedir(), ".cache", "istio-multicluster"));
    });

    it("ignores a relative XDG_CACHE_HOME, as its specification says", () => {
        expect(cacheFolder({ XDG_CACHE_HOME: "cache" })).to.equal(cacheFolder({}));
    });
});

function artifact(name: string): Pick<Artifact, "name" | "key" | "usualSeconds"> {
    return { name, key: "0123456789abcdef", usualSeconds: 1 };
}

function folderName(name: string): string {
    return `${name}-0123456789abcdef`;
}

function fake(name: string, built: string[]): Artifact {
    return {
        ...artifact(name),
        build: (folder) => {
            built.push(name);
            writeFileSync(path.join(folder, "content"), name);
            return Promise.resolve();
        },
    };
}
