/** Values of a Release: defaults, what a user sets over them, and what makes the mesh over all. */
import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { chartReference, type ChartReference } from "../charts";
import { ISTIO_CHARTS, ISTIO_VERSION } from "../../versions";
import type { IstioArgs } from "../../istio";
import { conflicts, type Fixed, fixedValues } from "./conflicts";
import { type Chart, keyProblems } from "./keys";
import { hasNull, isKnown, isMap, layered, type Values } from "./layers";
import type { ValueProblem } from "./problem";

/** A chart, and all that is known of its values before they are merged. */
export interface ChartSettings {
    readonly chart: Chart;
    /** Lowest layer. */
    readonly defaults?: Values;
    /** Values of typed settings. */
    readonly settings?: Values;
    /** Values that a user gives as such; may be on their way. */
    readonly values?: unknown;
    /** Path of `values`, e.g. `istiod.values`. */
    readonly at: string;
    /** What a user must not contradict. */
    readonly fixed?: readonly Fixed[];
    /** Further rules for what a user has set. */
    readonly problems?: (user: Values, at: string) => ValueProblem[];
}

/** Charts are installed in the namespace that the library makes, and name it in many places. */
const EVERYWHERE: readonly Fixed[] = [
    { keys: ["global", "istioNamespace"], value: undefined, instead: "control planes live in istio-system" },
    { keys: ["revision"], value: undefined, instead: "control planes by revision are not supported yet" },
];

/** What is wrong with the values that a user gives, as far as they are known. */
export function chartProblems({
    chart,
    settings = {},
    values,
    at,
    fixed = [],
    problems,
}: ChartSettings): ValueProblem[] {
    if (values === undefined || !isKnown(values)) return [];
    const open = mapOf(values);
    return [
        ...keyProblems(chart, values, at),
        ...conflicts([...EVERYWHERE, ...fixed], open, at),
        ...(problems?.(layered(settings, open), at) ?? []),
    ];
}

/** @throws RunError with every problem: now where all is known, and before anything is registered; else the resource fails. */
function releaseValues(chart: ChartSettings): pulumi.Input<Values> {
    const { defaults = {}, settings = {}, values = {}, fixed = [] } = chart;
    const merge = (user: Values, open: Values, set: readonly Fixed[]): Values =>
        layered(layered(layered(defaults, user), open), fixedValues(set));
    const own = fixed.map(({ value }) => value);
    if (isKnown([settings, values])) {
        refuse(chartProblems(chart));
        if (isKnown(own)) return merge(settings, mapOf(values), fixed);
    }
    return pulumi.output({ settings, values, own }).apply((known) => {
        const set = fixed.map((each, index) => ({ ...each, value: known.own[index] }));
        refuse(chartProblems({ ...chart, settings: known.settings, values: known.values, fixed: set }));
        return merge(known.settings, mapOf(known.values), set);
    });
}

/** What is no map is a problem of its own. */
function mapOf(values: unknown): Values {
    return isMap(values) ? values : {};
}

/** @throws RunError with every problem, which Pulumi shows without a stack trace. */
export function refuse(problems: readonly ValueProblem[]): void {
    if (problems.length === 0) return;
    const lines = problems.map(({ path, value, rule, fix }) => {
        const found = value === undefined ? "" : ` (found ${value})`;
        return `${path}: ${rule}${found}. ${fix}`;
    });
    throw new pulumi.RunError(lines.join("\n"));
}

/** The arguments of a Release that say what it installs, and how. */
export function releaseOf(
    chart: ChartSettings,
    { charts = ISTIO_CHARTS, version = ISTIO_VERSION }: IstioArgs,
): ChartReference & Pick<k8s.helm.v3.ReleaseArgs, "values" | "allowNullValues"> {
    const reference = chartReference(chart.chart, charts, version);
    const values = releaseValues(chart);
    if (isMap(values) && Object.keys(values).length === 0) return reference;
    // Without it Pulumi drops every null, with which Helm removes a default of the chart.
    const allowNullValues = isKnown(values) ? hasNull(values) : pulumi.output(values).apply(hasNull);
    return { ...reference, values, ...(allowNullValues === false ? {} : { allowNullValues }) };
}
