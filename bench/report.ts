/** The benchmark's results, and their table. */
import type { Spread } from "./measure";

export interface Phase {
    readonly seconds: Spread;
    /** Median of the ratios to the script's time of the same round. */
    readonly ratio: number;
    readonly ratios: Spread;
}

export interface ContenderResults {
    readonly up?: Phase;
    readonly noChangeUp?: Phase;
    readonly preview?: Phase;
    readonly destroy?: Phase;
    readonly peakMebibytes: Spread;
}

export interface Results {
    readonly machine: { readonly cores: number; readonly memoryGibibytes: number };
    readonly rounds: number;
    readonly clusterStart: { readonly seconds: Spread };
    readonly script: ContenderResults;
    readonly embedded: ContenderResults;
    /** Absent where the machine had no Pulumi. */
    readonly pulumi?: ContenderResults;
}

const PHASES = [
    ["up", "up, to the first good answer"],
    ["noChangeUp", "up without changes"],
    ["preview", "preview without changes"],
    ["destroy", "destroy"],
] as const;

export function markdown(results: Results): string {
    const contenders = { "the script": results.script, embedded: results.embedded, pulumi: results.pulumi };
    const rows = Object.entries(contenders).flatMap(([name, measured]) => (measured ? phaseRows(name, measured) : []));
    const memory = Object.entries(contenders).flatMap(([name, measured]) =>
        measured ? [`${name} ${measured.peakMebibytes.median} MiB`] : [],
    );
    const { cores, memoryGibibytes } = results.machine;
    return `# Performance

\`npm run bench\` brings up the tutorial's mesh on fresh local clusters in turn with \`bench/tutorial.sh\`, the same six steps as
a person would type them with openssl, kubectl and istioctl, waits included, and with the \`mesh\` stack: on the embedded host,
and on Pulumi itself. Clusters, images and charts are the same. The figures are from ${results.rounds} rounds on ${cores} cores with ${memoryGibibytes} GiB. Times depend on the machine. Ratios,
computed round by round, are to the script's time to the first good answer from west's ingress with east's catalog. Cells are
medians, with minimum and maximum.

| who | what | ratio | seconds |
| --- | --- | --- | --- |
${rows.join("\n")}

Two clusters side by side are ready after ${cell(results.clusterStart.seconds)} s; that is not part of the times above.
The embedded \`destroy\` deletes the clusters with everything in them.
Peak resident memory during \`up\`, clusters and workloads included: ${memory.join(", ")}.
${results.pulumi ? "" : "\nThis machine had no Pulumi, and `npm run mesh -- toolchain pulumi` had not made one: its rows are missing.\n"}`;
}

function phaseRows(name: string, measured: ContenderResults): string[] {
    return PHASES.flatMap(([key, title]) => {
        const phase = measured[key];
        return phase ? [`| ${name} | ${title} | ${cell(phase.ratios)} | ${cell(phase.seconds)} |`] : [];
    });
}

function cell({ min, median, max }: Spread): string {
    return `**${median}** (${min} to ${max})`;
}
