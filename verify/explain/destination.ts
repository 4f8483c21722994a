/** The hops in a cluster that is to answer: its east-west gateway, the policies there, the pod and its port. */
import type { V1Pod } from "@kubernetes/client-node";
import type { ObservedCluster } from "../observe";
import { controlPlaneOf } from "../observe/controlPlane";
import { gatewayPods, targetOf } from "../observe/eastWest";
import { serverNames, upstreamsOf, workloadCertificates } from "../observe/envoy";
import { domainOf } from "../observe/envoyAnswers";
import { hasReadyProxy, PROXY_CONTAINER } from "../observe/istio";
import { isReady } from "../observe/objects";
import type { Asked } from "./asked";
import { type Caller, judgeAccess } from "./authorization";
import { behind } from "./discovery";
import { ends, type Hop, named, passes, unseen } from "./hop";
import { selects } from "../observe/objects";
import { authorizationPolicies } from "../observe/istioResources";

/** @param client The client's pod. @param port Of the Service. */
export async function walkDestination(
    target: ObservedCluster,
    asked: Asked,
    client: {
        readonly pod: V1Pod;
        /** Whether no gateway is between. */
        readonly isNear: boolean;
        readonly port: number;
        readonly subset: string | undefined;
    },
): Promise<Hop[]> {
    const { kubernetes } = target;
    const hops = client.isNear ? [] : await gatewayHops(target, asked, client);
    if (hops.some(({ state }) => state === "ends")) return hops;

    const { service, pods } = await behind(target, asked);
    const pod = pods.find((each) => isReady(each) && hasReadyProxy(each)) ?? pods[0];
    if (pod === undefined) return hops;
    const domain = await workloadCertificates(kubernetes);
    const principal = `${(domain && domainOf(domain)) ?? "cluster.local"}/ns/${asked.client.namespace}/sa/${client.pod.spec?.serviceAccountName ?? "default"}`;
    const inside = (service && targetOf(service, client.port, pod)) ?? client.port;
    const caller: Caller = {
        ...{ principal, namespace: asked.client.namespace, port: inside },
        ...{ host: asked.host, method: asked.method, path: asked.path },
    };
    hops.push(await policyHop(target, pod, caller));
    if (hops.some(({ state }) => state === "ends")) return hops;
    hops.push(await portHop(target, pod, inside, asked));
    return hops;
}

async function gatewayHops(
    { declared, kubernetes }: ObservedCluster,
    { service }: Asked,
    { port, subset }: { readonly port: number; readonly subset: string | undefined },
): Promise<Hop[]> {
    const cluster = declared.name;
    const gateways = await gatewayPods(kubernetes, declared.network);
    const [first] = gateways;
    if (first === undefined) {
        return [
            ends("east-west gateway", cluster, "no gateway pod is ready", {
                cause: `No east-west gateway of ${cluster} is ready, so nothing of other networks comes in.`,
                fix: "See the check gateway-ready: `mesh verify`.",
            }),
        ];
    }
    const wanted = `outbound_.${port}_.${subset ?? ""}_.${service.name}.${service.namespace}.svc.`;
    const taken = (await serverNames(kubernetes, first.pod, first.port)) ?? [];
    const name = first.pod.metadata?.name ?? "";
    if (taken.length === 0) {
        return [
            ends("east-west gateway", cluster, `${name} does not listen on port ${first.port}`, {
                cause: `The gateway of ${cluster} passes nothing on: no Gateway opens port ${first.port} of it with AUTO_PASSTHROUGH.`,
                fix: "Make Gateway cross-network-gateway there (TLS, AUTO_PASSTHROUGH, hosts *.local); if it exists, see gateway-routes.",
            }),
        ];
    }
    return taken.some((each) => each.startsWith(wanted))
        ? [
              passes(
                  "east-west gateway",
                  cluster,
                  `${name} takes connections for ${service.name}.${service.namespace}:${port} on port ${first.port}`,
              ),
          ]
        : [
              ends(
                  "east-west gateway",
                  cluster,
                  `${name} takes ${taken.length} names, and none for ${service.name}.${service.namespace}:${port}`,
                  {
                      cause: `The gateway of ${cluster} has no way to port ${port} of ${service.name}.${service.namespace}${subset === undefined ? "" : `, subset ${subset}`}: it resets such connections.`,
                      fix: `The Service needs the same port in ${cluster}, and the hosts of the Gateway have to cover it${subset === undefined ? "" : `; a subset needs its DestinationRule in ${cluster}, too`}.`,
                      culprit: {
                          kind: "Service",
                          namespace: service.namespace,
                          name: service.name,
                          cluster,
                          field: "spec.ports",
                      },
                  },
              ),
          ];
}

