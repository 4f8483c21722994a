import type { Operation } from "../../../../embedded/host/providers/provider";

/** An operation as the host gives it, for providers under test. */
export function operation(type: string, changes: Partial<Operation> = {}): Operation {
    return {
        urn: `urn:pulumi:test::test::${type}::it`,
        type,
        name: "it",
        preview: false,
        interrupted: false,
        signal: new AbortController().signal,
        progress: () => undefined,
        workingDirectory: process.cwd(),
        ...changes,
    };
}
