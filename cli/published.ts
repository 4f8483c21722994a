/** The `mesh` command as it is published by itself, in cli/package: it looks at meshes, whoever made them, and makes none. */
import { CommandError, EXIT, type ExitCode } from "../shared/exit";
import { runAsProcess } from "./main";
import { addMeshCommands, newProgram } from "./meshCommands";

runAsProcess((terminal) => {
    const unavailable = (): Promise<never> =>
        Promise.reject(new CommandError("this command has no clusters of its own", EXIT.mistake));
    const folder = process.cwd();
    const session = { folder, home: folder, terminal, toolchain: unavailable, clusters: unavailable };
    let code: ExitCode = EXIT.ok;
    const program = newProgram(session, "Proves, draws and reports Istio meshes over several Kubernetes clusters.");
    addMeshCommands(program, session, { stacks: false }, (ended) => (code = ended));
    return {
        async run(args) {
            await program.parseAsync(args, { from: "user" });
            return code;
        },
    };
});
