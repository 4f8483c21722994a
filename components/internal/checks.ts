/** Checks of what a caller passes to a component. */
import * as pulumi from "@pulumi/pulumi";
import { generationsProblem, isDnsLabel, validityProblem } from "./rules";
import type { ValidityArgs } from "./types";

/** @throws RunError, before anything is registered, when `value` cannot be a Kubernetes name. */
export function assertDnsLabel(field: string, value: string): void {
    if (!isDnsLabel(value)) {
        throw new pulumi.RunError(
            `\`${field}\` must be a DNS label (RFC 1123: lower-case letters, digits and hyphens, at most 63), ` +
                `not ${JSON.stringify(value)}, since it becomes part of Kubernetes names and labels`,
        );
    }
}

/** @throws RunError, before anything is registered, when a certificate would be born dead or due for renewal. */
export function assertValidity(field: string, { days, renewBeforeDays }: ValidityArgs): void {
    const problem = validityProblem(days, renewBeforeDays);
    if (problem !== undefined) {
        throw new pulumi.RunError(
            `\`${field}\` ${problem}, not ${days} days with renewal ${renewBeforeDays} days before`,
        );
    }
}

/** @throws RunError, before anything is registered, for what are no generations. */
export function assertGenerations(
    field: string,
    generations: readonly number[],
): asserts generations is [number, ...number[]] {
    const problem = generationsProblem(generations);
    if (problem !== undefined) {
        throw new pulumi.RunError(`\`${field}\` ${problem}, not ${JSON.stringify(generations)}`);
    }
}

/** Passes `input` on once it is known and good; else the resource that needs it fails with `field`, value and rule. */
export function checkedInput(
    field: string,
    input: pulumi.Input<string>,
    problemOf: (value: string) => string | undefined,
    resource: pulumi.Resource,
): pulumi.Output<string> {
    return pulumi.output(input).apply((value) => {
        const problem = problemOf(value);
        if (problem !== undefined) {
            throw new pulumi.ResourceError(`\`${field}\` ${problem}, not ${JSON.stringify(value)}`, resource, true);
        }
        return value;
    });
}
