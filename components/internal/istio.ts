/** The settings of Istio as a whole: what is wrong with them, and what each chart makes of them. */
import type { IstioArgs } from "../istio";
import { ISTIO_MINORS } from "../versions";
import {
    eastWestDefaults,
    eastWestIdentity,
    eastWestServiceProblems,
    GATEWAY_DEFAULTS,
    gatewaySettings,
} from "./values/gateway";
import {
    type ControlPlaneIdentity,
    externalIdentity,
    type ExternalIdentity,
    globalImages,
    isConfigCluster,
    ISTIOD_DEFAULTS,
    istiodIdentity,
    istiodSettings,
    REMOTE_PROFILE,
    type RemoteIdentity,
    remoteIdentity,
} from "./values/istiod";
import type { ValueProblem } from "./values/problem";
import { chartProblems, type ChartSettings } from "./values/release";

/** Chart `base`: Istio's CRDs, and the account by which peers read. */
export function baseChart({ base, pullSecrets }: IstioArgs): ChartSettings {
    const images = pullSecrets === undefined ? {} : globalImages({ pullSecrets });
    return { chart: "base", settings: images, values: base?.values, at: "base.values" };
}

/** Chart `cni`: the agent that redirects the traffic of pods. */
export function cniChart(istio: IstioArgs): ChartSettings {
    return { chart: "cni", settings: globalImages(istio), values: istio.cniAgent?.values, at: "cniAgent.values" };
}

export function istiodChart(identity: ControlPlaneIdentity, istio: IstioArgs): ChartSettings {
    return { ...istiodLayers(istio), defaults: ISTIOD_DEFAULTS, fixed: istiodIdentity(identity) };
}

/** Chart `istiod` outside of the mesh that it serves. */
export function externalIstiodChart(identity: ExternalIdentity, istio: IstioArgs): ChartSettings {
    return { ...istiodLayers(istio), defaults: ISTIOD_DEFAULTS, fixed: externalIdentity(identity) };
}

function istiodLayers(istio: IstioArgs): ChartSettings {
    return { chart: "istiod", settings: istiodSettings(istio), values: istio.istiod?.values, at: "istiod.values" };
}

/** Chart `base` where no istiod runs. */
export function remoteBaseChart(istio: IstioArgs): ChartSettings {
    return { ...baseChart(istio), fixed: [REMOTE_PROFILE] };
}

/** Chart `istiod` where none runs: the injector's webhook, the rights of who reads, and a Service that leads to the primary. */
export function remoteIstiodChart(identity: RemoteIdentity, istio: IstioArgs): ChartSettings {
    const { istiod: { values } = {}, ...others } = istio;
    return {
        ...istiodLayers({ ...others, ...(values && { istiod: { values } }) }),
        ...(isConfigCluster(identity) && { defaults: ISTIOD_DEFAULTS }),
        fixed: remoteIdentity(identity),
    };
}

/** @param shared Whether it leads to this cluster's istiod, too. */
export function eastWestChart(network: string, istio: IstioArgs, shared = false): ChartSettings {
    const gateway = istio.eastWestGateway ?? {};
    return {
        chart: "gateway",
        defaults: eastWestDefaults(shared),
        settings: gatewaySettings(gateway, istio),
        values: gateway.values,
        at: "eastWestGateway.values",
        fixed: eastWestIdentity(network),
        problems: (user, at) => eastWestServiceProblems(user, at, shared),
    };
}

export function ingressChart(istio: IstioArgs): ChartSettings {
    const gateway = istio.ingressGateway ?? {};
    const settings = gatewaySettings(gateway, istio);
    return {
        chart: "gateway",
        defaults: GATEWAY_DEFAULTS,
        settings,
        values: gateway.values,
        at: "ingressGateway.values",
    };
}

/** RFC-like name of a registry and a path in it, without tag and digest (https://github.com/distribution/reference). */
const HUB = /^[a-z0-9]+([.-][a-z0-9]+)*(:\d+)?(\/[a-z0-9]+(([._]|__|-+)[a-z0-9]+)*)*$/i;
const TAG = /^\w[\w.-]{0,127}$/;
const VERSION = /^(\d+)\.(\d+)\.\d+(-[0-9A-Za-z.-]+)?$/;

