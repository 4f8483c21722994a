/** The webhooks by which an API server has pods injected: those of each revision, and of each tag. */
import { z } from "zod";
import type { KubernetesView } from "./kubernetes";

const clientConfig = z.object({
    caBundle: z.string().optional(),
    url: z.string().optional(),
    service: z.object({ namespace: z.string(), path: z.string().optional() }).optional(),
});
const configuration = z.object({
    metadata: z.object({ name: z.string(), labels: z.record(z.string(), z.string()).optional() }),
    webhooks: z.array(z.object({ name: z.string(), failurePolicy: z.string().optional(), clientConfig })).default([]),
});

export interface InjectorWebhook {
    /** `<configuration>/<webhook>` */
    readonly name: string;
    readonly failurePolicy: string | undefined;
    readonly clientConfig: z.infer<typeof clientConfig>;
}

export async function injectorWebhooks(kubernetes: KubernetesView): Promise<InjectorWebhook[]> {
    const found = await kubernetes.objects(
        "admissionregistration.k8s.io",
        "v1",
        "mutatingwebhookconfigurations",
        configuration,
    );
    return found
        .filter(({ metadata }) => metadata.labels?.["app"] === "sidecar-injector")
        .flatMap(({ metadata, webhooks }) =>
            webhooks.map(({ name, failurePolicy, clientConfig: called }) => ({
                name: `${metadata.name}/${name}`,
                failurePolicy,
                clientConfig: called,
            })),
        );
}
