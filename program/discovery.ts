/** Which clusters each istiod discovers: remote Secrets beside it. */
import * as pulumi from "@pulumi/pulumi";
import { RemoteSecret } from "../components/index";
import type { Primary, Remote } from "./members";
import type { OtherStacks } from "./stacks";

/** A cluster whose services can be discovered. */
interface Readable {
    readonly name: string;
    readonly clusterName: string;
    /** Secret. */
    readonly kubeconfig: pulumi.Output<string>;
    /** Address of its east-west gateway, where this stack makes it. */
    readonly gateway: pulumi.Output<string> | undefined;
}

export function declareDiscovery(primaries: readonly Primary[], remotes: readonly Remote[], others: OtherStacks): void {
    const own = [...primaries, ...remotes].map(({ name, clusterName, parts }) => ({
        ...{ name, clusterName, kubeconfig: parts.readerKubeconfig },
        gateway: parts.eastWestAddress,
    }));
    const readable: Readable[] = [...own, ...others.readers().map((reader) => ({ ...reader, gateway: undefined }))];
    for (const primary of primaries) {
        const peers = readable.filter(({ name }) => primary.peers.includes(name));
        const early = peers.flatMap((peer) => {
            const served = remotes.find(({ name, primary: by }) => name === peer.name && by?.name === primary.name);
            // A cluster that this istiod serves gets its gateway only after this.
            const gateway = served ? undefined : peer.gateway;
            const secret = remoteSecret(primary, { ...peer, gateway });
            served?.serve(pulumi.all([secret.peer, primary.ready]).apply(([known]) => known));
            return gateway === undefined ? [secret.peer] : [];
        });
        primary.knows(pulumi.all(early));
    }
}

function remoteSecret(
    { name: reader, beside: { options, ...place } }: Primary,
    { name, clusterName, kubeconfig, gateway }: Readable,
): RemoteSecret {
    return new RemoteSecret(`${reader}-reads-${name}`, { peer: clusterName, kubeconfig, gateway, ...place }, options);
}
