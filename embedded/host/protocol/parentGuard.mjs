/**
 * Loaded before a program. A host that was killed cannot end its program, which would then keep a processor busy for ever. So the
 * program ends itself when the pipe closes that its host holds open.
 */
import { Socket } from "node:net";

/** File descriptor of the pipe: the one after those of the standard streams. */
const PIPE = 3;

new Socket({ fd: PIPE })
    .on("close", () => {
        process.exit(1);
    })
    .resume()
    .unref();
