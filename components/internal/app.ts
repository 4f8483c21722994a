/** Kubernetes objects of one sample app. */
import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

/** Port on which the sample apps listen. */
const APP_PORT = 8080;

export interface App {
    readonly name: string;
    readonly namespace: pulumi.Input<string>;
    readonly image: pulumi.Input<string>;
    /** Short name of the cluster, which the app names in its answers. */
    readonly cluster: string;
}

/** @param hasPods Whether the app also runs in this cluster. */
export function appService(name: string, app: App, hasPods: boolean, parent: pulumi.Resource): void {
    new k8s.core.v1.Service(
        `${name}-service`,
        {
            metadata: {
                name: app.name,
                namespace: app.namespace,
                labels: { app: app.name },
                // Pulumi would wait for pods that only other clusters have.
                ...(hasPods ? {} : { annotations: { "pulumi.com/skipAwait": "true" } }),
            },
            spec: {
                selector: { app: app.name },
                ports: [{ name: "http", port: 80, targetPort: APP_PORT }],
            },
        },
        { parent },
    );
}

/** One pod that needs no rights at all, under an identity of its own. */
export function appDeployment(name: string, app: App, parent: pulumi.Resource): void {
    const labels = { app: app.name };
    const account = new k8s.core.v1.ServiceAccount(
        `${name}-account`,
        {
            metadata: { name: app.name, namespace: app.namespace, labels },
            automountServiceAccountToken: false,
        },
        { parent },
    );
    new k8s.apps.v1.Deployment(
        `${name}-deployment`,
        {
            metadata: { name: app.name, namespace: app.namespace, labels },
            spec: {
                replicas: 1,
                selector: { matchLabels: labels },
                template: {
                    metadata: { labels },
                    spec: {
                        serviceAccountName: account.metadata.name,
                        containers: [
                            {
                                name: app.name,
                                image: app.image,
                                imagePullPolicy: "IfNotPresent",
                                env: [{ name: "CLUSTER", value: app.cluster }],
                                ports: [{ name: "http", containerPort: APP_PORT }],
                                readinessProbe: { httpGet: { path: "/healthz", port: APP_PORT }, periodSeconds: 1 },
                                resources: {
                                    requests: { cpu: "10m", memory: "32Mi" },
                                    limits: { memory: "128Mi" },
                                },
                                securityContext: RESTRICTED,
                            },
                        ],
                    },
                },
            },
        },
        { parent },
    );
}

/** https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted */
const RESTRICTED: k8s.types.input.core.v1.SecurityContext = {
    runAsNonRoot: true,
    runAsUser: 65534,
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ["ALL"] },
    seccompProfile: { type: "RuntimeDefault" },
};
