/** Istio's own integration tests, built from its module, for those who judge a mesh by them. */
import path from "node:path";
import type { Progress } from "../../shared/progress";
import { Cache, cacheFolder } from "./cache";
import { istioTestPrograms } from "./goPrograms";
import { ARCHIVE, istioTestImages } from "./images";
import { IMAGE_HUB } from "./charts";
import { prepareMachine } from "./machine";
import { istioSource } from "./moduleSource";
import { readPins } from "./pins";

export interface IstioTests {
    /** Istio's source: its tests read files beside their own. */
    readonly source: string;
    /** Folder of the programs that run the tests of a suite, `<suite>.test`. */
    readonly programs: string;
    /** Images of the servers that the tests call, and call from, as OCI archives. */
    readonly archives: readonly string[];
    /** Where the tests look for images. */
    readonly hub: string;
    readonly tag: string;
}

/**
 * Builds what is missing of them, once a machine.
 * @throws ProblemsError with what the machine lacks, or with what a build said.
 */
export async function ensureIstioTests(progress: Progress): Promise<IstioTests> {
    const cache = new Cache(cacheFolder());
    const pins = readPins();
    const { tests, servers } = istioTestPrograms();
    const images = istioTestImages(pins, cache.pathOf(servers));
    const artifacts = [servers, ...images, tests];
    await prepareMachine({ cache, building: cache.missing(artifacts).length > 0 }, progress);
    await cache.ensure(artifacts, progress);
    return {
        source: await istioSource(),
        programs: cache.pathOf(tests),
        archives: images.map((image) => path.join(cache.pathOf(image), ARCHIVE)),
        hub: IMAGE_HUB,
        tag: pins.istio,
    };
}
