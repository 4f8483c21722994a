/** The values that the library gives each chart. */
import { z } from "zod";
import type { IstioArgs } from "../../components/index";
import {
    baseChart,
    cniChart,
    eastWestChart,
    externalIstiodChart,
    ingressChart,
    istiodChart,
    remoteIstiodChart,
} from "../../components/internal/istio";
import type { ControlPlaneIdentity, RemoteIdentity } from "../../components/internal/values/istiod";
import { type ChartSettings, releaseOf } from "../../components/internal/values/release";

const plain = z.record(z.string(), z.unknown());

function valuesOf(chart: ChartSettings): Record<string, unknown> {
    return plain.parse(releaseOf(chart, {}).values ?? {});
}

export const baseValues = (istio: IstioArgs = {}) => valuesOf(baseChart(istio));
export const cniValues = (istio: IstioArgs = {}) => valuesOf(cniChart(istio));
export const istiodValues = (identity: ControlPlaneIdentity, istio: IstioArgs = {}) =>
    valuesOf(istiodChart(identity, istio));
export const remoteIstiodValues = (identity: RemoteIdentity) => valuesOf(remoteIstiodChart(identity, {}));
export const externalIstiodValues = (clusterName: string) => valuesOf(externalIstiodChart({ clusterName }, {}));
export const eastWestValues = (network: string, istio: IstioArgs = {}, shared = false) =>
    valuesOf(eastWestChart(network, istio, shared));
export const ingressValues = (istio: IstioArgs = {}) => valuesOf(ingressChart(istio));
