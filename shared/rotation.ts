/** The steps in which something that a mesh trusts is replaced, as the settings of these names have them: an `up` each. */

/** Numbers of what is good at the same time, the one that is used first. One, or two while it is replaced. */
export type Generations = readonly number[];

/** Settings that list generations, and what may follow a single one: two, of which the first begins a rotation. */
const PAIRS = {
    /** Roots. One that signs has to be trusted before. */
    roots: (now: number): [Generations, ...Generations[]] => [[now, now + 1]],
    /** Tokens of the reader. A new one is good as soon as there is one. */
    readerTokens: (now: number): [Generations, ...Generations[]] => [
        [now + 1, now],
        [now, now + 1],
    ],
};
export type Rotated = keyof typeof PAIRS;

/** What may follow: the steps forward and, until the last, back. */
export function nextSteps(rotated: Rotated, [used = 1, other]: Generations): Generations[] {
    return other === undefined ? PAIRS[rotated](used) : [[other, used], [used]];
}

/** The steps from where a mesh is, not included, to the end of a rotation; or back to its beginning. */
export function stepsFrom(
    rotated: Rotated,
    generations: Generations,
    { back }: { readonly back: boolean },
): Generations[] {
    const [used = 1, other] = generations;
    if (other === undefined) {
        const [first] = PAIRS[rotated](used);
        return back ? [] : [first, ...stepsFrom(rotated, first, { back })];
    }
    const target = back ? Math.min(used, other) : Math.max(used, other);
    return target === used ? [[used]] : [[other, used], [other]];
}

/** A step in words. */
export function stepOf(rotated: Rotated, [used = 1, other]: Generations): string {
    if (rotated === "roots") {
        return other === undefined
            ? `root ${used} signs, and is the only one that is trusted`
            : `root ${used} signs, and root ${other} is trusted as well`;
    }
    return other === undefined
        ? `peers read with token ${used}, the only one that is accepted`
        : `peers read with token ${used}, and token ${other} is accepted as well`;
}

export function isSame(one: Generations, other: Generations): boolean {
    return one.join() === other.join();
}
