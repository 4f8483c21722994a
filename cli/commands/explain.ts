import { EXIT, type ExitCode } from "../../shared/exit";
import { explain as follow, readAsked } from "../../verify/explain";
import { outcomeOf, walkJson, walkTable } from "../../verify/explain/report";
import { observeInTime } from "../../verify/runner";
import type { Session } from "../session";
import { meshOf, type Target } from "../target";

export interface ExplainOptions {
    /** `webapp.istioinaction@west` */
    readonly client: string;
    /** `catalog.istioinaction`, or of one cluster `catalog.istioinaction@east`. */
    readonly service: string;
    readonly port?: number;
    readonly hostHeader?: string;
    readonly path?: string;
    readonly method?: string;
    readonly output: "table" | "json";
}

/** Follows one request hop by hop. @returns 0, 1 where it ends, 2 where that could not be seen. */
export async function explain(session: Session, target: Target, options: ExplainOptions): Promise<ExitCode> {
    const { client, service, output, port, hostHeader: host, path, method } = options;
    const mesh = await meshOf(session, target);
    const names = mesh.clusters.map(({ name }) => name);
    const asked = {
        ...readAsked(client, service, names),
        ...(port === undefined ? {} : { port }),
        ...(host === undefined ? {} : { host }),
        ...(path === undefined ? {} : { path }),
        ...(method === undefined ? {} : { method }),
    };
    const hops = await follow(await observeInTime(mesh), asked);
    session.terminal.result(output === "json" ? walkJson(hops) : walkTable(hops, session.terminal.columns));
    return { passes: EXIT.ok, ends: EXIT.failed, unseen: EXIT.mistake }[outcomeOf(hops)];
}
