/** Whether intermediates that an offline root has signed can carry a mesh, before anything is made with them. */
import { X509Certificate } from "node:crypto";
import { certificatesIn } from "../../shared/pem";
import type { Problem } from "../../shared/problems";
import { intermediateProblems, keyProblems, rootProblems } from "./authority";
import { chainProblem } from "../chain";

/** The setting `givenIntermediates`, PEM. */
export interface GivenIntermediates {
    /** What the mesh trusts: the root that issued the intermediates first. Absent until it is known. */
    readonly root?: string | undefined;
    /** By cluster: its intermediate, then the authorities between it and the root. */
    readonly certificates: Readonly<Record<string, string>>;
}

const SETTING = "givenIntermediates";

/** @param now When the mesh is built: all of them must be good then. */
export function givenIntermediatesProblems({ root, certificates }: GivenIntermediates, now: Date): Problem[] {
    const roots = certificatesOf(`${SETTING}.root`, root ?? "");
    const given = Object.entries(certificates);
    if (root === undefined) {
        const rule = "certificates of clusters are given, and not the root that issued them";
        const fix = "Give its certificate; `mesh ca import --root` does.";
        return given.length === 0 ? [] : [{ subject: `${SETTING}.root`, rule, fix }];
    }
    return [
        ...roots.problems,
        ...roots.found.flatMap((certificate) => rootProblems(`${SETTING}.root`, certificate, now)),
        ...given.flatMap(([cluster, pem]) => ofCluster(`${SETTING}.certificates.${cluster}`, pem, roots.found, now)),
    ];
}

function ofCluster(subject: string, pem: string, roots: readonly X509Certificate[], now: Date): Problem[] {
    const { found, problems } = certificatesOf(subject, pem);
    // A chain may end with its root.
    const [intermediate, ...above] = found.filter(({ raw }) => !roots.some((each) => each.raw.equals(raw)));
    const [root] = roots;
    if (intermediate === undefined || root === undefined) return problems;
    const broken = chainProblem(intermediate, above, root);
    return [
        ...[intermediate, ...above].flatMap((certificate) => intermediateProblems(subject, certificate, now)),
        ...keyProblems(subject, "intermediate", intermediate.publicKey),
        ...(broken === undefined
            ? []
            : [
                  {
                      subject,
                      rule: broken,
                      fix: "Give the cluster's certificate first, each followed by its issuer, up to the first root.",
                  },
              ]),
    ];
}

function certificatesOf(subject: string, pem: string): { found: X509Certificate[]; problems: Problem[] } {
    try {
        const found = certificatesIn(pem).map((each) => new X509Certificate(each));
        if (found.length > 0) return { found, problems: [] };
    } catch {
        // Neither is one that cannot be read.
    }
    const rule = "this is not a certificate in PEM";
    return { found: [], problems: [{ subject, rule, fix: "Give them with their -----BEGIN and -----END lines." }] };
}
