/**
 * What a steady client saw while meshes changed, in a run of the tests with LOADS, the file to which they add it:
 * `LOADS=/tmp/loads npm test && npm run bench:loads -- /tmp/loads` writes bench/results/loads.json and docs/under-load.md.
 */
import { readFileSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { z } from "zod";
import { root } from "./environment";

const seen = z.object({
    what: z.string(),
    seconds: z.number(),
    requests: z.number(),
    newConnections: z.number(),
    lost: z.number(),
    longestGap: z.number(),
    slowest: z.number(),
});
type Seen = z.infer<typeof seen>;

function page(loads: readonly Seen[]): string {
    const rows = loads.map(
        ({ what, seconds, requests, newConnections, lost, longestGap }) =>
            `| ${what} | ${seconds} | ${requests} | ${newConnections} | ${lost} | ${longestGap} |`,
    );
    const names = loads.map(({ what }) => `"${what.replaceAll("`", "")}"`);
    const gaps = loads.map(({ longestGap }) => longestGap);
    return `# Under load

What a client loses while a mesh changes: 50 requests a second through west's ingress to catalog in another cluster, every other one on
a new connection. They come from a run of the tests on local clusters that share ${os.availableParallelism()} cores with them; \`bench/loads.ts\` says how
to repeat it, and writes this page and [loads.json](../bench/results/loads.json). A request is lost that is not answered with 200. The gap is
the longest time between two answers.

| While | Seconds | Requests | On new connections | Lost | Longest gap, ms |
| ----- | ------- | -------- | ------------------ | ---- | --------------- |
${rows.join("\n")}

\`\`\`mermaid
xychart-beta horizontal
    title "Longest time between two answers, in milliseconds"
    x-axis [${names.join(", ")}]
    y-axis "ms" 0 --> ${Math.ceil(Math.max(...gaps) / 100) * 100}
    bar [${gaps.join(", ")}]
\`\`\`

An east-west gateway that goes for good can cut a request that is on its way in it: it passes TLS on, and cannot tell a client to send no more.
Everything else loses none.
`;
}

const [file] = process.argv.slice(2);
if (file === undefined) throw new Error("name the file to which the tests wrote");
const loads = readFileSync(file, "utf8")
    .trim()
    .split("\n")
    .map((line) => seen.parse(JSON.parse(line)));
writeFileSync(path.join(root, "bench", "results", "loads.json"), `${JSON.stringify(loads, undefined, 4)}\n`);
writeFileSync(path.join(root, "docs", "under-load.md"), page(loads));
