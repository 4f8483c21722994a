/** What a set-up of this machine gives: pinned binaries, images and charts, all in one cache folder. */
import path from "node:path";
import { version } from "../../package.json";
import type { Progress } from "../../shared/progress";
import type { Artifact } from "./artifact";
import { Cache, cacheFolder, usualSeconds } from "./cache";
import { charts } from "./charts";
import { envoy } from "./envoy";
import { goPrograms } from "./goPrograms";
import { ARCHIVE, type ImageArtifact, images } from "./images";
import { prepareMachine } from "./machine";
import { duration } from "../../shared/patience";
import { readPins } from "./pins";
import type { ImageArchive, Toolchain } from "./toolchain";

export type { Binary, ImageArchive, ImageName, Toolchain } from "./toolchain";

/**
 * Prepares this machine (Debian packages it lacks are installed), builds what is missing of the toolchain, once, and
 * returns it.
 * @throws ProblemsError with all that the machine lacks, or with what a build said.
 */
export async function ensureToolchain(progress: Progress): Promise<Toolchain> {
    const cache = new Cache(cacheFolder());
    await prepareMachine({ cache, building: cache.missing(plan(cache).artifacts).length > 0 }, progress);
    // Planned again: an image takes iptables from the machine, which may just have been installed.
    const { artifacts, toolchain } = plan(cache);
    const missing = cache.missing(artifacts);
    if (missing.length > 0) {
        progress(
            `toolchain: ${missing.length} of ${artifacts.length} parts to build in ${cache.folder}; from nothing this takes about ${duration(usualSeconds(missing))}`,
        );
    }
    await cache.ensure(artifacts, progress);
    return toolchain;
}

interface Plan {
    /** In the order in which they can be built. */
    readonly artifacts: readonly Artifact[];
    /** Where everything is once they are built. */
    readonly toolchain: Toolchain;
}

function plan(cache: Cache): Plan {
    const pins = readPins();
    const envoyProgram = envoy();
    const go = goPrograms(pins);
    const istioCharts = charts(pins);
    const file = (artifact: Artifact, name: string): string => path.join(cache.pathOf(artifact), name);
    const made = images(
        pins,
        {
            pause: file(go.pause, "pause"),
            coredns: file(go.coredns, "coredns"),
            pilotDiscovery: file(go.istio, "pilot-discovery"),
            pilotAgent: file(go.pilotAgent, "pilot-agent"),
            installCni: file(go.istioCni, "install-cni"),
            istioCni: file(go.istioCni, "istio-cni"),
            envoy: file(envoyProgram, "envoy"),
        },
        version,
    );
    const archive = (image: ImageArtifact): ImageArchive => ({
        reference: image.reference,
        archive: file(image, ARCHIVE),
    });
    return {
        artifacts: [envoyProgram, ...Object.values(go), istioCharts, ...Object.values(made)],
        toolchain: {
            binaries: {
                etcd: file(go.etcd, "etcd"),
                "kube-apiserver": file(go.kubernetes, "kube-apiserver"),
                "kube-controller-manager": file(go.kubernetes, "kube-controller-manager"),
                "kube-scheduler": file(go.kubernetes, "kube-scheduler"),
                kubelet: file(go.kubernetes, "kubelet"),
                "kube-proxy": file(go.kubernetes, "kube-proxy"),
                kubectl: file(go.kubernetes, "kubectl"),
                helm: file(go.helm, "helm"),
                istioctl: file(go.istio, "istioctl"),
                "load-balancer": file(go.loadBalancer, "load-balancer"),
            },
            images: {
                pause: archive(made.pause),
                coredns: archive(made.coredns),
                istiod: archive(made.istiod),
                proxy: archive(made.proxy),
                cni: archive(made.cni),
                webapp: archive(made.webapp),
                catalog: archive(made.catalog),
                probe: archive(made.probe),
            },
            charts: cache.pathOf(istioCharts),
            versions: { kubernetes: pins.kubernetes, istio: pins.istio, envoy: pins.envoy },
        },
    };
}
