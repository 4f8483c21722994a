import { defineCheck } from "../../check";
import { inEachCluster } from "../../observe";

/** Istio lets a workload's certificate begin two minutes before it is issued; authorities' have no such margin. Seconds. */
const MOST_SECONDS = 60;

export interface Clock {
    readonly cluster: string;
    /** Seconds by which its API server is ahead of this machine. */
    readonly ahead: number;
}

export const clockDifference = defineCheck<readonly Clock[]>({
    id: "clock-difference",
    group: "clusters",
    proves: "The clocks of all clusters and of this machine agree, so that certificates are valid everywhere at once",
    observe: (view) => inEachCluster(view, async (kubernetes) => ({ ahead: await kubernetes.clockDifference() })),
    judge: (clocks) =>
        clocks.map(({ cluster, ahead }) => {
            const seen = `${cluster}: ${Math.abs(ahead).toFixed(0)} s ${ahead < 0 ? "behind" : "ahead of"} this machine`;
            return Math.abs(ahead) <= MOST_SECONDS
                ? { seen }
                : {
                      seen,
                      cause: `The clock of ${cluster}, or this machine's, is wrong: certificates are not valid yet, or no longer valid, in one of them.`,
                      fix: `Synchronize the clocks of the nodes of ${cluster} and of this machine (NTP).`,
                  };
        }),
});
