/** What the toolchain gives to those who use it. */

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

export type ImageName = "pause" | "coredns" | "istiod" | "proxy" | "cni" | "webapp" | "catalog" | "probe";

export interface Toolchain {
    /** Absolute paths. */
    readonly binaries: Readonly<Record<Binary, string>>;
    readonly images: Readonly<Record<ImageName, ImageArchive>>;
    /** Folder with Istio's charts `base`, `istiod`, `gateway` and `cni`, with the defaults that local clusters need. */
    readonly charts: string;
    readonly versions: { readonly kubernetes: string; readonly istio: string; readonly envoy: string };
}
