import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect } from "chai";
import { settingsFrom } from "../../../apps/service";

describe("settingsFrom", () => {
    it("has defaults for a pod in the mesh", () => {
        expect(settingsFrom({})).to.deep.equal({
            port: 8080,
            cluster: "unknown",
            catalogUrl: "http://catalog.istioinaction",
        });
    });

    it("takes PORT, CLUSTER and CATALOG_URL", () => {
        expect(settingsFrom({ PORT: "81", CLUSTER: "west", CATALOG_URL: "http://catalog.shop/" })).to.deep.equal({
            port: 81,
            cluster: "west",
            catalogUrl: "http://catalog.shop",
        });
    });

    it("refuses a port that is no port and a URL that is no http URL", () => {
        expect(() => settingsFrom({ PORT: "http" })).to.throw(
            'PORT must be a whole number from 0 to 65535, not "http"',
        );
        expect(() => settingsFrom({ CATALOG_URL: "https://catalog" })).to.throw("CATALOG_URL must be an http:// URL");
    });
});

describe("an app's process", () => {
    it("ends with code 0 on SIGTERM", async () => {
        const app = spawn(process.execPath, ["--import", "tsx", "apps/catalog/main.ts"], {
            env: { ...process.env, PORT: "0", CLUSTER: "east" },
            stdio: ["ignore", "pipe", "inherit"],
        });
        const [line] = (await once(app.stdout, "data")) as [Buffer];
        expect(JSON.parse(line.toString())).to.include({ app: "catalog", cluster: "east" });
        app.kill("SIGTERM");
        const [code] = (await once(app, "exit")) as [number | null];
        expect(code).to.equal(0);
    });
});
