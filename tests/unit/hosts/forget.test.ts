import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { forget } from "../../../hosts/embedded/forget";

describe("forget", () => {
    let home: string;

    beforeEach(async () => {
        home = path.join(await mkdtemp(path.join(tmpdir(), "mesh-forget-")), ".mesh");
        await mkdir(path.join(home, "stacks"), { recursive: true });
        await mkdir(path.join(home, "kubeconfigs"));
        await symlink("/nowhere", path.join(home, "charts"));
        for (const file of ["passphrase", "stacks/mesh.json", "stacks/mesh.json.previous"]) {
            await writeFile(path.join(home, file), "");
        }
    });
    afterEach(() => rm(path.dirname(home), { recursive: true }));

    it("leaves nothing after the last stack", async () => {
        await forget({ home }, "mesh");
        expect(existsSync(home)).to.equal(false);
    });

    it("keeps what another stack needs, also one whose name begins alike", async () => {
        await writeFile(path.join(home, "stacks/mesh.json.2.json"), "");
        await forget({ home }, "mesh");
        expect(existsSync(path.join(home, "stacks/mesh.json"))).to.equal(false);
        expect(existsSync(path.join(home, "stacks/mesh.json.previous"))).to.equal(false);
        expect(existsSync(path.join(home, "stacks/mesh.json.2.json"))).to.equal(true);
        expect(existsSync(path.join(home, "passphrase"))).to.equal(true);
    });

    it("keeps a kubeconfig that is still there, and so its folder", async () => {
        await writeFile(path.join(home, "kubeconfigs/north.yaml"), "");
        await forget({ home }, "mesh");
        expect(existsSync(path.join(home, "kubeconfigs/north.yaml"))).to.equal(true);
        expect(existsSync(path.join(home, "passphrase"))).to.equal(false);
    });
});
