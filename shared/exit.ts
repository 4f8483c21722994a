/** How a command ends. */

/** Exit codes, the same for every command. */
export const EXIT = {
    ok: 0,
    /** A step failed, a run was interrupted, or the mesh is broken. */
    failed: 1,
    /** A user's mistake, a lack of the machine, or a mesh that could not be checked. Nothing was changed. */
    mistake: 2,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** A failure that has been said already, or that needs no more than its message: no stack trace. */
export class CommandError extends Error {
    public override readonly name = "CommandError";

    public constructor(
        message: string,
        public readonly code: ExitCode,
    ) {
        super(message);
    }
}
