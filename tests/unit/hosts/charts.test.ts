import { expect } from "chai";
import { mkdtemp, readdir, readlink, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { linkCharts } from "../../../hosts/embedded/charts";

describe("the link to the toolchain's charts", () => {
    let folder: string;

    beforeEach(async () => {
        folder = await mkdtemp(path.join(tmpdir(), "mesh-charts-"));
    });
    afterEach(() => rm(folder, { recursive: true }));

    it("is made in a home that is not there yet, by many stacks at once", async () => {
        const home = path.join(folder, ".mesh");
        const links = await Promise.all(Array.from({ length: 20 }, () => linkCharts(home, "/cache/charts-1")));
        expect(new Set(links)).to.deep.equal(new Set([path.join(home, "charts")]));
        expect(await readlink(path.join(home, "charts"))).to.equal("/cache/charts-1");
        expect(await readdir(home)).to.deep.equal(["charts"]);
    });

    it("leads to the charts of another toolchain from then on", async () => {
        await linkCharts(folder, "/cache/charts-1");
        await linkCharts(folder, "/cache/charts-2");
        expect(await readlink(path.join(folder, "charts"))).to.equal("/cache/charts-2");
    });
});
