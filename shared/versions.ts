/** Releases that this project installs, beside that of Istio in components/versions.ts. */

/** Oldest and newest minor release of Kubernetes 1 that it supports (https://istio.io/latest/docs/releases/supported-releases/). */
export const KUBERNETES_MINORS = { oldest: 32, newest: 36 } as const;

/**
 * Node of clusters that kind makes with Docker, as kind v0.31.0 names it in its release notes
 * (https://github.com/kubernetes-sigs/kind/releases/tag/v0.31.0): the minor release that local clusters run.
 */
export const KIND_NODE_IMAGE =
    "kindest/node:v1.34.3@sha256:08497ee19eace7b4b5348db5c6a1591d7752b164530a36f855cb0f2bdcbadd48";

/** Release of MetalLB, and its own chart repository (https://metallb.io/installation/). */
export const METALLB_VERSION = "0.15.3";
export const METALLB_CHARTS = "https://metallb.github.io/metallb";

/** Tag of the sample apps' images. */
export const SAMPLE_APPS_VERSION = "0.1.0";

/** Images of the sample apps. Local clusters have them already; clusters of your own pull what you configure. */
export const SAMPLE_IMAGES = {
    webapp: `localhost/istio-multicluster/webapp:${SAMPLE_APPS_VERSION}`,
    catalog: `localhost/istio-multicluster/catalog:${SAMPLE_APPS_VERSION}`,
} as const;

/** Image of the probe of `mesh verify --probe`, with the same tag. */
export const PROBE_IMAGE = `localhost/istio-multicluster/probe:${SAMPLE_APPS_VERSION}`;
