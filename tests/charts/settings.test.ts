/** The effect of each setting of Istio on what the charts render: a misplaced value would render without a complaint. */
import { expect } from "chai";
import { parse } from "yaml";
import { z } from "zod";
import type { GatewayArgs, IstioArgs, WorkloadArgs } from "../../components/index";
import { ensureToolchain, type Toolchain } from "../../embedded/toolchain";
import { rendered } from "../support/rendered";
import { baseValues, cniValues, eastWestValues, ingressValues, istiodValues } from "../support/values";

const IDENTITY = { meshId: "m", clusterName: "west-cluster", network: "west-network", trustDomain: "cluster.local" };
const EAST_WEST = "istio-eastwestgateway";
const POD = "spec.template.spec";
const CONTAINER = `${POD}.containers[0]`;

/** A setting, and where its effect is: kind, name, path and value. */
type Effect = readonly [setting: string, istio: IstioArgs, kind: string, name: string, path: string, value: unknown];

const settings: WorkloadArgs = {
    resources: { requests: { cpu: "123m" }, limits: { memory: "3Gi" } },
    nodeSelector: { pool: "mesh" },
    tolerations: [{ key: "mesh", operator: "Exists", effect: "NoSchedule" }],
    podAnnotations: { owner: "platform" },
};

function workload(part: "istiod" | "eastWestGateway", name: string): Effect[] {
    const deployment = (setting: keyof WorkloadArgs, args: WorkloadArgs, path: string, value: unknown): Effect => [
        `${part}.${setting}`,
        { [part]: args },
        "Deployment",
        name,
        path,
        value,
    ];
    const scaled: IstioArgs = { [part]: { autoscaling: { min: 2, max: 7 } } };
    const pdb = (budget: WorkloadArgs["disruptionBudget"], path: string): Effect => [
        `${part}.disruptionBudget`,
        { [part]: { replicas: 3, ...(budget && { disruptionBudget: budget }) } },
        "PodDisruptionBudget",
        name,
        path,
        2,
    ];
    return [
        deployment("replicas", { replicas: 3 }, "spec.replicas", 3),
        [`${part}.autoscaling`, scaled, "HorizontalPodAutoscaler", name, "spec.minReplicas", 2],
        [`${part}.autoscaling`, scaled, "HorizontalPodAutoscaler", name, "spec.maxReplicas", 7],
        pdb({ minAvailable: 2 }, "spec.minAvailable"),
        pdb({ maxUnavailable: 2 }, "spec.maxUnavailable"),
        deployment("resources", settings, `${CONTAINER}.resources.requests.cpu`, "123m"),
        deployment("resources", settings, `${CONTAINER}.resources.limits.memory`, "3Gi"),
        deployment("nodeSelector", settings, `${POD}.nodeSelector.pool`, "mesh"),
        deployment("tolerations", settings, `${POD}.tolerations`, settings.tolerations?.[0]),
        deployment("podAnnotations", settings, "spec.template.metadata.annotations.owner", "platform"),
    ];
}

function service(setting: string, args: GatewayArgs["service"], path: string, value: unknown): Effect {
    return [
        `service.${setting}`,
        { eastWestGateway: { ...(args && { service: args }) } },
        "Service",
        EAST_WEST,
        path,
        value,
    ];
}

