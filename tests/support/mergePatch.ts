import { type KubeConfig, KubernetesObjectApi, PatchStrategy } from "@kubernetes/client-node";

/** An object's name, and the fields of it that change. */
export interface Patch {
    readonly apiVersion: string;
    readonly kind: string;
    readonly metadata: { readonly name: string; readonly namespace: string };
    readonly [field: string]: unknown;
}

/** Changes the fields of an object that are given; null takes one away: https://www.rfc-editor.org/rfc/rfc7386 */
export async function mergePatch(config: KubeConfig, patch: Patch): Promise<void> {
    const objects = KubernetesObjectApi.makeApiClient(config);
    await objects.patch(patch, undefined, undefined, undefined, undefined, PatchStrategy.MergePatch);
}
