/** All faults, some of which take a minute: `npm run test:faults`. */
import { FAULTS } from "./catalogue";
import { describeFaults } from "./fault";

describeFaults("faults of a mesh", FAULTS);
