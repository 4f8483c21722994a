import { X509Certificate } from "node:crypto";
import { defineCheck, type Part } from "../../check";
import { istiodHome, primaryOf, servingName } from "../../mesh";
import { inEachCluster } from "../../observe";
import { type Cacerts, cacertsOf } from "../../observe/cacerts";
import { externalAuthority } from "../../observe/controlPlane";
import type { KubernetesView } from "../../observe/kubernetes";
import { certificatesOf, fingerprints } from "../../observe/pem";
import { givenRoots, short } from "../dataPlane/workloads";
import { type ChainBreak, chainBreak, describeBreak } from "./chain";

export interface StoredTrust {
    readonly cluster: string;
    /** Secret cacerts; undefined without one. */
    readonly stored: Pick<Cacerts, "shape" | "files" | "missing" | "keys"> | undefined;
    /** Where the chain in cacerts is broken between its certificate and its roots; absent where it is whole. */
    readonly broken?: ChainBreak;
    /** Who signs instead of istiod; absent where istiod does. */
    readonly external?: string | undefined;
    /** Fingerprints of the roots in cacerts. */
    readonly roots: readonly string[];
    /** Fingerprints of the roots that istiod gave to namespaces, by namespace. */
    readonly namespaces: Readonly<Record<string, readonly string[]>>;
}

export const storedRoot = defineCheck<readonly StoredTrust[]>({
    id: "stored-root",
    group: "trust",
    proves: "Secret cacerts has what istiod needs and the mesh's root, and every namespace has that root",
    observe: (view) => inEachCluster(view, storedTrust),
    judge: (trusts, mesh) => {
        const { rootCertificate } = mesh;
        const first = trusts.find(({ roots }) => roots.length > 0)?.roots;
        const declared = rootCertificate === undefined ? first : [new X509Certificate(rootCertificate).fingerprint256];
        return trusts.map((trust) => {
            const primary = primaryOf(mesh, trust.cluster);
            if (primary === undefined) return judgeCluster(trust, declared, istiodHome(mesh, trust.cluster));
            const roots = trusts.find(({ cluster }) => cluster === primary.name)?.roots;
            return judgeRemote(trust, servingName(mesh, trust.cluster), roots);
        });
    },
});

function judgeCluster(trust: StoredTrust, declared: readonly string[] | undefined, home: string): Part {
    const { cluster, stored, external, namespaces } = trust;
    const isExternal = stored === undefined && external !== undefined;
    const roots = isExternal ? (Object.values(namespaces)[0] ?? []) : trust.roots;
    const strangers = Object.keys(namespaces).filter((name) => namespaces[name]?.join() !== roots.join());
    const count = Object.keys(namespaces).length;
    const source = isExternal
        ? `an external CA signs (${external})`
        : `cacerts has ${stored === undefined ? "no Secret" : `${stored.files.join(", ")} (the shape of ${stored.shape})`}`;
    const seen = `${cluster}: ${source}; root ${roots.map(short).join(", ") || "none"}, the same in ${count - strangers.length} of ${count} namespaces`;
    const because = (cause: string, fix: string): Part => ({ seen, cause, fix });
    if (stored === undefined && !isExternal) {
        return because(
            `Secret cacerts is missing in ${home}: the istiod of ${cluster} signs with its own root, or will from its next start on.`,
            `Make the Secret in ${home} before istiod, then restart istiod and the workloads of ${cluster}.`,
        );
    }
    if (stored !== undefined && stored.missing.length > 0) {
        return because(
            `Secret cacerts of ${cluster} lacks ${stored.missing.join(", ")}: istiod does not start with a part of them.`,
            `Add what is missing; the others may stay as they are.`,
        );
    }
    if (stored !== undefined && stored.keys.length > 0) {
        return because(
            `Secret cacerts of ${cluster} has other files than istiod reads, and they look like private keys: ${stored.keys.join(", ")}.`,
            `Move them out of the cluster; no key but that of its own intermediate belongs in one.`,
        );
    }
    if (declared !== undefined && !roots.some((root) => declared.includes(root))) {
        return because(
            `${isExternal ? `The CA that signs in` : `Secret cacerts of`} ${cluster} has another root than the mesh, ${declared.map(short).join(", ")}.`,
            `Issue the intermediate of ${cluster} from the mesh's root.`,
        );
    }
    if (trust.broken !== undefined) {
        const { cause, fix } = describeBreak(cluster, trust.broken);
        return because(`${cause} istiod still uses what it has loaded, but would not start again.`, fix);
    }
    return strangers.length === 0
        ? { seen }
        : because(
              `Namespaces of ${cluster} have another root than ${isExternal ? "each other" : "cacerts"}: ${strangers.join(", ")}. istiod has not loaded the Secret as it is.`,
              `See the log of istiod in ${home}; a changed root needs a restart of istiod.`,
          );
}

/** A cluster without an istiod has no cacerts: another one's istiod signs, and gives its namespaces the root. */
function judgeRemote(
    { cluster, namespaces }: StoredTrust,
    primary: string,
    roots: readonly string[] = Object.values(namespaces)[0] ?? [],
): Part {
    const strangers = Object.keys(namespaces).filter((name) => namespaces[name]?.join() !== roots.join());
    const count = Object.keys(namespaces).length;
    const seen = `${cluster}: the istiod of ${primary} signs; root ${roots.map(short).join(", ") || "unknown"} in ${count - strangers.length} of ${count} namespaces`;
    return strangers.length === 0 && count > 0
        ? { seen }
        : {
              seen,
              cause: `The istiod of ${primary} has not given its root to ${strangers.length === 0 ? "any namespace" : `namespaces ${strangers.join(", ")}`} of ${cluster}: new pods there do not start, or trust another root.`,
              fix: `istiod of ${primary} needs a remote Secret for ${cluster}, and \`global.externalIstiod\`; its log says what the API server of ${cluster} refuses.`,
          };
}

async function storedTrust(kubernetes: KubernetesView): Promise<Omit<StoredTrust, "cluster">> {
    const [cacerts, external, namespaces] = await Promise.all([
        cacertsOf(kubernetes),
        externalAuthority(kubernetes),
        givenRoots(kubernetes),
    ]);
    const [certificate, ...issuers] = cacerts === undefined ? [] : issuersIn(cacerts);
    const broken = certificate && chainBreak(certificate, issuers, certificatesOf(cacerts?.root ?? ""));
    return {
        stored: cacerts,
        ...(broken === undefined ? {} : { broken }),
        external,
        roots: fingerprints(cacerts?.root ?? ""),
        namespaces,
    };
}

/** The certificate that signs, and those that follow it in its chain. */
export function issuersIn({ certificate, chain }: Pick<Cacerts, "certificate" | "chain">): X509Certificate[] {
    const [signing] = certificatesOf(certificate);
    const following = certificatesOf(chain);
    const [first] = following;
    return signing === undefined
        ? []
        : [signing, ...(first?.fingerprint256 === signing.fingerprint256 ? following.slice(1) : following)];
}
