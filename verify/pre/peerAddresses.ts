import { defineCheck } from "../check";
import { inEachCluster } from "../observe";
import { isLoopback } from "../../components/internal/rules";
import { tlsFailure } from "../observe/tls";

export interface PeerAddress {
    readonly cluster: string;
    /** URL under which pods of other clusters are to reach the API server. */
    readonly server: string;
    /** Why TLS with it failed, as verified against the cluster's own CA; undefined when it did not. */
    readonly failure?: string;
}

export const peerAddresses = defineCheck<readonly PeerAddress[]>({
    id: "peer-addresses",
    group: "clusters",
    proves: "Each API server answers at the address that its peers will use, with a certificate for that address",
    skip: ({ clusters }) => (clusters.length < 2 ? "one cluster has no peers" : undefined),
    observe: (view) =>
        inEachCluster(view, async (kubernetes, { apiServer }) => {
            const server = apiServer ?? kubernetes.server;
            const failure = await tlsFailure(new URL(server), { ca: kubernetes.authority }, view.signal);
            return { server, ...(failure === undefined ? {} : { failure: failure.reason }) };
        }),
    judge: (addresses) =>
        addresses.map(({ cluster, server, failure }) => {
            const seen = `${cluster}: ${server} ${failure ?? "answers, and its certificate is for it"}`;
            if (isLoopback(server)) {
                return {
                    seen,
                    cause: `${server} leads each pod to itself, so no other cluster reaches ${cluster}.`,
                    fix: `Set apiServer of ${cluster} to an address that pods of the other clusters reach.`,
                };
            }
            return failure === undefined
                ? { seen }
                : {
                      seen,
                      cause: `Peers of ${cluster} will not accept its API server at ${server}, or cannot reach it: ${failure}.`,
                      fix: `Set apiServer of ${cluster} to an address that its certificate names. If only this machine does not reach it, the Jobs of the \`up\` try it from pods.`,
                  };
        }),
});
