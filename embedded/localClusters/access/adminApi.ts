/** The API server of a local cluster, with the administrator's rights. */
import { contextOf, readKubeconfig } from "../../../shared/kubeconfig";
import { KubernetesApi } from "../../apiServer/api";
import type { Json } from "../../apiServer/json";
import { adminKubeconfig, apiServerUrl } from "./kubeconfig";

/** Of one request. Milliseconds. */
const LIMIT = 10_000;
/** Owner of the fields that this project sets, in server-side apply. */
const FIELD_MANAGER = "istio-multicluster";

export class AdminApi {
    private constructor(private readonly api: KubernetesApi) {}

    public static async of(pki: string, nodeAddress: string): Promise<AdminApi> {
        const yaml = await adminKubeconfig("local", pki, apiServerUrl(nodeAddress));
        const { cluster, user } = contextOf(readKubeconfig(yaml), undefined);
        return new AdminApi(new KubernetesApi({ yaml, cluster, user, folder: pki }));
    }

    /** @throws ApiError or UnreachableError. */
    public async get(path: string): Promise<Json> {
        return this.api.request("GET", path, { signal: AbortSignal.timeout(LIMIT) });
    }

    /** Server-side apply (https://kubernetes.io/docs/reference/using-api/server-side-apply/). @throws As {@link get}. */
    public async apply(path: string, body: Json): Promise<void> {
        const query = { fieldManager: FIELD_MANAGER, force: "true" };
        const contentType = "application/apply-patch+yaml";
        await this.api.request("PATCH", path, { query, body, contentType, signal: AbortSignal.timeout(LIMIT) });
    }
}
