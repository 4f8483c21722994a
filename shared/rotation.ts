/** The steps of a rotation of the root, as the setting `roots` has them. */

/** Generations of the root that a mesh trusts; the first signs. One, or two while it is rotated. */
export type Roots = readonly number[];

/** What may follow: the steps forward and, until the last, back. */
export function nextRoots([signing = 1, other]: Roots): Roots[] {
    return other === undefined ? [[signing, signing + 1]] : [[other, signing], [signing]];
}

/** A step in words. */
export function stepOf([signing = 1, other]: Roots): string {
    if (other === undefined) return `root ${signing} signs, and is the only one that is trusted`;
    return `root ${signing} signs, and root ${other} is trusted as well`;
}

/** The steps from where a mesh is, not included, to the end of a rotation; or back to its beginning. */
export function stepsFrom(roots: Roots, { back }: { readonly back: boolean }): Roots[] {
    const [signing = 1, other] = roots;
    if (other === undefined) return back ? [] : [[signing, signing + 1], [signing + 1, signing], [signing + 1]];
    const target = back ? Math.min(signing, other) : Math.max(signing, other);
    return target === signing ? [[signing]] : [[other, signing], [other]];
}
