/** `mesh toolchain`: what local clusters need, and Pulumi itself, built from sources. */
import { delimiter, join } from "node:path";
import { ProblemsError } from "../../shared/problems";
import type { Session } from "../session";

/**
 * Builds what is missing. Of Pulumi it prints the variables with which a shell finds it and its plugins.
 * @throws ProblemsError for another part, with what the machine lacks, or with what a build said.
 */
export async function buildToolchain(session: Session, part: string | undefined): Promise<void> {
    if (part === undefined) {
        await session.toolchain();
        return;
    }
    if (part !== "pulumi") {
        const fix = "Name pulumi, or nothing for all that local clusters need.";
        throw new ProblemsError([{ subject: "toolchain", value: part, rule: "there is no such part", fix }]);
    }
    const [{ ensurePulumi }, { makePulumiHome }] = await Promise.all([
        import("../../embedded/toolchain/pulumi.js"),
        import("../../embedded/pulumi/home.js"),
    ]);
    const { terminal, home } = session;
    const programs = await ensurePulumi(terminal.progress);
    const bin = join(programs.root, "bin");
    terminal.result(`export PATH="${bin}${delimiter}$PATH"\n`);
    terminal.result(`export PULUMI_HOME="${await makePulumiHome(home, programs)}"\n`);
}
