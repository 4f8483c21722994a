/** What the providers would answer: real keys and certificates, and clusters in which all is ready at once. */
import * as pulumi from "@pulumi/pulumi";
import { stringify } from "yaml";
import { z } from "zod";
import type { Json, Operation, Properties } from "../../embedded/host/providers/provider";
import { tlsPackage } from "../../embedded/host/providers/tls";

/** Address of the node and of the gateways in every mock cluster. */
export const NODE_ADDRESS = "10.0.0.2";
export const GATEWAY_ADDRESS = "10.0.0.9";

/** Address of the gateways in a mock cluster `eks`: load balancers of AWS have names. */
export const GATEWAY_HOSTNAME = "gateway.elb.example.org";

/** A mock cluster that gives load balancers no addresses. */
export const NAT = "nat";

/** Image of proxies where istiod is the mock clusters'. */
export const PROXY_IMAGE = "registry.example.org/istio/proxyv2:1.31.9";

/** What the mock cluster's token Secret holds, decoded. */
export const READER_TOKEN = "reader-token";
export const CLUSTER_CA = "cluster-ca";

/** Wire constants of Pulumi's secrets: `{SIGNATURE: SECRET, value}`. */
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";

/** Outputs of other stacks, by the stacks' names; secrets by `pulumi.secret`. */
export type Siblings = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** @param failed Gets each resource that the mocks refuse: the SDK waits for it for ever, and says nothing. */
export const mocks = (
    siblings: Siblings,
    kept: Map<string, object>,
    failed: (error: unknown) => void,
): pulumi.runtime.Mocks => ({
    newResource: async ({ type, name, inputs, id, custom }) => ({
        id: id === undefined || id === "" ? `${name}-id` : id,
        state:
            type === "pulumi:pulumi:StackReference"
                ? stackOutputs(siblings, id ?? "")
                : custom === true
                  ? await stateOf(type, name, properties(inputs), kept).catch((error: unknown) => {
                        failed(error);
                        throw error;
                    })
                  : {},
    }),
    call: ({ token }) => {
        throw new Error(`no test expects the call ${token}`);
    },
});

/** @throws Error, as Pulumi does, for a stack that was never created. */
function stackOutputs(siblings: Siblings, id: string): Record<string, unknown> {
    const outputs = siblings[id.split("/").at(-1) ?? id];
    if (outputs === undefined) throw new Error(`unknown stack "${id}"`);
    const secretOutputNames = Object.keys(outputs).filter((key) => key === "readers");
    return { name: id, outputs, secretOutputNames };
}

/** Plain properties of what came over the wire, secrets unwrapped. */
export function properties(wire: unknown): Properties {
    return z.record(z.string(), z.json()).parse(unwrap(z.json().parse(wire)));
}

/** Paths of the secrets in what came over the wire, e.g. `stringData`. */
export function secretPaths(wire: unknown, path = ""): string[] {
    if (typeof wire !== "object" || wire === null) return [];
    if (isSecret(wire)) return [path];
    return Object.entries(wire).flatMap(([key, value]) => secretPaths(value, path === "" ? key : `${path}.${key}`));
}

function unwrap(value: Json): Json {
    if (typeof value !== "object" || value === null) return value;
    if (Array.isArray(value)) return value.map(unwrap);
    if (isSecret(value)) return unwrap(value["value"] ?? null);
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, unwrap(inner)]));
}

function isSecret(value: object): boolean {
    return Reflect.get(value, SIGNATURE) === SECRET;
}

/** @throws Error for a type that no test expects. */
async function stateOf(type: string, name: string, inputs: Properties, kept: Map<string, object>): Promise<object> {
    if (type.startsWith("tls:")) {
        const key = JSON.stringify([type, name, inputs]);
        const before = kept.get(key);
        if (before !== undefined) return before;
        const { outputs, secretOutputs = [] } = await tlsPackage.configure({}).create(operation(type, name), inputs);
        const secrets = secretOutputs.map((key): [string, unknown] => [key, pulumi.secret(outputs[key])]);
        const state = { ...outputs, ...Object.fromEntries(secrets) };
        kept.set(key, state);
        return state;
    }
    switch (type) {
        case "kind:index/cluster:Cluster":
            return { ...inputs, kubeconfig: kubeconfig(name) };
        case "kubernetes:core/v1:Node":
            return { status: { addresses: [{ type: "InternalIP", address: NODE_ADDRESS }] } };
        case "kubernetes:core/v1:Service":
            return name.startsWith(`${NAT}-`)
                ? { ...inputs, spec: { externalIPs: [GATEWAY_ADDRESS] }, status: { loadBalancer: {} } }
                : { ...inputs, status: { loadBalancer: { ingress: [gatewayOf(name)] } } };
        case "kubernetes:core/v1:Secret":
            return { ...inputs, ...(inputs["stringData"] ? {} : { data: pulumi.secret(tokenData()) }) };
        case "kubernetes:apps/v1:Deployment": {
            const image = PROXY_IMAGE.replace("proxyv2", "pilot");
            const istiod = { template: { spec: { containers: [{ name: "discovery", image }] } } };
            return { spec: istiod, ...inputs };
        }
        case "kubernetes:core/v1:Namespace":
        case "kubernetes:core/v1:ServiceAccount":
        case "kubernetes:batch/v1:Job":
        case "kubernetes:helm.sh/v3:Release":
            return { ...inputs, status: { namespace: inputs["namespace"] ?? "default" } };
        case "kubernetes:metallb.io/v1beta1:IPAddressPool":
        case "kubernetes:metallb.io/v1beta1:L2Advertisement":
        case "kubernetes:gateway.networking.k8s.io/v1:Gateway":
        case "kubernetes:networking.istio.io/v1:Gateway":
        case "kubernetes:networking.istio.io/v1:VirtualService":
        case "kubernetes:networking.istio.io/v1:DestinationRule":
        case "kubernetes:security.istio.io/v1:AuthorizationPolicy":
        case "kubernetes:security.istio.io/v1:PeerAuthentication":
        case "pulumi:providers:kubernetes":
            return inputs;
        default:
            throw new Error(`no test expects a resource of type ${type}`);
    }
}

function gatewayOf(service: string) {
    return service.startsWith("eks-") ? { hostname: GATEWAY_HOSTNAME } : { ip: GATEWAY_ADDRESS };
}

/** @param server By default a loopback address, as kind writes it. */
export function kubeconfig(
    name: string,
    server = "https://127.0.0.1:40001",
    user: object = { token: "admin" },
): string {
    return stringify({
        apiVersion: "v1",
        kind: "Config",
        clusters: [{ name, cluster: { server, "certificate-authority-data": base64(name) } }],
        users: [{ name, user }],
        contexts: [{ name, context: { cluster: name, user: name } }],
        "current-context": name,
    });
}

function tokenData() {
    return { token: base64(READER_TOKEN), "ca.crt": base64(CLUSTER_CA) };
}

function base64(text: string): string {
    return Buffer.from(text).toString("base64");
}

function operation(type: string, name: string): Operation {
    return {
        urn: `urn:pulumi:mesh::istio-multicluster::${type}::${name}`,
        type,
        name,
        interrupted: false,
        preview: false,
        signal: new AbortController().signal,
        progress: () => undefined,
        workingDirectory: process.cwd(),
    };
}
