import { expect } from "chai";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { withScratch } from "../../../../embedded/host/providers/helm/scratch";

describe("the folder of a call of helm", () => {
    const home = mkdtempSync(path.join(os.tmpdir(), "mesh-scratch-"));
    const root = path.join(home, "helm");
    after(() => {
        rmSync(home, { recursive: true });
    });

    it("is this user's alone, and gone afterwards, also when the call fails", async () => {
        const mode = await withScratch(root, (folder) => Promise.resolve(statSync(folder).mode & 0o777));
        expect(mode).to.equal(0o700);
        const failed = await withScratch(root, () => Promise.reject(new Error("helm"))).catch(String);
        expect(failed).to.equal("Error: helm");
        expect(existsSync(root)).to.equal(false);
    });

    it("takes along what a killed run left, and nothing of a running one", async () => {
        const { pid } = spawnSync(process.execPath, ["--version"]);
        for (const owner of [pid, process.ppid]) {
            mkdirSync(path.join(root, `${owner}-left`), { recursive: true });
            writeFileSync(path.join(root, `${owner}-left`, "kubeconfig"), "administrator");
        }
        await withScratch(root, () => Promise.resolve());
        expect(readdirSync(root)).to.deep.equal([`${process.ppid}-left`]);
    });

    it("is there for each of many calls that begin and end at any time", async () => {
        const calls = Array.from({ length: 200 }, async (_, index) => {
            await setTimeout(index);
            return withScratch(path.join(home, "busy"), async (folder) => {
                await setTimeout(index % 3);
                return existsSync(folder);
            });
        });
        expect((await Promise.all(calls)).filter((isThere) => isThere)).to.have.lengthOf(200);
    });
});
