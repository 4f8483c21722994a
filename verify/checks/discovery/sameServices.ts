import type { V1Service } from "@kubernetes/client-node";
import { defineCheck, type Part } from "../../check";
import { inEachCluster } from "../../observe";
import { discoveredServices } from "../../observe/meshConfig";
import { dottedName } from "../../observe/objects";

export interface ServiceShape {
    /** `name.namespace` */
    readonly service: string;
    readonly cluster: string;
    /** What must be alike: headless or not, and ports as `name:number/protocol`. */
    readonly shape: string;
}

/** https://istio.io/latest/docs/reference/config/analysis/ist0170/ */
export const sameServices = defineCheck<readonly ServiceShape[]>({
    id: "same-services",
    group: "discovery",
    proves: "A Service of several clusters has the same ports in all of them, since istiod treats it as one",
    skip: ({ clusters }) => (clusters.length < 2 ? "one cluster has no peers" : undefined),
    observe: async (view) => {
        const found = await inEachCluster(view, async (kubernetes) => ({
            services: (await discoveredServices(kubernetes)).map(shapeOf),
        }));
        return found.flatMap(({ cluster, services }) => services.map((service) => ({ cluster, ...service })));
    },
    judge: (shapes) => {
        const names = [...new Set(shapes.map(({ service }) => service))];
        const shared = names
            .map((name) => [name, shapes.filter(({ service }) => service === name)] as const)
            .filter(([, found]) => found.length > 1);
        const faults = shared.flatMap(([service, found]): Part[] => {
            if (new Set(found.map(({ shape }) => shape)).size === 1) return [];
            return [
                {
                    seen: `${service}: ${found.map(({ cluster, shape }) => `${cluster} ${shape}`).join("; ")}`,
                    cause: `Service ${service} is not the same in all clusters: requests may fail, depending on which cluster's definition applies.`,
                    fix: `Give it the same ports, names and protocols everywhere.`,
                },
            ];
        });
        return faults.length > 0
            ? faults
            : [{ seen: `${shared.length} Services of more than one cluster, all the same` }];
    },
});

function shapeOf(service: V1Service): Pick<ServiceShape, "service" | "shape"> {
    const { spec } = service;
    const ports = (spec?.ports ?? []).map(
        ({ name = "", port, protocol = "TCP", appProtocol }) => `${name}:${port}/${appProtocol ?? protocol}`,
    );
    const kind = spec?.clusterIP === "None" ? "headless " : "";
    return {
        service: dottedName(service),
        shape: `${kind}${ports.sort().join(" ")}`,
    };
}
