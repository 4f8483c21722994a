import { defineCheck } from "../../check";
import { clusterNamed } from "../../observe";
import { selectorOf } from "../../observe/objects";

export interface LocalPods {
    readonly cluster: string;
    readonly service: string;
    /** Selector of the Service, as kubectl takes it; undefined when the Service has none. */
    readonly selector: string | undefined;
    readonly pods: readonly string[];
}

export const noLocalPods = defineCheck<LocalPods>({
    id: "no-local-pods",
    group: "data plane",
    proves: "The service has no pod in the client's cluster, so only another cluster can answer",
    skip: ({ request }) => {
        if (request === undefined) {
            return "no reference request is declared";
        }
        return request.answeredBy.includes(request.through)
            ? `${request.through} is meant to answer itself`
            : undefined;
    },
    observe: async (view) => {
        const { request } = view.mesh;
        if (request === undefined) {
            throw new Error("no reference request is declared");
        }
        const { kubernetes } = clusterNamed(view, request.through);
        const { namespace, name } = request.service;
        const selector = selectorOf(await kubernetes.service(namespace, name));
        const pods = selector === undefined ? [] : await kubernetes.runningPods(selector, namespace);
        return {
            cluster: request.through,
            service: `${name}.${namespace}`,
            selector,
            pods: pods.map(({ metadata }) => metadata?.name ?? ""),
        };
    },
    judge: ({ cluster, service, selector, pods }) => [
        pods.length === 0
            ? { seen: `${cluster}: Service ${service} selects ${selector ?? "nothing"}: 0 pods` }
            : {
                  seen: `${cluster}: Service ${service} selects ${selector ?? "nothing"}: ${pods.join(", ")}`,
                  cause: `${service} runs in ${cluster} too, so answers may be local and prove nothing.`,
                  fix: `Remove those pods from ${cluster}, or prove the mesh with a service that it does not run.`,
              },
    ],
});
