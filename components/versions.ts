/** The one place where the release of Istio is named that this library installs. */

/** Release of the control planes and gateways, where nothing else is said. */
export const ISTIO_VERSION = "1.31.1";

/** Oldest and newest minor release of Istio 1 that this library supports (https://istio.io/latest/docs/releases/supported-releases/). */
export const ISTIO_MINORS = { oldest: 30, newest: 32 } as const;

/** Minor releases by which the control planes of one mesh may differ (https://istio.io/latest/docs/releases/supported-releases/#control-plane-skew). */
export const MOST_SKEW = 1;

/** Istio's own chart repository (https://istio.io/latest/docs/setup/install/helm/). */
export const ISTIO_CHARTS = "https://blob.istio.io/istio-release/charts";
