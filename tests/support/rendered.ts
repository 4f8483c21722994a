/** What Istio's pinned charts make of values. */
import { expect } from "chai";
import { execFileSync } from "node:child_process";
import path from "node:path";
import { parseAllDocuments } from "yaml";
import { z } from "zod";
import type { Toolchain } from "../../embedded/toolchain";

const manifest = z.looseObject({ kind: z.string(), metadata: z.looseObject({ name: z.string() }) });

/** Finds what `helm install <release>` would apply, in `istio-system`. */
export function rendered({ charts, binaries }: Toolchain, release: string, chart: string, values: object) {
    const args = ["template", release, path.join(charts, chart), "--namespace", "istio-system", "--values", "-"];
    const input = JSON.stringify(values);
    const output = execFileSync(binaries.helm, args, { input, encoding: "utf8", maxBuffer: 2 ** 26 });
    const manifests = parseAllDocuments(output)
        .map((document) => z.unknown().parse(document.toJS()))
        .filter((object) => object !== null)
        .map((object) => manifest.parse(object));
    return (kind: string, name: string) => {
        const found = manifests.filter((each) => each.kind === kind && each.metadata.name === name);
        expect(found, `${kind} ${name}`).to.have.length(1);
        return found[0];
    };
}
