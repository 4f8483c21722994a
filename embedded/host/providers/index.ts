/** Every resource package that the embedded host serves. */
import path from "node:path";
import { localClusters } from "../../localClusters";
import type { Toolchain } from "../../toolchain";
import type { ProviderPackage } from "./provider";
import { kindPackage } from "./kind";
import { kubernetesPackage } from "./kubernetes";
import { tlsPackage } from "./tls";

export interface ProvidersOptions {
    /** Folder of the mesh's local state. */
    readonly home: string;
    /** Called when a cluster or a Helm release first needs it. */
    readonly toolchain: () => Promise<Toolchain>;
    /** Whether what is in a cluster that does not answer counts as deleted. Default false. */
    readonly forgetUnreachable?: boolean;
}

export function providerPackages({ home, toolchain, forgetUnreachable }: ProvidersOptions): ProviderPackage[] {
    const scratch = path.join(home, "helm");
    const helm = async () => ({ binary: (await toolchain()).binaries.helm, scratch });
    return [kubernetesPackage(helm, forgetUnreachable), tlsPackage, kindPackage(localClusters(home, toolchain))];
}
