/** What the commands share: whose files, whose clusters, where to write. */
import path from "node:path";
import type { LocalClusters } from "../embedded/localClusters";
import type { EmbeddedPlace } from "../hosts/embedded";
import { resultsTo, type Terminal } from "./terminal";

export interface Session extends EmbeddedPlace {
    readonly terminal: Terminal;
    /** The local clusters of this home. */
    readonly clusters: () => Promise<LocalClusters>;
}

/**
 * @param environment `ISTIO_MULTICLUSTER_HOME` moves the home, so that two meshes of one checkout, such as a test run
 *     beside `npm start`, do not meet. Default `<checkout>/.mesh`.
 */
export function openSession(terminal: Terminal, environment: Readonly<Record<string, string | undefined>>): Session {
    const folder = path.dirname(__dirname);
    const home = path.resolve(environment["ISTIO_MULTICLUSTER_HOME"] ?? path.join(folder, ".mesh"));
    const toolchain = once(async () => {
        const { ensureToolchain } = await import("../embedded/toolchain/index.js");
        return ensureToolchain(terminal.progress);
    });
    const clusters = once(async () => {
        const { localClusters } = await import("../embedded/localClusters/index.js");
        return localClusters(home, toolchain);
    });
    return { folder, home, terminal, toolchain, clusters };
}

/** The session, with results in the file that a command was given. */
export function printingTo(
    session: Session,
    { file, secret = false }: { readonly file?: string; readonly secret?: boolean },
): Session {
    return { ...session, terminal: resultsTo(session.terminal, file, { secret }) };
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
    let made: Promise<T> | undefined;
    return () => (made ??= make());
}
