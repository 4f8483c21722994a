/** The few calls to a cluster's API server that bringing it up needs. */
import { readFile } from "node:fs/promises";
import https from "node:https";
import { stringify } from "yaml";
import { apiServerUrl } from "./kubeconfig";
import { certificateFile, keyFile } from "./pki";

const LIMIT_MS = 10_000;
/** Owner of the fields that this project sets, in server-side apply. */
const FIELD_MANAGER = "istio-multicluster";

export class ApiClient {
    private constructor(
        private readonly server: string,
        private readonly agent: https.Agent,
    ) {}

    /** A client with the administrator's rights. */
    public static async of(pki: string, nodeAddress: string): Promise<ApiClient> {
        const [ca, cert, key] = await Promise.all(
            [certificateFile(pki, "ca"), certificateFile(pki, "admin"), keyFile(pki, "admin")].map((file) =>
                readFile(file),
            ),
        );
        return new ApiClient(apiServerUrl(nodeAddress), new https.Agent({ ca, cert, key }));
    }

    /** Body of the answer. Throws with status and body when it is not a success. */
    public async get(path: string): Promise<string> {
        return this.#request("GET", path);
    }

    /** Server-side apply (https://kubernetes.io/docs/reference/using-api/server-side-apply/). */
    public async apply(path: string, object: object): Promise<void> {
        await this.#request("PATCH", `${path}?fieldManager=${FIELD_MANAGER}&force=true`, stringify(object));
    }

    async #request(method: string, path: string, body?: string): Promise<string> {
        const headers = body === undefined ? {} : { "content-type": "application/apply-patch+yaml" };
        return new Promise((resolve, reject) => {
            const options = { method, headers, agent: this.agent, signal: AbortSignal.timeout(LIMIT_MS) };
            const request = https.request(`${this.server}${path}`, options, (response) => {
                const chunks: Buffer[] = [];
                response.on("data", (chunk: Buffer) => chunks.push(chunk));
                response.on("error", reject);
                response.on("end", () => {
                    const text = Buffer.concat(chunks).toString("utf8");
                    const status = response.statusCode ?? 0;
                    if (status >= 200 && status < 300) {
                        resolve(text);
                    } else {
                        reject(new Error(`${method} ${path}: ${status} ${text.slice(0, 500)}`));
                    }
                });
            });
            request.on("error", reject);
            request.end(body);
        });
    }
}
