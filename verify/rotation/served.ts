/** Whether all of a mesh has taken a step in which its roots, or what signs, have changed. Judging is pure. */
import type { X509Certificate } from "node:crypto";
import type { Mesh } from "../mesh";
import { isIssuedBy } from "../../shared/pem";
import { givenRoots } from "../checks/dataPlane/workloads";
import { inEachCluster, observe } from "../observe";
import { cacertsOf } from "../observe/cacerts";
import { certificatesOf, type WorkloadCertificates } from "../observe/envoy";
import { everyProxy, type Unreadable } from "../observe/everyProxy";
import { type LoadedAuthority, readAuthorities, type Told } from "../observe/istiod";
import { certificatesOf as certificatesIn, fingerprints } from "../observe/pem";
import type { Behind } from "./behind";

/** What one cluster serves. */
export interface Served {
    readonly cluster: string;
    /** Every running proxy; with the reason where one did not answer. */
    readonly proxies: readonly (WorkloadCertificates | Unreadable)[];
    /** Fingerprints of the roots that new workloads get, by namespace. */
    readonly namespaces: Readonly<Record<string, readonly string[]>>;
    readonly istiods: readonly Told<LoadedAuthority>[];
    /** The intermediate in Secret cacerts, with which istiod is to sign. */
    readonly intermediate: X509Certificate | undefined;
}

/** Reads every proxy of a mesh. @throws ObservationError for a cluster that does not answer. */
export async function servedIn(mesh: Mesh, signal: AbortSignal): Promise<Served[]> {
    return inEachCluster(await observe(mesh, signal), async (kubernetes) => {
        const [proxies, namespaces, istiods, cacerts] = await Promise.all([
            everyProxy(kubernetes, (pod) => certificatesOf(kubernetes, pod)),
            givenRoots(kubernetes),
            readAuthorities(kubernetes),
            cacertsOf(kubernetes),
        ]);
        return { proxies, namespaces, istiods, intermediate: certificatesIn(cacerts?.certificate ?? "")[0] };
    });
}

/** @param rootCertificate What is to be trusted everywhere, PEM: the root that signs first. */
export function behind(served: readonly Served[], rootCertificate: string): Behind[] {
    const [signing] = certificatesIn(rootCertificate);
    const roots = fingerprints(rootCertificate).join();
    return served.flatMap(({ cluster, proxies, namespaces, istiods, intermediate }) => [
        ...istiods.flatMap((istiod) =>
            hasLoaded(istiod, signing, intermediate)
                ? []
                : [{ cluster, who: istiod.pod, why: "has not loaded Secret cacerts as it is now" }],
        ),
        ...Object.entries(namespaces).flatMap(([namespace, given]) =>
            given.join() === roots
                ? []
                : [{ cluster, who: `namespace ${namespace}`, why: "gives other roots to new workloads" }],
        ),
        ...proxies.flatMap((proxy) => {
            const why = "unreadable" in proxy ? `does not answer: ${proxy.unreadable}` : fault(proxy, roots, signing);
            return why === undefined ? [] : [{ cluster, who: proxy.pod, why }];
        }),
    ]);
}

function fault(
    { chain: [leaf, issuer], roots: own }: WorkloadCertificates,
    roots: string,
    signing: X509Certificate | undefined,
): string | undefined {
    if (leaf === undefined || issuer === undefined) return "has no certificate";
    if (signing === undefined || !isIssuedBy(issuer, signing))
        return "has a certificate of another root than the one that signs";
    const trusted = own.map(({ fingerprint256 }) => fingerprint256).sort();
    return trusted.join() === roots ? undefined : "trusts other roots";
}

/** Replicas that do not say what they have loaded are taken at their namespaces' word. */
function hasLoaded(
    { rootEnd, intermediateEnd }: LoadedAuthority,
    root: X509Certificate | undefined,
    intermediate: X509Certificate | undefined,
): boolean {
    const fits = (said: number | undefined, certificate: X509Certificate | undefined): boolean =>
        said === undefined || certificate === undefined || said * 1000 === Date.parse(certificate.validTo);
    return fits(rootEnd, root) && fits(intermediateEnd, intermediate);
}
