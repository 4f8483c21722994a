/** Every fault that the checks that only read must find. */
import { authorities, foreignAuthority } from "./authority";
import type { Fault } from "./fault";
import { withDisguise } from "./pre";
import {
    addToCacerts,
    APP,
    APPS,
    blockPorts,
    bySelf,
    CACERTS,
    changeConfig,
    createPod,
    disableMtls,
    patch,
    remove,
    replaceAuthorities,
    restart,
    stopEast,
    SYSTEM,
} from "./ways";

export const FAULTS: readonly Fault[] = [
    {
        what: "a clock that is five minutes ahead",
        fails: { "clock-difference": /The clock of east, or this machine's, is wrong/ },
        fast: true,
        instead: (mesh) => withDisguise(mesh, { ahead: 300 }),
    },
    {
        what: "a cluster that is stopped",
        fails: { "clusters-ready": /API server of east is down/ },
        also: "any",
        inflict: stopEast,
    },
    {
        what: "a remote Secret that was deleted",
        fails: {
            "remote-secrets": /west has no remote Secret for east-cluster/,
            "peers-synced": /istiod of west does not know cluster east-cluster/,
            "peer-endpoints": /istiod of west lacks endpoints that east has/,
            "gateway-endpoints": /istiod of west has found no pod of catalog/,
        },
        also: ["remote-answers"],
        fast: true,
        inflict: (mesh) => remove(mesh, "west", [...SYSTEM, "secret", "istio-remote-secret-east-cluster"]),
    },
    {
        what: "a remote Secret that leads to istiod's own pod",
        fails: { "remote-secrets": /leads to https:\/\/127\.0\.0\.1:6443/ },
        also: ["peers-synced", "network-gateways", "peer-endpoints"],
        inflict: async (mesh) => {
            const secret = [...SYSTEM, "secret", "istio-remote-secret-west-cluster"];
            const path = "jsonpath={.data.west-cluster}";
            const kubeconfig = Buffer.from(await mesh.kubectl("east", ["get", ...secret, "-o", path]), "base64");
            const wrong = kubeconfig.toString("utf8").replace(/https:\/\/[\d.]+:6443/, "https://127.0.0.1:6443");
            const data = Buffer.from(wrong).toString("base64");
            await patch(
                mesh,
                "east",
                secret,
                { data: { "west-cluster": data } },
                { data: { "west-cluster": kubeconfig.toString("base64") } },
            );
        },
    },
    {
        what: "a reader's token that was revoked",
        fails: { "remote-credentials": /The token in Secret istio-remote-secret-east-cluster of west is not one that/ },
        fast: true,
        inflict: async (mesh) => {
            const tokens = ["get", ...SYSTEM, "secrets", "--field-selector=type=kubernetes.io/service-account-token"];
            const [name = ""] = (await mesh.kubectl("east", [...tokens, "-o", "name"])).split("\n");
            await remove(mesh, "east", [...SYSTEM, name]);
        },
    },
    {
        what: "a remote Secret of a cluster that has left",
        fails: { "remote-secrets": /is for north-cluster, which is not one of its peers/ },
        fast: true,
        inflict: async (mesh) => {
            const name = "istio-remote-secret-north-cluster";
            await mesh.kubectl("west", [
                "create",
                ...SYSTEM,
                "secret",
                "generic",
                name,
                "--from-literal=north-cluster=x",
            ]);
            await mesh.kubectl("west", ["label", ...SYSTEM, "secret", name, "istio/multiCluster=true"]);
            mesh.later(() => mesh.kubectl("west", ["delete", ...SYSTEM, "secret", name]));
        },
    },
    {
        what: "a control plane under another name",
        fails: { "cluster-identity": /The cluster name of east is other-cluster, not east-cluster/ },
        also: ["proxies-synced", "peers-synced", "peer-endpoints", "network-gateways"],
        inflict: async (mesh) => {
            const rename = async (name: string) => {
                const istiod = [...SYSTEM, "deployment/istiod"];
                await mesh.kubectl("east", ["set", "env", ...istiod, `CLUSTER_ID=${name}`]);
                await mesh.kubectl("east", ["rollout", "status", ...istiod, "--timeout=90s"]);
            };
            mesh.later(() => rename("east-cluster"));
            await rename("other-cluster");
        },
    },
    {
        what: "a control plane with another domain",
        fails: { "cluster-identity": /The cluster domain of \w+ is \S+, not (other|cluster)\.local/ },
        also: ["peer-endpoints", "gateway-endpoints", "remote-answers"],
        inflict: async (mesh) => {
            const istiod = [...SYSTEM, "deployment/istiod"];
            const read = ["get", ...istiod, "-o", "jsonpath={.spec.template.spec.containers[0].args}"];
            const args = JSON.parse(await mesh.kubectl("east", read)) as string[];
            const rename = async (domain: string) => {
                const value = args.map((arg, index) => (args[index - 1] === "--domain" ? domain : arg));
                const change = [{ op: "replace", path: "/spec/template/spec/containers/0/args", value }];
                await mesh.kubectl("east", ["patch", ...istiod, "--type=json", `--patch=${JSON.stringify(change)}`]);
                await mesh.kubectl("east", ["rollout", "status", ...istiod, "--timeout=90s"]);
            };
            mesh.later(() => rename("cluster.local"));
            await rename("other.local");
        },
    },
    {
        what: "a control plane whose own Service is a load balancer",
        fails: { "istiod-exposed": /open plaintext ports of the istiod of east .* istio-system\/istiod: 15010/ },
        fast: true,
        inflict: (mesh) =>
            patch(
                mesh,
                "east",
                [...SYSTEM, "service", "istiod"],
                { spec: { type: "LoadBalancer" } },
                { spec: { type: "ClusterIP" } },
            ),
    },
    {
        what: "another network than declared",
        fails: { "cluster-identity": /The network of east is other-network, not east-network/ },
        fast: true,
        inflict: async (mesh) => {
            const label = (network: string) =>
                mesh.kubectl("east", [
                    "label",
                    "namespace",
                    "istio-system",
                    "--overwrite",
                    `topology.istio.io/network=${network}`,
                ]);
            await label("other-network");
            mesh.later(() => label("east-network"));
        },
    },
    {
        what: "a gateway that leads into no network",
        fails: {
            "gateway-ready": /No Service of east has the label topology\.istio\.io\/network=east-network/,
            "network-gateways": /istiod of west knows no gateway of east-network/,
            "no-raw-endpoints": /dials pods of east by their own addresses/,
            "gateway-endpoints": /is not an east-west gateway|does not know/,
        },
        also: ["gateway-routes", "remote-answers"],
        inflict: async (mesh) => {
            const label = (value: string) =>
                mesh.kubectl("east", ["label", ...SYSTEM, "service", "istio-eastwestgateway", "--overwrite", value]);
            await label("topology.istio.io/network-");
            mesh.later(() => label("topology.istio.io/network=east-network"));
        },
    },
    {
        what: "a gateway scaled to 0",
        fails: {
            "gateway-ready": /No pod of the gateway istio-eastwestgateway in east is ready/,
            "gateway-answers": /The gateway of east is not ready|does not lead to it/,
            "remote-answers": /No east-west gateway of east is ready/,
        },
        also: ["gateway-routes"],
        inflict: async (mesh) => {
            const scale = (replicas: number) =>
                mesh.kubectl("east", [
                    "scale",
                    ...SYSTEM,
                    "deployment",
                    "istio-eastwestgateway",
                    `--replicas=${replicas}`,
                ]);
            await scale(0);
            mesh.later(() => scale(1));
        },
    },
    {
        what: "no Gateway that opens 15443",
        fails: {
            "gateway-ready": /No Gateway resource of east opens port 15443/,
            "gateway-routes": /listens on no port 15443/,
        },
        // Proxies hold open connections to the gateway, which go on for a while.
        also: ["remote-answers"],
        fast: true,
        inflict: (mesh) => remove(mesh, "east", [...SYSTEM, "gateways.networking.istio.io", "cross-network-gateway"]),
    },
    {
        what: "a firewall before the gateway",
        fails: {
            "gateway-answers": /or a firewall blocks it/,
            "remote-answers": /its path through the other cluster's east-west gateway is broken/,
        },
        inflict: (mesh) => blockPorts(mesh, "east", "15021,15443"),
    },
    {
        what: "proxies that do not hear from istiod",
        fails: {
            "proxies-synced": /Proxies of east have not confirmed what istiod sent them|are connected to no istiod/,
        },
        inflict: async (mesh) => {
            await blockPorts(mesh, "east", "15012");
            // Something to be told.
            mesh.later(() => mesh.kubectl("east", ["delete", ...APPS, "service", "news"]));
            await mesh.kubectl("east", ["create", ...APPS, "service", "clusterip", "news", "--tcp=80"]);
        },
    },
    {
        what: "one more file in cacerts",
        fails: { "stored-root": /Secret cacerts of east has other files than/ },
        fast: true,
        inflict: (mesh) => addToCacerts(mesh, "root-key.pem", "eA=="),
    },
    {
        what: "a root that istiod made for itself",
        fails: { "root-key-absent": /istiod of west has made its own root/ },
        fast: true,
        inflict: async (mesh) => {
            await mesh.kubectl("west", [
                "create",
                ...SYSTEM,
                "secret",
                "generic",
                "istio-ca-secret",
                "--from-literal=ca-key.pem=x",
            ]);
            mesh.later(() => mesh.kubectl("west", ["delete", ...SYSTEM, "secret", "istio-ca-secret"]));
        },
    },
    {
        what: "an authority of a foreign root, about to end",
        fails: {
            "stored-root": /Secret cacerts of east has another root than the mesh/,
            "common-root": /The root certificate in Secret cacerts of east is a different one/,
            "certificate-lifetimes": /The intermediate of east ends in [\d.]+ days, of 365/,
            "remote-answers": /mutual TLS between the clusters fails|gets no answer/,
        },
        inflict: async (mesh) => replaceAuthorities(mesh, { east: await foreignAuthority(10) }),
    },
    {
        what: "authorities that are due for renewal",
        fails: { "certificate-lifetimes": /The intermediate of (west|east) ends in 2[45]\.\d days, of 80/ },
        result: "warning",
        inflict: async (mesh) => replaceAuthorities(mesh, await authorities(365, { days: 25, life: 80 })),
        // A declaration would know another root.
        instead: bySelf,
    },
    {
        what: "an authority that has expired",
        fails: { "certificate-lifetimes": /The intermediate in Secret cacerts of east has expired/ },
        also: ["stored-root"],
        fast: true,
        inflict: async (mesh) => {
            // Without a restart: istiod would not start, and what it has signed goes on.
            const data = await mesh.cacerts("east");
            await patch(mesh, "east", CACERTS, { data: await foreignAuthority(-0.5) }, { data });
        },
    },
    {
        what: "one authority for two clusters",
        fails: { "own-intermediate": /sign with the same key/ },
        inflict: async (mesh) => {
            await replaceAuthorities(mesh, { east: await mesh.cacerts("west") });
        },
    },
    {
        what: "each other's authority in two clusters",
        fails: { "own-intermediate": /signs with the intermediate that was signed for (west|east)/ },
        inflict: async (mesh) => {
            const [west, east] = [await mesh.cacerts("west"), await mesh.cacerts("east")];
            await replaceAuthorities(mesh, { west: east, east: west });
        },
    },
    {
        what: "another trust domain",
        fails: { "trust-domain": /Workloads of east are in the trust domain other\.example, not cluster\.local/ },
        also: ["remote-answers"],
        inflict: async (mesh) => {
            // Repairs run in reverse: the restart is last.
            mesh.later(() => restart(mesh, "east"));
            await changeConfig(mesh, "east", "mesh", (text) =>
                text.replace(/^trustDomain: .*$/m, "trustDomain: other.example"),
            );
            await restart(mesh, "east");
        },
    },
    {
        what: "a pod that was made while no injector answered",
        fails: { versions: /A proxy of west has the image "auto"/ },
        fast: true,
        inflict: (mesh) =>
            createPod(mesh, "west", ["--namespace", "default"], {
                metadata: { name: "auto", labels: { "service.istio.io/canonical-name": "auto" } },
                spec: { containers: [{ name: "istio-proxy", image: "localhost/none:auto" }] },
            }),
    },
    {
        what: "an injector that is called with another CA",
        fails: {
            injector: /Webhooks of east have another CA than istiod/,
            "istiod-ready": /east has no control plane/,
        },
        also: ["cluster-identity", "proxies-synced", "peers-synced"],
        inflict: async (mesh) => {
            // istiod would write its own again at once.
            const scale = (replicas: number) =>
                mesh.kubectl("east", ["scale", ...SYSTEM, "deployment/istiod", `--replicas=${replicas}`]);
            mesh.later(() =>
                mesh.kubectl("east", ["rollout", "status", ...SYSTEM, "deployment/istiod", "--timeout=90s"]),
            );
            mesh.later(() => scale(1));
            await scale(0);
            await mesh.kubectl("east", ["wait", ...SYSTEM, "pod", "-l=app=istiod", "--for=delete", "--timeout=60s"]);
            const { "root-cert.pem": caBundle } = await foreignAuthority(10);
            const change = [{ op: "replace", path: "/webhooks/0/clientConfig/caBundle", value: caBundle }];
            const webhooks = ["mutatingwebhookconfiguration", "istio-sidecar-injector"];
            await mesh.kubectl("east", ["patch", ...webhooks, "--type=json", `--patch=${JSON.stringify(change)}`]);
        },
    },
    {
        what: "an injector that may fail",
        fails: { injector: /let pods through without a sidecar/ },
        fast: true,
        inflict: async (mesh) => {
            const policy = (failurePolicy: string) => [
                { op: "replace", path: "/webhooks/0/failurePolicy", value: failurePolicy },
            ];
            const webhooks = ["mutatingwebhookconfiguration", "istio-sidecar-injector"];
            await patch(mesh, "east", webhooks, policy("Ignore"), policy("Fail"), "json");
        },
    },
    {
        what: "a Service with other ports",
        fails: { "same-services": /Service catalog\.istioinaction is not the same in all clusters/ },
        also: ["gateway-endpoints", "remote-answers"],
        fast: true,
        inflict: async (mesh) => {
            const port = (name: string) => [{ op: "replace", path: "/spec/ports/0/name", value: name }];
            await patch(mesh, "west", [...APPS, "service", "catalog"], port("grpc"), port("http"), "json");
        },
    },
    {
        what: "a pod that has no sidecar",
        fails: { "sidecars-injected": /Pods of east have no ready sidecar: istioinaction\/bare/ },
        inflict: async (mesh) => {
            const label = (value: string) =>
                mesh.kubectl("east", ["label", "namespace", "istioinaction", "--overwrite", value]);
            mesh.later(() => label("istio-injection=enabled"));
            await label("istio-injection-");
            await createPod(mesh, "east", APPS, { metadata: { name: "bare" }, spec: APP });
            await label("istio-injection=enabled");
        },
    },
    {
        what: "a local pod of the service",
        fails: { "no-local-pods": /catalog\.istioinaction runs in west too/ },
        also: ["gateway-endpoints", "remote-answers"],
        inflict: (mesh) =>
            createPod(mesh, "west", APPS, { metadata: { name: "local", labels: { app: "catalog" } }, spec: APP }),
    },
    {
        what: "mutual TLS turned off",
        fails: { "mtls-not-disabled": /mutual TLS is turned off by PeerAuthentication istioinaction\/off/ },
        also: ["gateway-endpoints", "remote-answers"],
        fast: true,
        inflict: (mesh) => disableMtls(mesh, "istioinaction"),
    },
];
