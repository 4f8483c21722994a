import type { WorkloadArgs } from "../../istio";
import type { Values } from "./layers";

/** Where pods run, and with how much: the charts agree on these names. */
export function scheduling({ resources, nodeSelector, tolerations, podAnnotations }: WorkloadArgs): Values {
    return {
        ...(resources === undefined ? {} : { resources }),
        ...(nodeSelector === undefined ? {} : { nodeSelector }),
        ...(tolerations === undefined ? {} : { tolerations }),
        ...(podAnnotations === undefined ? {} : { podAnnotations }),
    };
}
