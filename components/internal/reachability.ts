import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { createHash } from "node:crypto";
import type { PeerAccess } from "./kubeconfig";

export interface Reach {
    /** Istio's name of the cluster to reach. */
    readonly peer: string;
    /** How its API server is reached. Secret. */
    readonly access: pulumi.Output<PeerAccess>;
    /** Namespace of the control plane that will read it. */
    readonly namespace: pulumi.Input<string>;
    /** Image with curl, where nobody injects; else that of proxies. */
    readonly image: pulumi.Input<string> | undefined;
}

/** Longer than all tries of {@link CURL} and the pull of Istio's proxy image together. */
const LIMIT_SECONDS = 120;

/** User of Istio's proxies: https://istio.io/latest/docs/ops/deployment/application-requirements/#pod-requirements */
const PROXY_USER = 1337;

/** What has the injector fill in the image. */
const INJECTED = {
    labels: { "sidecar.istio.io/inject": "true" },
    annotations: {
        "inject.istio.io/templates": "gateway",
        // The distroless variant has no curl.
        "sidecar.istio.io/proxyImageType": "default",
    },
};

/** Where the pod finds the reader's credentials. */
const CREDENTIALS = "/etc/peer";

/** Neither tries nor seconds enough to hide a way that does not work. https://curl.se/docs/manpage.html */
const CURL = [
    ...["curl", "--silent", "--fail", "--output", "/dev/null", "--connect-timeout", "5", "--max-time", "10"],
    ...["--retry", "2", "--retry-delay", "1", "--retry-all-errors"],
    ...["--cacert", `${CREDENTIALS}/ca.crt`, "--header", `@${CREDENTIALS}/headers`],
];

/**
 * A Job that does what istiod will do: it lists namespaces of the peer with the reader's token, from a pod of this
 * cluster, over TLS that only the CA of the kubeconfig vouches for. istiod itself would log a failure and go on.
 *
 * Its image is the one of Istio's proxies, which every cluster of a mesh can pull and which has curl: the injector puts
 * it in the place of `auto`, as it does for gateways
 * (https://istio.io/latest/docs/setup/additional-setup/gateway/#deploying-a-gateway).
 */
export function reachabilityJob(
    name: string,
    { peer, access, namespace, image }: Reach,
    parent: pulumi.Resource,
): k8s.batch.v1.Job {
    const credentials = new k8s.core.v1.Secret(
        `${name}-reader`,
        {
            metadata: { name: `istio-reach-${peer}`, namespace },
            stringData: access.apply(({ certificateAuthority, token }) => ({
                "ca.crt": certificateAuthority,
                headers: `Authorization: Bearer ${token}`,
            })),
        },
        { parent },
    );
    const injected = image === undefined ? INJECTED : undefined;
    const server = pulumi.unsecret(access.server);
    const authority = pulumi.unsecret(access.certificateAuthority);
    return new k8s.batch.v1.Job(
        `${name}-job`,
        {
            metadata: {
                name: `istio-reach-${peer}`,
                namespace,
                // A Job that failed stays failed: the next `up` makes another one.
                annotations: { "pulumi.com/replaceUnready": "true" },
            },
            spec: {
                backoffLimit: 0,
                activeDeadlineSeconds: LIMIT_SECONDS,
                template: {
                    metadata: {
                        ...(injected && { labels: injected.labels }),
                        annotations: {
                            ...injected?.annotations,
                            // Another CA is another cluster, to be reached anew.
                            "checksum/ca": authority.apply((pem) => createHash("sha256").update(pem).digest("hex")),
                        },
                    },
                    spec: {
                        restartPolicy: "Never",
                        automountServiceAccountToken: false,
                        securityContext: { seccompProfile: { type: "RuntimeDefault" } },
                        containers: [
                            {
                                name: "istio-proxy",
                                image: image ?? "auto",
                                imagePullPolicy: "IfNotPresent",
                                command: [...CURL, "--write-out", failure(peer)],
                                args: [pulumi.interpolate`${server}/api/v1/namespaces?limit=1`],
                                // What curl says becomes part of the pod's status, and so of the failure of `up`.
                                terminationMessagePolicy: "FallbackToLogsOnError",
                                resources: {
                                    requests: { cpu: "10m", memory: "16Mi" },
                                    limits: { cpu: "1", memory: "64Mi" },
                                },
                                securityContext: {
                                    // As the injector sets it.
                                    ...(image !== undefined && { runAsUser: PROXY_USER }),
                                    runAsNonRoot: true,
                                    allowPrivilegeEscalation: false,
                                    readOnlyRootFilesystem: true,
                                    capabilities: { drop: ["ALL"] },
                                },
                                volumeMounts: [{ name: "peer", mountPath: CREDENTIALS, readOnly: true }],
                            },
                        ],
                        volumes: [{ name: "peer", secret: { secretName: credentials.metadata.name } }],
                    },
                },
            },
        },
        { parent },
    );
}

/** In curl's own language: said only where it fails, with its reason. */
function failure(peer: string): string {
    return (
        `%{onerror}%{stderr}pods of this cluster cannot read the API server of ${peer} at %{url}: %{errormsg}. ` +
        `Set an \`apiServer\` of ${peer} that they reach and that its certificate names, or open the way there ` +
        "(error 401 or 403: it must take its service accounts' tokens); then run `up` again.\\n"
    );
}
