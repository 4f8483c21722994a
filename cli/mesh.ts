/** The `mesh` command. Each command loads what it needs when it runs, so that none waits for another's libraries. */
import { meshProgram } from "./commandLine";
import { runAsProcess } from "./main";
import { openSession } from "./session";

runAsProcess((terminal) => meshProgram(openSession(terminal, process.env)));