const images: IstioArgs = {
    hub: "registry.example.org/istio",
    tag: "1.2.3",
    variant: "distroless",
    pullSecrets: ["registry"],
};
const ISTIOD: readonly Effect[] = [
    [
        "hub, tag and variant",
        images,
        "Deployment",
        "istiod",
        `${CONTAINER}.image`,
        "registry.example.org/istio/pilot:1.2.3-distroless",
    ],
    ["pullSecrets", images, "ServiceAccount", "istiod", "imagePullSecrets[0].name", "registry"],
    [
        "istiod.values",
        { istiod: { values: { traceSampling: 5 } } },
        "Deployment",
        "istiod",
        `${CONTAINER}.env`,
        { name: "PILOT_TRACE_SAMPLING", value: "5" },
    ],
    ...workload("istiod", "istiod"),
];
const GATEWAY: readonly Effect[] = [
    ["pullSecrets", images, "Deployment", EAST_WEST, `${POD}.imagePullSecrets[0].name`, "registry"],
    service("type", { type: "NodePort" }, "spec.type", "NodePort"),
    service("annotations", { annotations: { lb: "internal" } }, "metadata.annotations.lb", "internal"),
    service("loadBalancerClass", { loadBalancerClass: "nlb" }, "spec.loadBalancerClass", "nlb"),
    service(
        "loadBalancerSourceRanges",
        { loadBalancerSourceRanges: ["10.0.0.0/8"] },
        "spec.loadBalancerSourceRanges[0]",
        "10.0.0.0/8",
    ),
    service("externalTrafficPolicy", { externalTrafficPolicy: "Local" }, "spec.externalTrafficPolicy", "Local"),
    [
        "eastWestGateway.values",
        { eastWestGateway: { values: { env: { X: "y" } } } },
        "Deployment",
        EAST_WEST,
        `${CONTAINER}.env`,
        { name: "X", value: "y" },
    ],
    ...workload("eastWestGateway", EAST_WEST),
];

describe("charts with settings of Istio", function () {
    this.timeout("25m");
    let toolchain: Toolchain;
    before(async () => {
        toolchain = await ensureToolchain((line) => {
            console.error(line);
        });
    });

    const check = (
        chart: string,
        release: string,
        valuesOf: (istio: IstioArgs) => object,
        effects: readonly Effect[],
    ) => {
        for (const [setting, istio, kind, name, path, value] of effects) {
            it(`${chart}: ${setting} is ${path} of ${kind} ${name}`, () => {
                const object = rendered(toolchain, release, chart, valuesOf(istio))(kind, name);
                if (typeof value === "object") expect(object).to.have.nested.property(path).that.deep.includes(value);
                else expect(object).to.have.nested.property(path, value);
            });
        }
    };
    check("istiod", "istiod", (istio) => istiodValues(IDENTITY, istio), ISTIOD);
    check("gateway", EAST_WEST, (istio) => eastWestValues("west-network", istio), GATEWAY);
    check("gateway", "istio-ingressgateway", (istio) => ingressValues(istio), [
        [
            "ingressGateway.service",
            { ingressGateway: { service: { annotations: { lb: "public" } } } },
            "Service",
            "istio-ingressgateway",
            "metadata.annotations.lb",
            "public",
        ],
    ]);
    check("base", "istio-base", (istio) => baseValues(istio), [
        [
            "pullSecrets",
            images,
            "ServiceAccount",
            "istio-reader-service-account",
            "imagePullSecrets[0].name",
            "registry",
        ],
        [
            "base.values",
            { base: { values: { defaultRevision: "" } } },
            "ServiceAccount",
            "istio-reader-service-account",
            "metadata.name",
            "istio-reader-service-account",
        ],
    ]);
    check("cni", "istio-cni", (istio) => cniValues(istio), [
        [
            "hub, tag and variant",
            { ...images, cni: true },
            "DaemonSet",
            "istio-cni-node",
            `${CONTAINER}.image`,
            "registry.example.org/istio/install-cni:1.2.3-distroless",
        ],
        [
            "cniAgent.values",
            { cni: true, cniAgent: { values: { cniBinDir: "/var/lib/cni/bin" } } },
            "DaemonSet",
            "istio-cni-node",
            `${POD}.volumes[0].hostPath.path`,
            "/var/lib/cni/bin",
        ],
    ]);

    it("istiod: accessLogFile is one of the mesh, and the CNI agent takes the init container's place", () => {
        const find = rendered(
            toolchain,
            "istiod",
            "istiod",
            istiodValues(IDENTITY, { accessLogFile: "/dev/stdout", cni: true }),
        );
        const data = (name: string) =>
            z.object({ data: z.record(z.string(), z.string()) }).parse(find("ConfigMap", name)).data;
        expect(parse(data("istio")["mesh"] ?? "")).to.deep.include({ accessLogFile: "/dev/stdout" });
        expect(JSON.parse(data("istio-sidecar-injector")["values"] ?? "")).to.have.nested.property(
            "pilot.cni.enabled",
            true,
        );
    });
});
