/**
 * `npm run bench`: the same six steps on the same fresh clusters, images and charts, in turn by every contender, three
 * times. Ratios are to the script, pair by pair. Writes bench/results/latest.json and the table of docs/performance.md.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { type Contender, embedded, type Figures, hasPulumi, pulumi, script } from "./contenders";
import { onFreshClusters, root } from "./environment";
import { spread } from "./measure";
import { markdown, type Results } from "./report";

const PAIRS = 3;

interface Round {
    readonly startSeconds: number;
    readonly figures: Partial<Record<Contender["name"], Figures>>;
}

async function main(): Promise<void> {
    const contenders = [script, embedded, ...(hasPulumi() ? [pulumi] : [])];
    const rounds: Round[] = [];
    for (let pair = 1; pair <= PAIRS; pair += 1) {
        const starts: number[] = [];
        const figures: Partial<Record<Contender["name"], Figures>> = {};
        for (const contender of contenders) {
            figures[contender.name] = await onFreshClusters(async (environment) => {
                starts.push(environment.startSeconds);
                return contender.run(environment);
            });
            console.error(`round ${pair}, ${contender.name}: ${JSON.stringify(figures[contender.name])}`);
        }
        rounds.push({ startSeconds: spread(starts).median, figures });
    }
    const results = summarize(rounds, contenders);
    const folder = path.join(root, "bench", "results");
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, "latest.json"), `${JSON.stringify(results, undefined, 4)}\n`);
    writeFileSync(path.join(root, "docs", "performance.md"), markdown(results));
    console.log(markdown(results));
}

function summarize(rounds: readonly Round[], contenders: readonly Contender[]): Results {
    const figures = (name: Contender["name"], phase: keyof Figures): number[] =>
        rounds.flatMap((round) => round.figures[name]?.[phase] ?? []);
    const ratios = (name: Contender["name"], phase: keyof Figures): number[] =>
        rounds.flatMap((round) => {
            const [mine, baseline] = [round.figures[name]?.[phase], round.figures.script?.up];
            return mine === undefined || baseline === undefined ? [] : [mine / baseline];
        });
    const phases = ["up", "noChangeUp", "preview", "destroy"] as const;
    const ofContender = (name: Contender["name"]): Results["embedded"] => ({
        ...Object.fromEntries(
            phases
                .filter((phase) => figures(name, phase).length > 0)
                .map((phase) => {
                    const ratio = spread(ratios(name, phase));
                    return [phase, { seconds: spread(figures(name, phase)), ratio: ratio.median, ratios: ratio }];
                }),
        ),
        peakMebibytes: spread(figures(name, "peakMebibytes")),
    });
    return {
        machine: { cores: os.cpus().length, memoryGibibytes: Math.round(os.totalmem() / 2 ** 30) },
        rounds: rounds.length,
        clusterStart: { seconds: spread(rounds.map(({ startSeconds }) => startSeconds)) },
        script: ofContender("script"),
        embedded: ofContender("embedded"),
        ...(contenders.includes(pulumi) ? { pulumi: ofContender("pulumi") } : {}),
    };
}

void main().catch((error: unknown) => {
    console.error(error);
    process.exitCode = 1;
});
