import { CommandError, EXIT, type ExitCode } from "../../shared/exit";
import { listenForInterrupt } from "../../shared/interrupt";
import { type Problem, ProblemsError } from "../../shared/problems";
import type { Mesh } from "../../verify";
import { drill as run } from "../../verify/drill";
import { beyond, drillJson, drillTable } from "../../verify/drill/report";
import type { Session } from "../session";
import { meshOf, type Target } from "../target";

export interface DrillOptions {
    /** `catalog.istioinaction` */
    readonly service: string;
    readonly from: string;
    readonly gateway?: string;
    /** Default the reference request, where that needs the service. */
    readonly url?: string;
    readonly hostHeader?: string;
    readonly rate: number;
    /** What the drill may cost. */
    readonly seconds: number;
    readonly lost: number;
    readonly output: "table" | "json";
}

/** Takes a service's replicas, or a gateway's, away for a while. @returns 0, or 1 where that cost more than it may. */
export async function drill(session: Session, target: Target, options: DrillOptions): Promise<ExitCode> {
    const { terminal } = session;
    const mesh = await meshOf(session, target);
    const asked = readOptions(mesh, options);
    const interrupt = listenForInterrupt(() => undefined);
    try {
        const drilled = await run(mesh, asked, terminal.progress, interrupt.stop);
        terminal.result(options.output === "json" ? drillJson(drilled, options) : drillTable(drilled, options));
        return beyond(drilled, options).length === 0 ? EXIT.ok : EXIT.failed;
    } catch (error) {
        if (!interrupt.stop.aborted || error instanceof CommandError) throw error;
        throw new CommandError("the drill was interrupted; what it had taken is put back", EXIT.failed);
    } finally {
        interrupt.dispose();
    }
}

/** @throws ProblemsError */
function readOptions(mesh: Mesh, options: DrillOptions) {
    const { from, gateway, rate, seconds } = options;
    const names = mesh.clusters.map(({ name }) => name);
    const problems: Problem[] = [];
    const [, name = "", namespace = ""] = /^([^.]+)\.([^.]+)$/.exec(options.service) ?? [];
    if (name === "") {
        const fix = "Write it like catalog.istioinaction.";
        problems.push({ subject: "service", value: options.service, rule: "is name.namespace", fix });
    }
    for (const [subject, value] of Object.entries({ "--from": from, "--gateway": gateway })) {
        if (value === undefined || names.includes(value)) continue;
        problems.push({ subject, value, rule: "the mesh has no such cluster", fix: `It has ${names.join(", ")}.` });
    }
    const request = referenceFor(mesh, name, namespace, from);
    const { url = request?.url } = options;
    const parsed = url !== undefined && URL.canParse(url) ? new URL(url) : undefined;
    if (parsed === undefined) {
        const rule = url === undefined ? `no request through ${from} that needs the service is known` : "is no URL";
        const fix = "Name one, e.g. http://203.0.113.7/orders, and with --host-header the host that it is for.";
        problems.push({ subject: "--url", ...(url !== undefined && { value: url }), rule, fix });
    }
    for (const [subject, value] of Object.entries({ "--rate": rate, "--seconds": seconds })) {
        if (value > 0) continue;
        problems.push({ subject, value: String(value), rule: "must be a number above 0", fix: "Correct it." });
    }
    if (problems.length > 0 || parsed === undefined) throw new ProblemsError(problems);
    const host = options.hostHeader ?? (options.url === undefined ? request?.host : undefined) ?? parsed.host;
    return {
        service: { name, namespace },
        from,
        ...(gateway !== undefined && { gateway }),
        ...{ url: parsed.href, host, rate, seconds },
    };
}

function referenceFor({ request }: Mesh, name: string, namespace: string, from: string) {
    const isOfService = request?.service.name === name && request.service.namespace === namespace;
    return isOfService && request.through === from ? request : undefined;
}
