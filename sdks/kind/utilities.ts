import { runtime } from "@pulumi/pulumi";
import manifest from "./package.json";

/** Tells the engine which provider serves this package: Pulumi's bridge, given the Terraform provider as parameter. */
export async function getPackage(): Promise<string | undefined> {
    const { name, version, parameterization } = manifest.pulumi;
    return runtime.registerPackage({
        baseProviderName: name,
        baseProviderVersion: version,
        baseProviderDownloadUrl: "",
        packageName: parameterization.name,
        packageVersion: parameterization.version,
        base64Parameter: parameterization.value,
    });
}
