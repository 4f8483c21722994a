/** The kubernetes package: objects of any kind, and Helm releases (https://www.pulumi.com/registry/packages/kubernetes/). */
import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { ProblemsError } from "../../../../shared/problems";
import { UNKNOWN, type Diff, type Operation, type Properties, type Provider, type ProviderPackage } from "../provider";
import { textAt } from "../../../apiServer/json";
import { changedNames, hasUnknown, NO_CHANGE } from "../inputs";
import { type Helm, RELEASE, releaseProvider } from "../helm";
import { KubernetesApi, UnreachableError } from "../../../apiServer/api";
import { loadKubeconfig } from "./kubeconfig";
import { objectsProvider } from "./provider";

/** The SDK writes switches of a provider as JSON text. */
const flag = z.union([z.boolean(), z.enum(["true", "false"])]);

const configuration = z.strictObject({
    kubeconfig: z.string().optional(),
    context: z.string().optional(),
    namespace: z.string().optional(),
    clusterIdentifier: z.string().optional(),
    enableSecretMutable: flag.optional(),
    enableConfigMapMutable: flag.optional(),
    enableServerSideApply: z.union([z.literal(true), z.literal("true")]).optional(),
    version: z.string().optional(),
});

/**
 * @param helm Asked for when a release is first installed or removed.
 * @param forgetUnreachable Whether what is in a cluster that does not answer counts as deleted.
 */
export function kubernetesPackage(helm: () => Promise<Helm>, forgetUnreachable = false): ProviderPackage {
    return {
        name: "kubernetes",
        version: "4.25.0",
        checkConfig,
        diffConfig,
        configure(inputs) {
            const unknown = hasUnknown(inputs["kubeconfig"]) || hasUnknown(inputs["context"]);
            const kubeconfig = unknown ? undefined : loadKubeconfig(inputs);
            const api = kubeconfig && new KubernetesApi(kubeconfig);
            const namespace = textAt(inputs, "namespace");
            const mutable = {
                secrets: isOn(inputs["enableSecretMutable"]),
                configMaps: isOn(inputs["enableConfigMapMutable"]),
            };
            const provider = either(
                releaseProvider({ api, helm, namespace: namespace ?? "default" }),
                objectsProvider({ api, namespace, mutable }),
            );
            return { ...provider, delete: deletion(provider, forgetUnreachable) };
        },
    };
}

function checkConfig(inputs: Properties): Properties {
    const issues = configuration.safeParse(inputs).error?.issues ?? [];
    const problems = issues.flatMap((issue) =>
        (issue.code === "unrecognized_keys" ? issue.keys : [issue.path.join(".")])
            .filter((name) => !hasUnknown(inputs[name]))
            .map((name) => ({
                subject: `kubernetes provider.${name}`,
                rule:
                    issue.code === "unrecognized_keys" ? "the embedded host does not know this setting" : issue.message,
                fix: `Use ${Object.keys(configuration.shape).join(", ")}, or run the program with Pulumi`,
            })),
    );
    if (problems.length > 0) throw new ProblemsError(problems);
    return inputs;
}

/** Another cluster means new objects: by `clusterIdentifier` where it is given, else by the kubeconfig's cluster. */
function diffConfig(olds: Properties, news: Properties): Diff {
    const changed = changedNames(olds, news);
    const [before, after] = [olds["clusterIdentifier"], news["clusterIdentifier"]];
    if (before !== undefined && after !== undefined) {
        return { ...NO_CHANGE, changed, replace: before === after && after !== UNKNOWN ? [] : ["clusterIdentifier"] };
    }
    const access = changed.filter((name) => name === "kubeconfig" || name === "context");
    const moved = access.length > 0 && (access.some((name) => hasUnknown(news[name])) || !isSameCluster(olds, news));
    return { ...NO_CHANGE, changed, replace: moved ? access : [] };
}

function isSameCluster(olds: Properties, news: Properties): boolean {
    const after = loadKubeconfig(news).cluster;
    try {
        return isDeepStrictEqual(loadKubeconfig(olds).cluster, after);
    } catch {
        return true; // A former file that is gone says nothing about the cluster.
    }
}

/** As Pulumi's provider with PULUMI_K8S_DELETE_UNREACHABLE. */
function deletion(provider: Provider, forgetUnreachable: boolean): Provider["delete"] {
    return async (operation, old) => {
        try {
            await provider.delete(operation, old);
        } catch (error) {
            if (!(error instanceof UnreachableError)) throw error;
            if (!forgetUnreachable) {
                throw new UnreachableError(
                    `${error.message} If it is gone for good, \`--unreachable\` forgets what is in it`,
                );
            }
            operation.progress(
                "its cluster does not answer: it is forgotten, and stays there should the cluster come back",
            );
        }
    };
}

function isOn(value: Properties[string] | undefined): boolean {
    return value === true || value === "true";
}

function either(releases: Provider, objects: Provider): Provider {
    const of = ({ type }: Operation) => (type === RELEASE ? releases : objects);
    return {
        serves: (type) => releases.serves(type) || objects.serves(type),
        check: (operation, olds, news) => of(operation).check(operation, olds, news),
        secretInputs: (type) => objects.secretInputs?.(type) ?? [],
        diff: (operation, old, news) => of(operation).diff(operation, old, news),
        create: (operation, inputs) => of(operation).create(operation, inputs),
        update: (operation, old, news) => of(operation).update(operation, old, news),
        read: (operation, id, old) => of(operation).read(operation, id, old),
        delete: (operation, old) => of(operation).delete(operation, old),
    };
}
