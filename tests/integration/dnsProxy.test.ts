/** Services, a headless one among them, that clusters find by Istio's DNS proxy alone. On three real clusters and two networks. */
import { CoreV1Api } from "@kubernetes/client-node";
import { expect } from "chai";
import { ensureToolchain } from "../../embedded/toolchain";
import { run } from "../../shared/run";
import { waitFor } from "../../shared/wait";
import { Trial } from "../support/trial";

const STACK = "dns-proxy";
const APPS = `examples/${STACK}/apps.yaml`;

describe("services by Istio's DNS proxy", function () {
    this.timeout(600_000);

    const trial = new Trial(`examples/${STACK}/Pulumi.${STACK}.yaml`);
    const kubectl = async (cluster: string, ...args: string[]): Promise<string> => {
        const { binaries } = await ensureToolchain(() => undefined);
        return run(binaries.kubectl, ["--kubeconfig", trial.kubeconfig(cluster), ...args]);
    };
    /** What webapp's pod gets, as its status or the error of its DNS. */
    const asked = async (cluster: string, host: string): Promise<string> => {
        const program = `fetch("http://${host}/items").then(({ status }) => console.log(status), ({ cause }) => console.log(cause.syscall))`;
        const pod = ["--namespace", "istioinaction", "exec", "deployment/webapp", "--container", "webapp"];
        return (await kubectl(cluster, ...pod, "--", "node", "--eval", program)).trim();
    };

    before(async () => {
        await trial.mesh("up", trial.copy(STACK));
        await kubectl("east", "apply", "--filename", APPS);
        for (const app of ["deployment/orders", "statefulset/database"]) {
            await kubectl("east", "--namespace", "shop", "rollout", "status", app, "--timeout", "90s");
        }
    });
    after(() => trial.end());

    it("are found where they are exported, by the name of a pod, too, and nowhere else", async () => {
        const hosts = [
            "orders.shop",
            "database.shop:8080",
            "database-0.database.shop:8080",
            "database-1.database.shop:8080",
        ];
        const answers = async () =>
            Object.fromEntries(
                await Promise.all(
                    ["west", "north"].map(async (cluster) => {
                        const each = hosts.map((host) => asked(cluster, host));
                        return [cluster, await Promise.all(each)] as const;
                    }),
                ),
            );
        await waitFor("proxies to know the apps", 60, async () => {
            expect(await answers()).to.deep.equal({
                west: ["200", "200", "200", "200"],
                north: ["200", "getaddrinfo", "getaddrinfo", "getaddrinfo"],
            });
        });
    });

    it("are followed to their end, through a gateway, on one network and by the address of a pod", async () => {
        for (const [client, service] of [
            ["webapp.istioinaction@north", "orders.shop@east"],
            ["webapp.istioinaction@west", "orders.shop@east"],
            ["webapp.istioinaction@west", "database.shop@east"],
        ] as const) {
            const { stdout } = await trial.mesh("explain", client, service, STACK);
            expect(stdout, service).to.contain("The request is answered.");
        }
    });

    it("have no Service where they do not run", async () => {
        for (const cluster of ["west", "north"]) {
            const core = trial.client(cluster).makeApiClient(CoreV1Api);
            expect((await core.listNamespacedService({ namespace: "shop" })).items, cluster).to.deep.equal([]);
        }
    });

    it("are one mesh by every check, the probe's included, and have nothing to change", async () => {
        expect(await trial.unproved(STACK, 42)).to.deep.equal(["localities: skipped"]);
        expect(await trial.changed(STACK)).to.equal(0);
    });

    it("leave nothing behind", async () => {
        await trial.mesh("destroy", STACK);
    });
});
