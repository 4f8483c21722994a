/** What a set-up of this machine gives: pinned binaries, images and charts, all in one cache folder. */
import type { Progress } from "../progress";

export type Binary =
    | "etcd"
    | "kube-apiserver"
    | "kube-controller-manager"
    | "kube-scheduler"
    | "kubelet"
    | "kube-proxy"
    | "kubectl"
    | "helm"
    | "istioctl"
    | "load-balancer";

/** An image in an OCI archive that `ctr images import` takes. */
export interface ImageArchive {
    /** Reference under which clusters know it, e.g. `localhost/istio-multicluster/coredns:1.15.0`. */
    readonly reference: string;
    /** Absolute path of the archive. */
    readonly archive: string;
}

export type ImageName = "pause" | "coredns" | "istiod" | "proxy" | "webapp" | "catalog";

export interface Toolchain {
    /** Absolute paths. */
    readonly binaries: Readonly<Record<Binary, string>>;
    readonly images: Readonly<Record<ImageName, ImageArchive>>;
    /** Folder with Istio's charts `base`, `istiod`, `gateway`, with the defaults that local clusters need. */
    readonly charts: string;
    readonly versions: { readonly kubernetes: string; readonly istio: string; readonly envoy: string };
}

/** Builds what is missing of the toolchain, once, and returns it. */
export function ensureToolchain(_progress: Progress): Promise<Toolchain> {
    throw new Error("not built yet");
}
