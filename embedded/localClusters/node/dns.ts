/** Cluster DNS: CoreDNS as kubeadm deploys it, without a way to names outside the cluster. */
import type { Json } from "../../apiServer/json";
import type { AdminApi } from "../access/adminApi";
import { inNode } from "./node";
import { run } from "../../../shared/run";

const NAMESPACE = "kube-system";
const NAME = "coredns";
const ROLE = "system:coredns";
const LABELS = { "k8s-app": "kube-dns" };

/**
 * As kubeadm has it: https://coredns.io/plugins/kubernetes/. Names of the cluster are not cached, so that a Service that has just been
 * made is found even by who asked for it before.
 */
const COREFILE = `.:53 {
    errors
    health
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
        pods insecure
        ttl 30
    }
    prometheus :9153
    cache 30 {
        disable success cluster.local
        disable denial cluster.local
    }
    reload
    loadbalance
}
`;

/** Applies CoreDNS. `address`: of its Service, as pods are told. */
export async function applyDns(api: AdminApi, image: string, address: string): Promise<void> {
    const namespace = `/api/v1/namespaces/${NAMESPACE}`;
    const rbac = "/apis/rbac.authorization.k8s.io/v1";
    const metadata = { name: NAME, namespace: NAMESPACE };
    await Promise.all([
        api.apply(`${namespace}/serviceaccounts/${NAME}`, { apiVersion: "v1", kind: "ServiceAccount", metadata }),
        api.apply(`${namespace}/configmaps/${NAME}`, {
            apiVersion: "v1",
            kind: "ConfigMap",
            metadata,
            data: { Corefile: COREFILE },
        }),
        api.apply(`${rbac}/clusterroles/${ROLE}`, role),
        api.apply(`${rbac}/clusterrolebindings/${ROLE}`, roleBinding),
        api.apply(`${namespace}/services/kube-dns`, service(address)),
        api.apply(`/apis/apps/v1/namespaces/${NAMESPACE}/deployments/${NAME}`, deployment(image)),
    ]);
}

/** Asks cluster DNS for the API server's Service, from the node, as a pod would. Throws without an answer. */
export async function assertDnsAnswers(init: number, address: string): Promise<void> {
    const script = `
        const resolver = new (require("node:dns").promises.Resolver)({ timeout: 500, tries: 1 });
        resolver.setServers([${JSON.stringify(address)}]);
        resolver.resolve4("kubernetes.default.svc.cluster.local").catch(({ message }) => {
            console.error(message);
            process.exit(1);
        });`;
    await run(...inNode(init, process.execPath, "--eval", script), { limitSeconds: 2 });
}

const role = {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRole",
    metadata: { name: ROLE },
    rules: [
        { apiGroups: [""], resources: ["endpoints", "services", "pods", "namespaces"], verbs: ["list", "watch"] },
        { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: ["list", "watch"] },
    ],
};

const roleBinding = {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRoleBinding",
    metadata: { name: ROLE },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: ROLE },
    subjects: [{ kind: "ServiceAccount", name: NAME, namespace: NAMESPACE }],
};

function service(address: string): Json {
    return {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "kube-dns", namespace: NAMESPACE, labels: LABELS },
        spec: {
            selector: LABELS,
            clusterIP: address,
            ports: [
                { name: "dns", port: 53, targetPort: 53, protocol: "UDP" },
                { name: "dns-tcp", port: 53, targetPort: 53, protocol: "TCP" },
                { name: "metrics", port: 9153, targetPort: 9153, protocol: "TCP" },
            ],
        },
    };
}

function deployment(image: string): Json {
    return {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name: NAME, namespace: NAMESPACE, labels: LABELS },
        spec: {
            selector: { matchLabels: LABELS },
            template: {
                metadata: { labels: LABELS },
                spec: {
                    serviceAccountName: NAME,
                    priorityClassName: "system-cluster-critical",
                    dnsPolicy: "Default",
                    tolerations: [{ operator: "Exists" }],
                    containers: [
                        {
                            name: NAME,
                            image,
                            imagePullPolicy: "IfNotPresent",
                            args: ["-conf", "/etc/coredns/Corefile"],
                            env: [{ name: "GOGC", value: "50" }],
                            resources: { requests: { cpu: "20m", memory: "40Mi" }, limits: { memory: "170Mi" } },
                            readinessProbe: { httpGet: { path: "/ready", port: 8181 }, periodSeconds: 1 },
                            livenessProbe: { httpGet: { path: "/health", port: 8080 }, initialDelaySeconds: 30 },
                            volumeMounts: [{ name: "config", mountPath: "/etc/coredns", readOnly: true }],
                        },
                    ],
                    volumes: [{ name: "config", configMap: { name: NAME } }],
                },
            },
        },
    };
}
