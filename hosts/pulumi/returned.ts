/**
 * A stack whose file named another cluster by mistake. Its failed `up` has replaced the provider; Pulumi compares the
 * right one with the mistaken one from then on, makes everything anew, and deletes what was there.
 */
import { CommandError as PulumiError, type EngineEvent, type Stack } from "@pulumi/pulumi/automation";
import { z } from "zod";
import type { SealedResource, SealedState } from "./sealedState";

const identified = z.object({ clusterIdentifier: z.string() });

/** Where the program names a cluster again that it named before, what is in it is the stack's own again. */
export async function returnToClusters(
    stack: Stack,
    { deployment, ...rest }: SealedState,
    write: (line: string) => void,
): Promise<void> {
    const resources = deployment.resources ?? [];
    const replaced = resources.filter((found) => found.delete === true && identityOf(found) !== undefined);
    if (replaced.length === 0) return;
    const named = await namedClusters(stack);
    const live = new Map(resources.filter((found) => found.delete !== true).map((found) => [found.urn, found]));
    const returning = new Map<string, "live" | "deleted">();
    for (const former of replaced) {
        const mistaken = live.get(former.urn);
        const identity = identityOf(former);
        if (mistaken === undefined || named.get(former.urn) !== identity || identityOf(mistaken) === identity) continue;
        write(`${nameOf(former)} is the cluster of before again: what the stack has in it stays.`);
        returning.set(reference(former), "live").set(reference(mistaken), "deleted");
    }
    if (returning.size === 0) return;
    const changed = resources.map((found) => {
        const state = returning.get(found.provider ?? reference(found));
        return state === undefined ? found : { ...found, delete: state === "deleted" };
    });
    await stack.importStack({ ...rest, deployment: { ...deployment, resources: changed } });
}

/** Identities of the clusters that the program names now, by the URNs of their providers. */
async function namedClusters(stack: Stack): Promise<ReadonlyMap<string, string | undefined>> {
    const named = new Map<string, string | undefined>();
    const onEvent = ({ resourcePreEvent }: EngineEvent): void => {
        const { urn, new: after } = resourcePreEvent?.metadata ?? {};
        if (urn === undefined || after == null) return;
        const identity = identified.safeParse(after.inputs).data?.clusterIdentifier;
        if (identity !== undefined) named.set(urn, identity);
    };
    await stack.preview({ onEvent }).catch((error: unknown) => {
        // What is wrong with the program is what the `up` says.
        if (!(error instanceof PulumiError)) throw error;
    });
    return named;
}

function identityOf(found: SealedResource): string | undefined {
    if (found.type !== "pulumi:providers:kubernetes") return undefined;
    return identified.safeParse(found["inputs"]).data?.clusterIdentifier;
}

/** How resources name their provider. */
function reference({ urn, id = "" }: SealedResource): string {
    return `${urn}::${id}`;
}

function nameOf({ urn }: SealedResource): string {
    return urn.split("::").at(-1) ?? urn;
}
