/** Option `--peers`: who discovers whom in a mesh that is one-way on purpose. */
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { z } from "zod";
import { ProblemsError } from "../../shared/problems";
import type { DeclaredPeers } from "../../verify/survey";

const schema = z.record(z.string(), z.array(z.string()).nullable());

/** @param value `none`, or a YAML file: by context a list of contexts. @throws ProblemsError for a file of another form. */
export function readPeers(value: string): DeclaredPeers {
    if (value === "none") {
        return "found";
    }
    try {
        const peers = schema.parse(parse(readFileSync(value, "utf8")));
        return Object.fromEntries(Object.entries(peers).map(([name, others]) => [name, others ?? []]));
    } catch {
        const rule = "cannot be read as YAML with a list of contexts for each context";
        const fix = "Write a line such as `west: [east]` for each context, or use `--peers none`.";
        throw new ProblemsError([{ subject: "--peers", value, rule, fix }]);
    }
}