/** What is wrong with settings that concern no single chart's values. */
export function istioProblems(istio: IstioArgs): ValueProblem[] {
    const { version, hub, tag, variant, cni, cniAgent } = istio;
    const problems: ValueProblem[] = [];
    const add = (path: string, value: unknown, rule: string, fix: string): void => {
        problems.push({ path, value: JSON.stringify(value), rule, fix });
    };
    const minor = version === undefined ? undefined : minorOf(version);
    if (version !== undefined && minor === undefined) {
        add("version", version, "must be a release of Istio", "Write it like 1.31.1.");
    } else if (minor !== undefined && (minor < ISTIO_MINORS.oldest || minor > ISTIO_MINORS.newest)) {
        const { oldest, newest } = ISTIO_MINORS;
        add(
            "version",
            version,
            `this library supports Istio 1.${oldest} to 1.${newest}`,
            "Choose one of these, or another version of this library.",
        );
    }
    if (hub !== undefined && !HUB.test(hub)) {
        add(
            "hub",
            hub,
            "must be a registry with a path, without scheme, tag and digest",
            "Write it like registry.example.org/istio.",
        );
    }
    if (tag !== undefined && !TAG.test(tag)) add("tag", tag, "must be the tag of an image", "Write it like 1.31.1.");
    if (variant !== undefined && !["debug", "distroless"].includes(variant)) {
        add("variant", variant, "Istio's images are `debug` or `distroless`", "Choose one of the two.");
    }
    const { deployedBy = "chart" } = istio.eastWestGateway ?? {};
    if (!["chart", "gatewayApi", "both"].includes(deployedBy)) {
        const rule = "an east-west gateway is made by `chart`, `gatewayApi` or `both`";
        add("eastWestGateway.deployedBy", deployedBy, rule, "Choose one of them.");
    }
    if (cniAgent !== undefined && cni !== true) {
        add("cniAgent", cniAgent, "the agent is only installed with `cni: true`", "Set `cni`, or remove this.");
    }
    for (const part of ["istiod", "eastWestGateway", "ingressGateway"] as const) {
        const { replicas, autoscaling, disruptionBudget: budget } = istio[part] ?? {};
        if (replicas !== undefined && autoscaling !== undefined) {
            add(
                `${part}.replicas`,
                replicas,
                "is either fixed or scaled: `autoscaling` is set as well",
                "Remove one of them.",
            );
        }
        // The chart of istiod takes 0 for none given.
        const least = part === "istiod" ? 1 : 0;
        if (replicas !== undefined && (!Number.isInteger(replicas) || replicas < least)) {
            add(`${part}.replicas`, replicas, `must be a whole number, at least ${least}`, "Correct it.");
        }
        if (autoscaling !== undefined && !(autoscaling.min >= 1 && autoscaling.max >= autoscaling.min)) {
            add(`${part}.autoscaling`, autoscaling, "must go from at least 1 to no fewer", "Correct `min` or `max`.");
        }
        if (budget !== undefined && (budget.minAvailable === undefined) === (budget.maxUnavailable === undefined)) {
            add(
                `${part}.disruptionBudget`,
                budget,
                "has one of `minAvailable` and `maxUnavailable`",
                "Set exactly one.",
            );
        }
    }
    return problems;
}

/** Minor release of a version of Istio 1; undefined for what is none. */
export function minorOf(version: string): number | undefined {
    const [, major, minor] = VERSION.exec(version) ?? [];
    return major === "1" ? Number(minor) : undefined;
}

/** Everything that is wrong with the settings of a cluster without an istiod, as far as they are known. */
export function remoteProblems(istio: IstioArgs, identity: RemoteIdentity): ValueProblem[] {
    const charts = [remoteBaseChart(istio), cniChart(istio), remoteIstiodChart(identity, istio)];
    return [...istioProblems(istio), ...charts.flatMap(chartProblems)];
}

/** Everything that is wrong with the settings of an istiod outside of its mesh, as far as they are known. */
export function externalProblems(istio: IstioArgs, identity: ExternalIdentity): ValueProblem[] {
    return [...istioProblems(istio), ...chartProblems(externalIstiodChart(identity, istio))];
}

/** Everything that is wrong with the settings of one cluster, as far as they are known. */
export function clusterProblems(istio: IstioArgs, identity: ControlPlaneIdentity): ValueProblem[] {
    const charts = [baseChart(istio), cniChart(istio), istiodChart(identity, istio)];
    return [
        ...istioProblems(istio),
        ...charts.flatMap(chartProblems),
        ...gatewayProblems(identity.network, istio, identity),
    ];
}

/** What is wrong with the values of a cluster's gateways, as far as they are known. */
export function gatewayProblems(network: string, istio: IstioArgs, leads: Leads = {}): ValueProblem[] {
    return [...eastWestProblems(network, istio, leads), ...chartProblems(ingressChart(istio))];
}

/** What an east-west gateway leads to: to a shared istiod, too; to some services only. */
type Leads = Pick<ControlPlaneIdentity, "shared" | "sharing">;

/** The same of the east-west gateway alone. */
export function eastWestProblems(
    network: string,
    istio: IstioArgs,
    { shared = false, sharing }: Leads = {},
): ValueProblem[] {
    const { deployedBy = "chart", service = {}, ...others } = istio.eastWestGateway ?? {};
    const opensAll: ValueProblem[] =
        sharing === undefined || deployedBy === "chart"
            ? []
            : [
                  {
                      path: "eastWestGateway.deployedBy",
                      value: JSON.stringify(deployedBy),
                      rule: "opens a network to all services, and the mesh lists those that it shares",
                      fix: "Remove it here, or `services` of the mesh.",
                  },
              ];
    if (deployedBy !== "gatewayApi") return [...opensAll, ...chartProblems(eastWestChart(network, istio, shared))];
    const ofService = Object.keys(service).filter((key) => key !== "annotations");
    const unused = [...Object.keys(others), ...ofService.map((key) => `service.${key}`)];
    return [
        ...opensAll,
        ...unused.map((key) => ({
            path: `eastWestGateway.${key}`,
            rule: "is a value of the chart, and istiod makes this gateway",
            fix: "Remove one of the two.",
        })),
        ...(shared
            ? [
                  {
                      path: "eastWestGateway.deployedBy",
                      value: '"gatewayApi"',
                      rule: "leads to other networks only, and clusters without an istiod reach this one's through its gateway",
                      fix: "Remove it here.",
                  },
              ]
            : []),
    ];
}
