/** A mesh on local clusters whose trust changes, and what it is asked meanwhile. */
import { expect } from "chai";
import { z } from "zod";
import { Checkout, type Ended } from "./checkout";
import { freshConnections } from "./sampleTraffic";
import { targetOf, underLoad } from "./underLoad";

const statusSchema = z.object({ stacks: z.array(z.object({ roots: z.array(z.number()).optional() })) });

export class Rotating {
    public readonly checkout = new Checkout();

    public constructor(private readonly stacks: readonly string[]) {}

    /** The stack that owns the root. */
    private get file(): string {
        return `Pulumi.${this.stacks[0] ?? ""}.yaml`;
    }

    /** Runs a command that has to succeed. */
    public async mesh(...args: string[]): Promise<Ended> {
        const ended = await this.checkout.mesh(...args);
        expect(ended.exitCode, ended.all.slice(-3000)).to.equal(0);
        return ended;
    }

    public async begin(): Promise<void> {
        await this.mesh("up", ...this.stacks);
        await freshConnections(this.checkout.home, "west");
        expect((await this.mesh("verify", ...this.stacks)).all).to.contain("The clusters are one mesh");
    }

    public async end(): Promise<void> {
        await this.checkout.mesh("destroy", ...this.stacks);
        await this.checkout.mesh("clusters", "delete");
        this.checkout.remove();
    }

    /** Loses no request while it does something. */
    public async underLoad(what: string, work: () => Promise<void>): Promise<void> {
        const outputs = await this.checkout.mesh("outputs", this.stacks.length > 1 ? "west" : "mesh");
        const seen = await underLoad(targetOf(outputs.stdout), what, work);
        expect(seen.lost, seen.reasons.join("\n")).to.equal(0);
        expect(seen.requests).to.be.greaterThan(seen.seconds * 45);
    }

    public setRoots(roots: number[]): void {
        const line = `  istio-multicluster:roots: ${JSON.stringify(roots)}\n`;
        this.checkout.edit(this.file, (text) => `${text.replace(/ {2}istio-multicluster:roots: .*\n/, "")}${line}`);
    }

    public declared(setting = "roots"): string | undefined {
        return new RegExp(`${setting}: (.*)`).exec(this.checkout.read(this.file))?.[1];
    }

    public async applied(): Promise<readonly number[] | undefined> {
        const { stdout } = await this.mesh("status", ...this.stacks, "--output", "json");
        return statusSchema.parse(JSON.parse(stdout)).stacks[0]?.roots;
    }
}
