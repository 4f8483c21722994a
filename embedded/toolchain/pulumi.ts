/** Pulumi and its Kubernetes plugin from Go modules, for machines that have no `pulumi` on PATH. */
import type { Progress } from "../../shared/progress";
import { Cache, cacheFolder } from "./cache";
import { pulumiPrograms } from "./goPrograms";
import { prepareMachine } from "./machine";
import { readPins } from "./pins";

export interface PulumiPrograms {
    /** Folder that holds `bin/pulumi`. */
    readonly root: string;
    /** As Pulumi writes it, e.g. `v3.248.0`. */
    readonly version: string;
    readonly kubernetes: { readonly folder: string; readonly version: string };
}

/**
 * Builds what is missing of them, once a machine.
 * @throws ProblemsError with what the machine lacks, or with what a build said.
 */
export async function ensurePulumi(progress: Progress): Promise<PulumiPrograms> {
    const { cache, artifacts, programs } = plan();
    await prepareMachine({ cache, building: cache.missing(artifacts).length > 0 }, progress);
    await cache.ensure(artifacts, progress);
    return programs;
}

/** Those of this version that a machine has already. */
export function builtPulumi(): PulumiPrograms | undefined {
    const { cache, artifacts, programs } = plan();
    return cache.missing(artifacts).length === 0 ? programs : undefined;
}

function plan() {
    const pins = readPins();
    const { pulumi, kubernetes } = pulumiPrograms(pins);
    const cache = new Cache(cacheFolder());
    const programs: PulumiPrograms = {
        root: cache.pathOf(pulumi),
        version: pins.pulumi,
        kubernetes: { folder: cache.pathOf(kubernetes), version: pins.pulumiKubernetes },
    };
    return { cache, artifacts: [pulumi, kubernetes], programs };
}
