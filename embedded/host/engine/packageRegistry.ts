/** Packages as programs name them: by version, or by a reference to a parameterized one (`pulumi package add`). */
import type { RegisterPackageRequest } from "@pulumi/pulumi/proto/resource_pb";
import type { Values } from "../state/values";

export interface PackageReference {
    /** Version of the SDK's package. */
    readonly version: string;
    /** Inputs of its provider resources that record it, as Pulumi does. */
    readonly inputs: Values;
}

export class PackageRegistry {
    readonly #references = new Map<string, PackageReference>();

    /** @returns what requests pass as `packageRef`. */
    public register(request: RegisterPackageRequest): string {
        const parameterization = request.getParameterization();
        const [base, baseVersion] = [request.getName(), request.getVersion()];
        if (parameterization === undefined) return this.#remember(base, unparameterized(baseVersion));
        const version = parameterization.getVersion();
        const value = parameterization.getValue_asB64();
        const inputs = { version, __internal: { name: base, version: baseVersion, parameterization: value } };
        return this.#remember(parameterization.getName(), { version, inputs });
    }

    /** @throws Error for a reference that was not registered. */
    public resolve(reference: string, version: string): PackageReference {
        if (reference === "") return unparameterized(version);
        const found = this.#references.get(reference);
        if (found === undefined) throw new Error(`package reference ${reference} was not registered`);
        return found;
    }

    #remember(name: string, reference: PackageReference): string {
        const key = `${name}@${reference.version}`;
        this.#references.set(key, reference);
        return key;
    }
}

function unparameterized(version: string): PackageReference {
    return { version, inputs: version === "" ? {} : { version, __internal: {} } };
}
