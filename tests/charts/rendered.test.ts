/**
 * What Istio's charts make of the program's values for cluster west, for the pinned Istio: a review of a new release, or of
 * a changed value, sees its effect on every object. `npm run test:golden:update` rewrites the files; nothing else does.
 */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { parseAllDocuments, stringify } from "yaml";
import { z } from "zod";
import { eastWestValues, ingressValues, istiodValues } from "../support/values";
import { ensureToolchain, type Toolchain } from "../../embedded/toolchain";

const IDENTITY = {
    meshId: "usmesh",
    clusterName: "west-cluster",
    network: "west-network",
    trustDomain: "cluster.local",
};
const RELEASES: [release: string, chart: string, values: object][] = [
    ["istio-base", "base", {}],
    ["istiod", "istiod", istiodValues(IDENTITY)],
    ["istio-eastwestgateway", "gateway", eastWestValues("west-network")],
    ["istio-ingressgateway", "gateway", ingressValues()],
];

const manifest = z.looseObject({
    kind: z.string(),
    metadata: z.looseObject({ name: z.string() }),
    spec: z.looseObject({ versions: z.array(z.object({ name: z.string() })).optional() }).optional(),
});

describe("the charts, rendered", function () {
    this.timeout("25m");
    let toolchain: Toolchain;
    before(async () => {
        toolchain = await ensureToolchain((line) => {
            console.error(line);
        });
    });

    for (const [release, chart, values] of RELEASES) {
        it(`are as in rendered/${release}.yaml`, () => {
            const file = path.join(__dirname, "rendered", `${release}.yaml`);
            const text = render(release, chart, values);
            if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(file, text);
            expect(text).to.equal(readFileSync(file, "utf8"));
        });
    }

    /** All objects, in an order of their own. */
    function render(release: string, chart: string, values: object): string {
        const args = ["template", release, path.join(toolchain.charts, chart), "--namespace", "istio-system"];
        const options = { input: JSON.stringify(values), encoding: "utf8", maxBuffer: 2 ** 26 } as const;
        const output = execFileSync(toolchain.binaries.helm, [...args, "--include-crds", "--values", "-"], options);
        return parseAllDocuments(output)
            .map((document) => z.unknown().parse(document.toJS()))
            .filter((object) => object !== null)
            .map((object) => withoutSchema(manifest.parse(object)))
            .sort((one, other) => (one.key < other.key ? -1 : 1))
            .map(({ object }) => `---\n${stringify(object, { lineWidth: 0, sortMapEntries: true })}`)
            .join("");
    }
});

/** A CustomResourceDefinition has thousands of lines that are Istio's alone: only its name and versions are kept. */
function withoutSchema(object: z.infer<typeof manifest>): { key: string; object: object } {
    const { kind, metadata, spec } = object;
    const key = `${kind} ${metadata.name}`;
    return kind === "CustomResourceDefinition"
        ? {
              key,
              object: { kind, metadata: { name: metadata.name }, versions: spec?.versions?.map(({ name }) => name) },
          }
        : { key, object };
}
