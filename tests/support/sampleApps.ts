import { SAMPLE_IMAGES } from "../../shared/versions";

/** Setting `sampleApps` of clusters that exist already, and that have the images since they are local ones. */
export const LOCAL_SAMPLE_APPS = {
    host: "webapp.istioinaction.io",
    webapp: ["west"],
    catalog: ["east"],
    images: SAMPLE_IMAGES,
};
