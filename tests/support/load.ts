/**
 * A load that goes on until SIGINT or SIGTERM and then prints what it saw, as JSON:
 * `tsx tests/support/load.ts http://10.89.0.40/api/catalog webapp.istioinaction.io 50`.
 */
import { Load } from "../../verify/drill/load";

const [url = "", host = "", rate = "50"] = process.argv.slice(2);
const load = new Load(url, host, Number(rate));
const end = (): void => {
    void load.stop().then((seen) => {
        process.stdout.write(`${JSON.stringify(seen, undefined, 2)}\n`);
    });
};
process.once("SIGINT", end);
process.once("SIGTERM", end);
