/** The images of local clusters as artifacts of the cache. */
import { rm } from "node:fs/promises";
import path from "node:path";
import { type Artifact, contentKey, fileStamp, sourceKey } from "../artifact";
import { IMAGE_HUB } from "../charts";
import type { ImageName } from "../toolchain";
import type { Pins } from "../pins";
import { writeArchive } from "./archive";
import {
    app,
    APPS,
    cniAgent,
    type Content,
    CURL,
    echo,
    istiod,
    PROBE_PODS,
    proxy,
    staticProgram,
    XTABLES,
} from "./recipes";

/** Name of the archive in an image's folder of the cache. */
export const ARCHIVE = "image.tar";

/** An image, still to be written or written. */
export interface ImageArtifact extends Artifact {
    readonly reference: string;
}

/** Absolute paths of the programs that go into images; as all paths of the cache, each also names its content. */
export interface ImagePrograms {
    readonly pause: string;
    readonly coredns: string;
    readonly pilotDiscovery: string;
    readonly pilotAgent: string;
    readonly installCni: string;
    readonly istioCni: string;
    readonly envoy: string;
}

/** @param appVersion Tag of the images that have no version of their own. */
export function images(
    pins: Pins,
    { pause, coredns, pilotDiscovery, pilotAgent, installCni, istioCni, envoy }: ImagePrograms,
    appVersion: string,
): Readonly<Record<ImageName, ImageArtifact>> {
    const appInputs = [sourceKey(APPS), sourceKey(PROBE_PODS), fileStamp(process.execPath)];
    return {
        pause: image(`pause:${appVersion}`, [pause], () => staticProgram(pause, "65535:65535")),
        // Root, as in its own image: port 53 is a privileged one.
        coredns: image(`coredns:${pins.coredns}`, [coredns], () => staticProgram(coredns, "0:0")),
        // The charts know these three by Istio's names for them.
        istiod: image(`pilot:${pins.istio}`, [pilotDiscovery], () => istiod(pilotDiscovery)),
        proxy: image(
            `proxyv2:${pins.istio}`,
            [pilotAgent, envoy, ...[XTABLES, CURL, process.execPath].map(fileStamp)],
            (scratch) => proxy(pilotAgent, envoy, pins, scratch),
        ),
        cni: image(`install-cni:${pins.istio}`, [installCni, istioCni, fileStamp(XTABLES)], () =>
            cniAgent(installCni, istioCni),
        ),
        webapp: image(`webapp:${appVersion}`, appInputs, (scratch) => app(path.join(APPS, "webapp"), scratch)),
        catalog: image(`catalog:${appVersion}`, appInputs, (scratch) => app(path.join(APPS, "catalog"), scratch)),
        probe: image(`probe:${appVersion}`, appInputs, (scratch) => app(PROBE_PODS, scratch)),
    };
}

/** What Istio's tests call, under the names that they know. @param programs Folder of the programs. */
export function istioTestImages(pins: Pins, programs: string): readonly ImageArtifact[] {
    // Both as in their own images; the server of keys reads a Secret that only root may read.
    const asRoot = (name: string) => () => staticProgram(path.join(programs, name), "0:0");
    return [
        image(`echo:${pins.istio}`, [programs], () => echo(programs)),
        image(`ext-authz:${pins.istio}`, [programs], asRoot("extauthz")),
        image("jwt-server:0.8", [programs], asRoot("src"), "registry.istio.io/testing"),
    ];
}

function image(
    nameAndTag: string,
    inputs: readonly string[],
    content: (scratch: string) => Content | Promise<Content>,
    hub = IMAGE_HUB,
): ImageArtifact {
    const reference = `${hub}/${nameAndTag}`;
    return {
        reference,
        name: `image-${nameAndTag.replace(/:.*/, "")}`,
        key: contentKey(reference, sourceKey(__dirname), ...inputs),
        usualSeconds: 5,
        build: async (folder) => {
            const scratch = path.join(folder, "scratch");
            await writeArchive({ reference, ...(await content(scratch)) }, path.join(folder, ARCHIVE));
            await rm(scratch, { recursive: true, force: true });
        },
    };
}
