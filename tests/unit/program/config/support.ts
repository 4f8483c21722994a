import { expect } from "chai";
import { parseConfig } from "../../../../program/config";
import { type Problem, ProblemsError } from "../../../../shared/problems";

/** Values of the project's namespace, as a user may have written them. */
export type Settings = Record<string, unknown>;

export const SURROUNDINGS = {
    readFile: (path: string): string => {
        throw new Error(`no such file: ${path}`);
    },
    now: new Date("2026-11-22T12:00:00Z"),
    stack: "mesh",
};

/** The quick start's settings, with `changes` in place of its own; undefined takes a key out. */
export function settings(changes: Settings = {}): Settings {
    const all: Settings = {
        mesh: {
            id: "usmesh",
            rootStack: "mesh",
            clusters: [
                { name: "west", clusterName: "west-cluster", network: "west-network" },
                { name: "east", clusterName: "east-cluster", network: "east-network" },
            ],
        },
        sampleApps: { host: "webapp.istioinaction.io", webapp: ["west"], catalog: ["east"] },
        clusters: { west: { source: "kind" }, east: { source: "kind" } },
        ownsRoot: true,
        ...changes,
    };
    return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

/** Everything that is wrong with `raw`, of which there must be something. */
export function problemsOf(raw: Settings, surroundings = SURROUNDINGS): readonly Problem[] {
    try {
        parseConfig(raw, surroundings);
    } catch (error) {
        if (error instanceof ProblemsError) return error.problems;
        throw error;
    }
    return expect.fail("this configuration is accepted");
}
