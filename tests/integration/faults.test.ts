/** The faults that are made and mended within seconds; the others are in tests/faults. */
import { FAULTS } from "../faults/catalogue";
import { describeFaults } from "../faults/fault";

describeFaults(
    "faults of a mesh, the fast ones",
    FAULTS.filter(({ fast }) => fast),
);
