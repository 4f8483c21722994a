import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect } from "chai";
import { within } from "../../../verify/limit";

/** Waits for nothing, with a signal that keeps no process alive. */
const SCRIPT = `
    const { within } = require("./verify/limit");
    within(AbortSignal.timeout(300), "no answer", new Promise(() => undefined)).catch(({ message }) => console.log(message));
`;

describe("a limited wait", () => {
    it("keeps its process alive until it ends, since signals do not", async function () {
        this.timeout(20_000);
        const command = [...process.execArgv, "--require", "tsx/cjs", "--eval", SCRIPT];
        expect((await promisify(execFile)(process.execPath, command)).stdout).to.equal("no answer\n");
    });

    it("ends with the answer, or with the signal", async () => {
        const controller = new AbortController();
        expect(await within(controller.signal, "no answer", Promise.resolve("here"))).to.equal("here");
        const wait = within(controller.signal, "no answer", new Promise<never>(() => undefined));
        controller.abort();
        expect(await wait.catch(String)).to.equal("Error: no answer");
    });
});
