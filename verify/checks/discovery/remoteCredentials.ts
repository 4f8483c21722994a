import { defineCheck, type Part } from "../../check";
import { inEachCluster, type MeshView, ObservationError } from "../../observe";
import type { KubernetesView } from "../../observe/kubernetes";
import { type Credentials, credentialsOf } from "../../observe/remotes";
import type { Permission } from "../../observe/rights";
import { tlsFailure } from "../../observe/tls";

/** What istiod needs most of a peer. Of the rest, peers-synced shows whether it is read. */
const NEEDED: Permission = { verb: "list", group: "discovery.k8s.io", resource: "endpointslices" };

export interface Trial {
    readonly cluster: string;
    /** Whose API server was asked, by Istio's name of it. */
    readonly peer: string;
    /** Where it was asked. */
    readonly server: string;
    /** Why the Secret's server could not be asked from this machine, so that the peer's own address was. */
    readonly detour?: string;
    /** What of the Secret was not accepted, and in which words. */
    readonly refused?: { readonly what: "CA" | "token"; readonly reason: string };
    /** Whether the account may read endpoints; undefined where it was refused. */
    readonly reads?: boolean;
}

export const remoteCredentials = defineCheck<readonly Trial[]>({
    id: "remote-credentials",
    group: "discovery",
    proves: "Each peer's API server accepts the CA and the token of the remote Secret, and lets its account read",
    skip: ({ clusters }) => (clusters.length < 2 ? "one cluster has no peers" : undefined),
    observe: async (view) => {
        const found = await inEachCluster(view, async (kubernetes) => ({
            trials: await Promise.all(
                (await credentialsOf(kubernetes)).flatMap((credentials) => {
                    const peer = view.clusters.find(({ declared }) => declared.clusterName === credentials.clusterName);
                    return peer === undefined ? [] : [attempt(view, peer.kubernetes, credentials)];
                }),
            ),
        }));
        return found.flatMap(({ cluster, trials }) => trials.map((trial) => ({ cluster, ...trial })));
    },
    judge: (trials) => trials.map(judgeTrial),
});

function judgeTrial({ cluster, peer, server, detour, refused, reads }: Trial): Part {
    const how = detour === undefined ? "" : ` (its Secret's server does not answer this machine: ${detour})`;
    const secret = `Secret istio-remote-secret-${peer} of ${cluster}`;
    if (refused !== undefined) {
        return {
            seen: `${cluster}: ${peer} at ${server} refused the ${refused.what}: ${refused.reason}${how}`,
            cause: `The ${refused.what} in ${secret} is not one that the API server of ${peer} accepts: istiod stops seeing changes there.`,
            fix:
                refused.what === "CA"
                    ? `Write the CA that has signed the certificate of ${server} into the Secret.`
                    : `Was the reader's token Secret deleted or renewed in ${peer}? Run \`up\`, or make the remote Secret again.`,
        };
    }
    return reads === true
        ? { seen: `${cluster}: ${peer} at ${server} lets it read endpoints${how}` }
        : {
              seen: `${cluster}: ${peer} at ${server} does not let it read endpoints${how}`,
              cause: `The account of ${secret} may not ${NEEDED.verb} ${NEEDED.resource} in ${peer}.`,
              fix: `Bind the reader's ServiceAccount in ${peer} to the ClusterRole that Istio's chart makes for it.`,
          };
}

async function attempt(
    { signal }: MeshView,
    peer: KubernetesView,
    { clusterName, server, serverName, authority, token }: Credentials,
): Promise<Omit<Trial, "cluster">> {
    const asked = { peer: clusterName, server };
    try {
        return { ...asked, ...(await trial(peer.as(token, { server, serverName, authority }))) };
    } catch {
        // It did not come to an answer: either nothing answers this machine there, or not with that CA.
        const failure = await tlsFailure(new URL(server), { ca: authority, serverName }, signal);
        if (failure?.answered === true) {
            return { ...asked, refused: { what: "CA", reason: failure.reason } };
        }
        const detour = failure === undefined ? {} : { detour: failure.reason };
        return { ...asked, ...detour, server: peer.server, ...(await trial(peer.as(token))) };
    }
}

/** @throws ObservationError when there is no answer. */
async function trial(account: KubernetesView): Promise<Pick<Trial, "reads" | "refused">> {
    try {
        return { reads: await account.rights.may(NEEDED) };
    } catch (error) {
        if (error instanceof ObservationError && error.status === 401) {
            return { refused: { what: "token", reason: error.message } };
        }
        throw error;
    }
}
