import type { LocalCluster, LocalClusters } from "../../../embedded/localClusters";

export function cluster(name: string, octet: number): LocalCluster {
    return {
        name,
        kubeconfig: "users: [{name: admin, user: {token: secret}}]",
        kubeconfigPath: `/mesh/kubeconfigs/${name}.yaml`,
        apiServer: `https://10.89.0.${octet}:6443`,
        nodeAddress: `10.89.0.${octet}`,
        podSubnet: `10.${octet}.0.0/16`,
        serviceSubnet: `10.9${octet}.0.0/16`,
        addressPool: `10.89.0.${octet}0/28`,
        version: "v1.34.4",
        health: "ready",
    };
}

/** Records what is asked of the clusters of a home. */
export class FakeClusters implements LocalClusters {
    public readonly calls: string[] = [];

    public constructor(private readonly existing: readonly LocalCluster[]) {}

    public up({ name }: { readonly name: string }, progress: (line: string) => void): Promise<LocalCluster> {
        this.calls.push(`up ${name}`);
        progress(`${name} is ready`);
        return Promise.resolve(cluster(name, 7));
    }

    public get(name: string): Promise<LocalCluster | undefined> {
        return Promise.resolve(this.existing.find((candidate) => candidate.name === name));
    }

    public list(): Promise<readonly LocalCluster[]> {
        return Promise.resolve(this.existing);
    }

    public stop(name: string): Promise<void> {
        this.calls.push(`stop ${name}`);
        return Promise.resolve();
    }

    public delete(name: string): Promise<void> {
        this.calls.push(`delete ${name}`);
        return Promise.resolve();
    }
}
