/** The one place where releases that this project installs are named. */

/** Istio release of the control planes and gateways. */
export const ISTIO_VERSION = "1.31.1";

/** Istio's own chart repository (https://istio.io/latest/docs/setup/install/helm/). */
export const ISTIO_CHARTS = "https://blob.istio.io/istio-release/charts";

/** Tag of the sample apps' images. */
export const SAMPLE_APPS_VERSION = "0.1.0";

/** Images of the sample apps. Local clusters have them already; clusters of your own pull what you configure. */
export const SAMPLE_IMAGES = {
    webapp: `localhost/istio-multicluster/webapp:${SAMPLE_APPS_VERSION}`,
    catalog: `localhost/istio-multicluster/catalog:${SAMPLE_APPS_VERSION}`,
} as const;

/** Image of the probe of `mesh verify --probe`, with the same tag. */
export const PROBE_IMAGE = `localhost/istio-multicluster/probe:${SAMPLE_APPS_VERSION}`;
