/** The faults that are made and mended within seconds; the others are in tests/faults. */
import { CHECKS } from "../../verify/checks";
import { PRE_CHECKS } from "../../verify/pre";
import { FAULTS } from "../faults/catalogue";
import { describeFaults } from "../faults/fault";
import { KIND_FAULTS } from "../faults/kinds";
import { describeKubeconfigs } from "../faults/kubeconfigs";
import { PRE_FAULTS } from "../faults/pre";
import { PROBE_FAULTS } from "../faults/probe";
import { describeProbeFaults } from "../faults/probeFault";
import { describeMissing } from "../faults/rights";
import { describeSound, SOUND } from "../faults/sound";
import { BrokenMesh } from "../support/brokenMesh";

describe("the fast ones", function () {
    this.timeout(300_000);

    const mesh = new BrokenMesh();

    before(() => mesh.start());
    after(() => mesh.remove());

    describeFaults(
        "faults of a mesh",
        mesh,
        CHECKS,
        [...FAULTS, ...KIND_FAULTS].filter(({ fast }) => fast),
    );
    describeSound(
        "sound meshes made in other ways",
        mesh,
        SOUND.filter(({ fast }) => fast),
    );
    describeFaults(
        "faults of clusters before an up",
        mesh,
        PRE_CHECKS,
        PRE_FAULTS.filter(({ fast }) => fast),
    );
    describeMissing("rights that are missing", mesh);
    describeKubeconfigs("kubeconfigs as people have them", mesh);
    describeProbeFaults(
        "faults that the probe finds",
        mesh,
        PROBE_FAULTS.filter(({ fast }) => fast),
    );
});
