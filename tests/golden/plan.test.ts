/**
 * The plan of every stack: each resource that the program asks for, so that a review sees what a change does to all
 * of them. `npm run test:golden:update` rewrites them; nothing else does.
 */
import { expect } from "chai";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Json, Properties } from "../../embedded/host/providers/provider";
import { configuration, runProgram } from "../support/program";
import type { Recorded, Recording } from "../support/record";
import { created, run, whole } from "../support/stacks";

describe("the plan", () => {
    it("of stack mesh is what mesh.json says", async () => {
        expectPlan("mesh", await runProgram(configuration("Pulumi.mesh.yaml")));
    });

    // A cluster's stack begins with its request, and is whole once the root has signed it and its peer is built.
    it("of stack west, before anything else is up, is what west.first.json says", async () => {
        expectPlan("west.first", await run("west", created()));
    });

    for (const stack of ["root", "west", "east"]) {
        it(`of stack ${stack} is what ${stack}.json says`, async () => {
            expectPlan(stack, await run(stack, await whole()));
        });
    }

    // Without what it has in common with the tutorial's clusters.
    it("of the example kind-docker is what kind-docker.json says", async () => {
        const common = planOf(await runProgram(configuration("Pulumi.mesh.yaml"))).map((each) => JSON.stringify(each));
        const example = await runProgram(configuration("examples/kind-docker/Pulumi.kind-docker.yaml"));
        expectGolden(
            "kind-docker",
            planOf(example).filter((each) => !common.includes(JSON.stringify(each))),
        );
    });
});

function expectPlan(name: string, run: Recording<unknown>): void {
    expectGolden(name, planOf(run));
}

function planOf({ resources }: Recording<unknown>): object[] {
    return resources.map(redacted).sort(byTypeAndName);
}

function expectGolden(name: string, resources: readonly object[]): void {
    const file = path.join(__dirname, `${name}.json`);
    const plan = `${JSON.stringify(resources, undefined, 2)}\n`;
    if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(file, plan);
    expect(JSON.parse(plan)).to.deep.equal(JSON.parse(readFileSync(file, "utf8")));
}

function redacted({ inputs, secrets, ...rest }: Recorded): object {
    const shown: Properties = Object.fromEntries(
        Object.entries(inputs).map(([key, value]) => [key, secrets.includes(key) ? keysOf(value) : stable(value)]),
    );
    return { ...rest, inputs: sorted(shown) };
}

/** Of a secret only what it is called. */
function keysOf(value: Json): Json {
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject
        ? Object.fromEntries(
              Object.keys(value)
                  .sort()
                  .map((key) => [key, "[secret]"]),
          )
        : "[secret]";
}

/** Keys and certificates are new in every run. */
function stable(value: Json): Json {
    if (typeof value === "string")
        return value.replace(/-----BEGIN ([A-Z ]+)-----[^-]+-----END [A-Z ]+-----\n?/g, "[$1]");
    if (Array.isArray(value)) return value.map(stable);
    return typeof value === "object" && value !== null ? sorted(value) : value;
}

function sorted(value: Properties): Properties {
    return Object.fromEntries(
        Object.entries(value)
            .sort(([one], [other]) => one.localeCompare(other, "en"))
            .map(([key, inner]) => [key, stable(inner)]),
    );
}

function byTypeAndName(one: object, other: object): number {
    return JSON.stringify(one).localeCompare(JSON.stringify(other), "en");
}
