/** All faults, some of which take minutes: `npm run test:faults`. */
import { CHECKS } from "../../verify/checks";
import { PRE_CHECKS } from "../../verify/pre";
import { BrokenMesh } from "../support/brokenMesh";
import { FAULTS } from "./catalogue";
import { describeFaults } from "./fault";
import { KIND_FAULTS } from "./kinds";
import { describeKubeconfigs } from "./kubeconfigs";
import { PRE_FAULTS } from "./pre";
import { PROBE_FAULTS } from "./probe";
import { describeProbeFaults } from "./probeFault";
import { describeMissing } from "./rights";
import { describeSound, SOUND } from "./sound";

describe("all of them", function () {
    // The longest restarts a control plane and all that it signs twice, and waits for a check twice.
    this.timeout(1_200_000);

    const mesh = new BrokenMesh();

    before(() => mesh.start());
    after(() => mesh.remove());

    describeFaults("faults of a mesh", mesh, CHECKS, [...FAULTS, ...KIND_FAULTS]);
    describeSound("sound meshes made in other ways", mesh, SOUND);
    describeFaults("faults of clusters before an up", mesh, PRE_CHECKS, PRE_FAULTS);
    describeMissing("rights that are missing", mesh);
    describeKubeconfigs("kubeconfigs as people have them", mesh);
    describeProbeFaults("faults that the probe finds", mesh, PROBE_FAULTS);
});
