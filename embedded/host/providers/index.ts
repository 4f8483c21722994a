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
}

export function providerPackages({ home, toolchain }: ProvidersOptions): ProviderPackage[] {
    const scratch = path.join(home, "helm");
    const helm = async () => ({ binary: (await toolchain()).binaries.helm, scratch });
    return [kubernetesPackage(helm), tlsPackage, kindPackage(localClusters(home, toolchain))];
}
