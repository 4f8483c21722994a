import { defineCheck } from "../../check";
import { istiodHome, primaryOf } from "../../mesh";
import { inEachCluster } from "../../observe";
import { controlPlaneOf } from "../../observe/controlPlane";
import { injectorWebhooks } from "../../observe/injectorWebhooks";
import { fingerprints } from "../../observe/pem";

export interface Webhooks {
    readonly cluster: string;
    readonly webhooks: readonly {
        readonly name: string;
        readonly failurePolicy: string;
        /** Whether it has any CA, and whether one is istiod's. */
        readonly hasCa: boolean;
        readonly isIstiods: boolean;
    }[];
}

export const injector = defineCheck<readonly Webhooks[]>({
    id: "injector",
    group: "control plane",
    proves: "The sidecar injector of each cluster is registered, with istiod's CA, and refuses pods that it cannot inject",
    observe: (view) =>
        inEachCluster(view, async (kubernetes) => {
            const { namespace } = await controlPlaneOf(kubernetes);
            const [found, given] = await Promise.all([
                injectorWebhooks(kubernetes),
                kubernetes.configMap(namespace, "istio-ca-root-cert"),
            ]);
            const roots = fingerprints(given?.data?.["root-cert.pem"] ?? "");
            return {
                webhooks: found
                    .filter(({ clientConfig: { service } }) => (service?.namespace ?? namespace) === namespace)
                    .map(({ name, failurePolicy = "Fail", clientConfig: { caBundle = "" } }) => ({
                        name,
                        failurePolicy,
                        hasCa: caBundle !== "",
                        isIstiods: fingerprints(Buffer.from(caBundle, "base64").toString("utf8")).some((each) =>
                            roots.includes(each),
                        ),
                    })),
            };
        }),
    judge: (clusters, mesh) =>
        clusters.map(({ cluster, webhooks }) => {
            const primary = primaryOf(mesh, cluster);
            const serving = istiodHome(mesh, cluster);
            const ready = primary === undefined ? "is ready" : `reads ${cluster}, see peers-synced`;
            const seen = `${cluster}: ${webhooks.length} injection webhooks, ${webhooks.filter(({ hasCa }) => hasCa).length} with a CA`;
            if (webhooks.length === 0) {
                return {
                    seen,
                    cause: `${cluster} has no injection webhook: new pods get no sidecar.`,
                    fix: `Install the chart istiod in ${cluster} again; its webhook is labelled app=sidecar-injector.`,
                };
            }
            const without = webhooks.filter(({ hasCa }) => !hasCa).map(({ name }) => name);
            if (without.length > 0) {
                return {
                    seen,
                    cause: `Webhooks of ${cluster} have no CA, so the API server cannot call them: ${without.join(", ")}.`,
                    fix: `istiod writes it when it ${ready}: \`kubectl -n istio-system logs deploy/istiod\` in ${serving}.`,
                };
            }
            const strange = webhooks.filter(({ isIstiods }) => !isIstiods).map(({ name }) => name);
            if (strange.length > 0) {
                return {
                    seen,
                    cause: `Webhooks of ${cluster} have another CA than istiod, so the API server does not trust it: ${strange.join(", ")}.`,
                    fix: `istiod writes its own when it ${ready}: \`kubectl -n istio-system logs deploy/istiod\` in ${serving}; does another istiod write to the same webhooks?`,
                };
            }
            const lenient = webhooks.filter(({ failurePolicy }) => failurePolicy !== "Fail").map(({ name }) => name);
            return lenient.length === 0
                ? { seen }
                : {
                      seen,
                      cause: `Webhooks of ${cluster} let pods through without a sidecar while istiod does not answer: ${lenient.join(", ")}.`,
                      fix: `Set their failurePolicy to Fail.`,
                  };
        }),
});