async function policyHop({ declared, kubernetes }: ObservedCluster, pod: V1Pod, caller: Caller): Promise<Hop> {
    const at = "AuthorizationPolicy";
    const cluster = declared.name;
    const [policies, { namespace: root }] = await Promise.all([
        authorizationPolicies(kubernetes),
        controlPlaneOf(kubernetes),
    ]);
    const namespace = pod.metadata?.namespace ?? "";
    const applying = policies.filter(
        ({ metadata, spec }) =>
            [root, namespace].includes(metadata.namespace) &&
            spec.targetRefs === undefined &&
            selects(spec.selector?.matchLabels ?? {}, pod.metadata?.labels ?? {}),
    );
    const { allowed, by, field = "spec", reason } = judgeAccess(applying, caller);
    const seen = `${applying.length === 0 ? "none applies" : applying.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`).join(", ")}; the client is ${caller.principal ?? "unknown"}`;
    if (allowed === "maybe") return unseen(at, cluster, `${seen}: ${reason}`);
    if (allowed === "yes" || by === undefined) return passes(at, cluster, seen);
    const culprit = { kind: at, ...by.metadata, cluster, field };
    return ends(at, cluster, seen, {
        cause: `${named(culprit)} keeps the client out: ${reason}.`,
        fix:
            by.spec.action === "DENY"
                ? "Narrow the rule, so that it does not match this client."
                : `Add a rule to it, with \`from.source.principals: ["${caller.principal ?? ""}"]\`.`,
        culprit,
    });
}

async function portHop(
    { declared, kubernetes }: ObservedCluster,
    pod: V1Pod,
    port: number,
    asked: Asked,
): Promise<Hop> {
    const at = "port";
    const cluster = declared.name;
    const name = pod.metadata?.name ?? "";
    const namespace = pod.metadata?.namespace ?? "";
    // Only whether somebody listens counts: what is answered is the app's own.
    const failure = await kubernetes.askPod({ namespace, pod: name, port }, { path: "/" }).then(
        () => "",
        (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
    if (/forbidden|cannot create resource/i.test(failure)) {
        return unseen(at, cluster, `port ${port} of pod ${name}: rights to forward ports are missing`);
    }
    if (!/refused/i.test(failure)) return passes(at, cluster, `pod ${name} listens on port ${port}`);
    if (!(await isSurelyClosed(kubernetes, pod, port))) {
        const seen = `port ${port} of pod ${name} is closed on its loopback; the app may listen on the pod's own address`;
        return unseen(at, cluster, seen);
    }
    const { service } = asked;
    const culprit = {
        kind: "Service",
        namespace: service.namespace,
        name: service.name,
        cluster,
        field: "spec.ports[].targetPort",
    };
    return ends(at, cluster, `pod ${name} refuses connections to port ${port}`, {
        cause: `${named(culprit)} is ${port}, and nothing listens there in pod ${name}: its sidecar answers 503.`,
        fix: `Set it to a port that the app listens on: \`kubectl -n ${namespace} get pod ${name} -o jsonpath='{.spec.containers[*].ports}'\`.`,
        culprit,
    });
}

/** Whether the sidecar failed to reach the port, too, or the pod declares other ports and not this one. */
async function isSurelyClosed(kubernetes: ObservedCluster["kubernetes"], pod: V1Pod, port: number): Promise<boolean> {
    const declared = (pod.spec?.containers ?? [])
        .filter(({ name }) => name !== PROXY_CONTAINER)
        .flatMap(({ ports = [] }) => ports.map(({ containerPort }) => containerPort));
    if (declared.length > 0 && !declared.includes(port)) return true;
    const inbound = (await upstreamsOf(kubernetes, pod)).filter(({ name }) => name.startsWith(`inbound|${port}|`));
    return inbound.some(({ endpoints }) => endpoints.some(({ answered, refused }) => answered === 0 && refused > 0));
}
