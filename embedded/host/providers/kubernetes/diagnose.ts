/** What a cluster says about an object that does not get ready. */
import type { Json, Properties } from "../provider";
import { arrayAt, numberAt, objectAt, textAt } from "../../../apiServer/json";
import type { KubernetesApi } from "../../../apiServer/api";
import { identityOf } from "./objects";

/** Why an object does not get ready: what its pods and the events of its namespace say. Never fails itself. */
export async function diagnose(api: KubernetesApi, object: Properties): Promise<string[]> {
    const { kind, namespace, name } = identityOf(object);
    if (namespace === undefined) return [];
    const root = `/api/v1/namespaces/${namespace}`;
    const selector =
        kind === "Service" ? objectAt(object, "spec", "selector") : objectAt(object, "spec", "selector", "matchLabels");
    const labels = Object.entries(selector).map(([label, value]) => `${label}=${textAt(value) ?? ""}`);
    try {
        const pods =
            labels.length === 0
                ? null
                : await api.request("GET", `${root}/pods`, { query: { labelSelector: labels.join(",") } });
        const waiting = arrayAt(pods, "items").flatMap(troubles);
        const events = await api.request("GET", `${root}/events`, { query: { fieldSelector: "type=Warning" } });
        const warnings = arrayAt(events, "items")
            .filter((event) => concerns(textAt(event, "involvedObject", "name") ?? "", name))
            .map(
                (event) =>
                    `${textAt(event, "involvedObject", "kind") ?? ""} ${textAt(event, "involvedObject", "name") ?? ""}: ${textAt(event, "message") ?? ""}`,
            );
        return [...new Set([...waiting, ...warnings])].slice(0, 8);
    } catch {
        return [];
    }
}

function concerns(involved: string, name: string): boolean {
    return involved === name || involved.startsWith(`${name}-`);
}

function troubles(pod: Json): string[] {
    const name = textAt(pod, "metadata", "name") ?? "";
    const unscheduled = arrayAt(pod, "status", "conditions").filter(
        (entry) => textAt(entry, "type") === "PodScheduled" && textAt(entry, "status") === "False",
    );
    const containers = [
        ...arrayAt(pod, "status", "initContainerStatuses"),
        ...arrayAt(pod, "status", "containerStatuses"),
    ];
    return [
        ...unscheduled.map((entry) => `not scheduled: ${textAt(entry, "message") ?? ""}`),
        ...containers.flatMap(stateOf),
    ].map((text) => `pod ${name}: ${text}`);
}

/** Why a container does not run; nothing of one that does, or did its work. */
function stateOf(container: Json): string[] {
    const name = textAt(container, "name") ?? "";
    const { waiting = null, terminated = null } = objectAt(container, "state");
    const said = (state: Json) =>
        [textAt(state, "reason"), textAt(state, "message")?.trim()].filter(Boolean).join(": ");
    if (textAt(waiting, "reason") !== undefined) return [`container ${name} waits: ${said(waiting)}`];
    const exitCode = numberAt(terminated, "exitCode") ?? 0;
    return exitCode === 0 ? [] : [`container ${name} ended with exit code ${exitCode}: ${said(terminated)}`];
}
