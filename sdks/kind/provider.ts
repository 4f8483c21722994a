import * as pulumi from "@pulumi/pulumi";
import { getPackage } from "./utilities";

/** The provider of this package. It has no settings. */
export class Provider extends pulumi.ProviderResource {
    public constructor(name: string, opts?: pulumi.ResourceOptions) {
        super("kind", name, {}, opts, false, getPackage());
    }
}
