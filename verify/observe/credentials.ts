/** What the user of a kubeconfig may have that the client library leaves out, or does anew for every request. */
import { readFile } from "node:fs/promises";
import type { OutgoingHttpHeaders } from "node:http";
import type { RequestOptions } from "node:https";
import { z } from "zod";
import { type Context, impersonation, type UserEntry } from "../../shared/kubeconfig";
import { attempt } from "../../shared/run";

type Plugin = NonNullable<UserEntry["exec"]>;

/** https://kubernetes.io/docs/reference/config-api/client-authentication.v1/ */
const credential = z.object({
    status: z.object({
        token: z.string().optional(),
        clientCertificateData: z.string().optional(),
        clientKeyData: z.string().optional(),
        expirationTimestamp: z.coerce.date().optional(),
    }),
});
/** Secret. */
type Credential = z.infer<typeof credential>["status"];

type Options = Pick<RequestOptions, "cert" | "key"> & { headers?: OutgoingHttpHeaders };

/** Words of a plugin that failed. Characters. */
const WORDS = 300;

/** Proves who asks, for the client library's KubeConfig: by a plugin, by a token in a file, and on behalf of whom. */
export class OwnCredentials {
    public constructor(private readonly context: Pick<Context, "cluster" | "user">) {}

    public isAuthProvider(): boolean {
        return true;
    }

    /** @throws Error for a plugin that fails. */
    public async applyAuthentication(_: unknown, options: Options): Promise<void> {
        const { user } = this.context;
        const headers: OutgoingHttpHeaders = { ...impersonation(user) };
        if (user.exec !== undefined) {
            const { token, clientCertificateData, clientKeyData } = await credentialOf(user.exec, this.context);
            if (token !== undefined) headers["Authorization"] = `Bearer ${token}`;
            if (clientCertificateData !== undefined) options.cert = clientCertificateData;
            if (clientKeyData !== undefined) options.key = clientKeyData;
        } else if (user.tokenFile !== undefined && user.token === undefined) {
            headers["Authorization"] = `Bearer ${(await readFile(user.tokenFile, "utf8")).trim()}`;
        }
        options.headers = { ...options.headers, ...headers };
    }
}

/** Of this process: a plugin may ask a person, or a service that counts. */
const started = new Map<string, Promise<Credential>>();

async function credentialOf(plugin: Plugin, { cluster }: Pick<Context, "cluster">): Promise<Credential> {
    const key = JSON.stringify([plugin, cluster]);
    const known = started.get(key);
    const found = known === undefined ? undefined : await known;
    if (found !== undefined && !isOver(found)) return found;
    // Of those that waited for one that is over, the first starts it anew.
    const running = started.get(key);
    if (running !== undefined && running !== known) return running;
    const fresh = start(plugin, cluster);
    started.set(key, fresh);
    fresh.catch(() => started.delete(key));
    return fresh;
}

function isOver({ expirationTimestamp }: Credential): boolean {
    return expirationTimestamp !== undefined && expirationTimestamp.getTime() <= Date.now();
}

/** @throws Error that shows nothing of its arguments and its answer, which may be secrets. */
async function start(plugin: Plugin, cluster: Context["cluster"]): Promise<Credential> {
    const { command, args, env, apiVersion, provideClusterInfo } = plugin;
    const spec = { interactive: false, ...(provideClusterInfo === true && { cluster }) };
    const { stdout, stderr, failure } = await attempt(command, args ?? [], {
        env: {
            ...Object.fromEntries((env ?? []).map(({ name, value }) => [name, value])),
            KUBERNETES_EXEC_INFO: JSON.stringify({ apiVersion, kind: "ExecCredential", spec }),
        },
    });
    if (failure !== undefined) {
        const words = stderr.trim().slice(-WORDS) || "it says nothing";
        throw new Error(`the plugin ${command} of its kubeconfig failed: ${words}`);
    }
    const answer = credential.safeParse(parsed(stdout));
    if (!answer.success) throw new Error(`the plugin ${command} of its kubeconfig gave no ExecCredential`);
    return answer.data.status;
}

function parsed(text: string): unknown {
    try {
        return JSON.parse(text);
    } catch {
        return undefined;
    }
}
