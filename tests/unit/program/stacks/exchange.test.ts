/** What stacks give each other, pass by pass, and what becomes of them when one gives nothing. */
import { expect } from "chai";
import { X509Certificate } from "node:crypto";
import { z } from "zod";
import { clustersOf } from "../../../../shared/topology";
import { GATEWAY_ADDRESS, kubeconfig } from "../../../support/mocks";
import { namesOf, only } from "../../../support/record";
import { created, missing, type Outputs, run, whole } from "../../../support/stacks";

const SECRET = "kubernetes:core/v1:Secret";
const CONTROL_PLANE = "istio-multicluster:index:ControlPlane";
const EXTERNAL = "istio-multicluster:index:ExternalControlPlane";
const REMOTE_SECRET = "istio-multicluster:index:RemoteSecret";
const SIGNED = "tls:index/locallySignedCert:LocallySignedCert";

const clusters = z.record(z.string(), z.object({ certificate: z.string() }));

describe("stacks root, west and east", () => {
    it("export a request first, and say who has to sign it", async () => {
        const { value, resources } = await run("west", created());
        expect(missing(value)).to.deep.equal(["certificate of west from root", "reader of east from east"]);
        expect(value["requests"]).to.have.keys("west");
        expect(value["readers"]).to.deep.equal({});
        expect(namesOf({ value, resources }, CONTROL_PLANE)).to.deep.equal([]);
    });

    it("sign what is requested, and wait for the other requests", async () => {
        const siblings = created();
        const first = await run("root", siblings);
        expect(missing(first.value)).to.deep.equal(["request of west from west", "request of east from east"]);
        await run("west", siblings);
        const second = await run("root", siblings);
        expect(namesOf(second, SIGNED)).to.deep.equal(["root-ca-west"]);
        expect(second.value["certificates"]).to.have.keys("west");
    });

    it("build with the certificate, then discover the peer that is built", async () => {
        const siblings = created();
        for (const stack of ["west", "east", "root"]) await run(stack, siblings);
        const built = await run("west", siblings);
        expect(namesOf(built, CONTROL_PLANE)).to.deep.equal(["west-control-plane"]);
        expect(missing(built.value)).to.deep.equal(["reader of east from east"]);
        expect(namesOf(built, REMOTE_SECRET)).to.deep.equal([]);
        await run("east", siblings);
        const last = await run("west", siblings);
        expect(missing(last.value)).to.deep.equal([]);
        expect(namesOf(last, REMOTE_SECRET)).to.deep.equal(["west-reads-east"]);
        expect(only(last, SECRET, "west-reads-east-secret").secrets).to.deep.equal(["stringData"]);
    });

    it("let no private key and no administrator's kubeconfig out", async () => {
        const siblings = await whole();
        const text = JSON.stringify(siblings);
        expect(text).not.to.match(/PRIVATE KEY/);
        expect(text).not.to.contain("token: admin");
    });

    it("chain to one root, each with a key of its own", async () => {
        const { root, west, east } = await whole();
        const rootCertificate = new X509Certificate(String(root?.["rootCertificate"]));
        const [ofWest, ofEast] = [west, east].map((outputs) => {
            const [cluster] = Object.values(clusters.parse(outputs?.["clusters"]));
            return new X509Certificate(cluster?.certificate ?? "");
        });
        expect(ofWest?.verify(rootCertificate.publicKey)).to.equal(true);
        expect(ofEast?.verify(rootCertificate.publicKey)).to.equal(true);
        expect(ofWest?.publicKey.equals(ofEast?.publicKey ?? rootCertificate.publicKey)).to.equal(false);
    });
});

describe("stacks root, west and east, where west's istiod serves east", () => {
    const mesh = {
        mesh: {
            id: "usmesh",
            trustDomain: "cluster.local",
            clusters: [{ name: "west" }, { name: "east", controlPlane: "west" }],
        },
    };

    it("become a mesh pass by pass, and say what each waits for", async () => {
        const siblings = created();
        const up = async (stack: string) => await run(stack, siblings, mesh);
        const first = await up("east");
        expect(missing(first.value)).to.deep.equal(["istiod of east from west"]);
        expect(first.value["requests"]).to.deep.equal({});
        await up("west");
        expect(missing((await up("root")).value)).to.deep.equal([]);
        expect(missing((await up("west")).value)).to.deep.equal(["reader of east from east"]);
        const second = await up("east");
        expect(missing(second.value)).to.deep.equal(["istiod of east from west"]);
        expect(namesOf(second, "istio-multicluster:index:RemoteControlPlane")).to.deep.equal(["east-control-plane"]);
        expect(namesOf(second, "istio-multicluster:index:EastWestGateway")).to.deep.equal([]);
        const reading = await up("west");
        expect(missing(reading.value)).to.deep.equal([]);
        expect(namesOf(reading, REMOTE_SECRET)).to.deep.equal(["west-reads-east"]);
        const last = await up("east");
        expect(missing(last.value)).to.deep.equal([]);
        expect(namesOf(last, "istio-multicluster:index:EastWestGateway")).to.deep.equal(["east-eastwest"]);
        expect(namesOf(last, "istio-multicluster:index:IntermediateCa")).to.deep.equal([]);
        expect(last.value["clusters"]).to.have.nested.property("east.primary", "west-cluster");
    });
});

describe("stacks root, west and east, where an istiod outside of the mesh serves both", () => {
    const mesh = { id: "usmesh", clusters: ["west", "east"].map((name) => ({ name, controlPlane: "hub" })) };
    const west = { mesh, clusters: { hub: { source: "kind" }, west: { source: "kind" } } };

    it("become a mesh pass by pass, and east is led to it by west's stack", async () => {
        const siblings = created();
        const up = (stack: string) => run(stack, siblings, stack === "west" ? west : { mesh });
        for (const stack of ["west", "root", "west", "east"]) await up(stack);
        expect(missing((await up("west")).value)).to.deep.equal([]);
        const east = await up("east");
        expect(missing(east.value)).to.deep.equal([]);
        const { value } = await up("west");
        expect(value["clusters"]).to.have.nested.property("west.external.cluster", "hub");
        expect(value["clusters"]).not.to.have.nested.property("west.primary");
        expect(value["externals"]).to.have.nested.property("hub.identity.id");
        expect(
            only(east, "kubernetes:helm.sh/v3:Release", "east-control-plane-istiod").inputs["values"],
        ).to.have.nested.property("global.remotePilotAddress", GATEWAY_ADDRESS);
    });
});

describe("a cluster whose own istiod another one's is to replace", () => {
    it("loses the way to its own with one up, and gets the one to the other with the next", async () => {
        const [west, east] = [{ name: "west" }, { name: "east" }];
        const own = {
            ownsRoot: true,
            clusters: { west: { source: "kind" }, east: { source: "kind" } },
            mesh: { id: "usmesh", clusters: [west, east] },
        };
        const remote = { ...own, mesh: { id: "usmesh", clusters: [west, { ...east, controlPlane: "west" }] } };
        const siblings: Record<string, Outputs> = { mesh: {} };
        const addressOf = async (settings: typeof own): Promise<unknown> => {
            const made = await run("mesh", siblings, settings);
            const { values } = only(made, "kubernetes:helm.sh/v3:Release", "east-control-plane-istiod").inputs;
            return (
                z.object({ global: z.looseObject({}) }).parse(values).global["remotePilotAddress"] ??
                missing(made.value)
            );
        };
        expect(await addressOf(own)).to.deep.equal([]);
        expect(await addressOf(remote)).to.deep.equal(["istiod of east from mesh"]);
        expect(await addressOf(remote)).to.match(/^\d+(\.\d+){3}$/);
        expect(await addressOf(own)).to.deep.equal([]);
    });

    it("goes the same way out of its cluster, and takes those along that it serves", async () => {
        const sources = { west: { source: "kind" }, east: { source: "kind" } };
        const members = (west?: string, east?: string) => [
            { name: "west", ...(west && { controlPlane: west }) },
            { name: "east", ...(east && { controlPlane: east }) },
        ];
        const shared = {
            ownsRoot: true,
            clusters: sources,
            mesh: { id: "usmesh", clusters: members(undefined, "west") },
        };
        const outside = {
            ownsRoot: true,
            clusters: { ...sources, hub: { source: "kind" } },
            mesh: { id: "usmesh", clusters: members("hub", "hub") },
        };
        const siblings: Record<string, Outputs> = { mesh: {} };
        const RELEASE = "kubernetes:helm.sh/v3:Release";
        const addresses = ({ resources }: Awaited<ReturnType<typeof run>>): string[] =>
            resources
                .filter(({ type, name }) => type === RELEASE && /^(west|east)-control-plane-istiod$/.test(name))
                .map(({ inputs }) =>
                    JSON.stringify(inputs["values"]).includes("remotePilotAddress") ? "led" : "alone",
                );
        expect(addresses(await run("mesh", siblings, shared))).to.have.members(["alone", "led"]);
        const first = await run("mesh", siblings, outside);
        expect(addresses(first)).to.deep.equal(["alone", "alone"]);
        expect(namesOf(first, EXTERNAL)).to.deep.equal([]);
        // Nobody validates that what leads to an istiod goes, while there is none.
        expect(namesOf(first, "kubernetes:networking.istio.io/v1:Gateway")).to.include("west-eastwest-istiod-gateway");
        const second = await run("mesh", siblings, outside);
        expect(missing(second.value)).to.deep.equal([]);
        expect(addresses(second)).to.deep.equal(["led", "led"]);
        expect(namesOf(second, EXTERNAL)).to.deep.equal(["hub-control-plane"]);
        expect(namesOf(second, "kubernetes:networking.istio.io/v1:Gateway")).not.to.include(
            "west-eastwest-istiod-gateway",
        );
    });
});

describe("a stack whose neighbours are gone", () => {
    it("keeps its certificate, whatever becomes of the root", async () => {
        const siblings = await whole();
        const recording = await run("west", { ...siblings, root: {} });
        expect(missing(recording.value)).to.deep.equal(["certificate of west from root"]);
        expect(namesOf(recording, CONTROL_PLANE)).to.deep.equal(["west-control-plane"]);
        expect(recording.value["clusters"]).to.deep.equal(siblings["west"]?.["clusters"]);
        expect(recording.value["rootCertificate"]).to.equal(siblings["west"]?.["rootCertificate"]);
    });

    it("discovers a peer no longer that was destroyed, and the root no longer signs it", async () => {
        const siblings = await whole();
        const west = await run("west", { ...siblings, east: {} });
        expect(missing(west.value)).to.deep.equal(["reader of east from east"]);
        expect(namesOf(west, REMOTE_SECRET)).to.deep.equal([]);
        const { value, resources } = await run("root", { ...siblings, east: {} });
        expect(missing(value)).to.deep.equal(["request of east from east"]);
        expect(namesOf({ value, resources }, SIGNED)).to.deep.equal(["root-ca-west"]);
    });

    it("takes secrets under another passphrase for missing, with what to do", async () => {
        const siblings = await whole();
        const { value } = await run("west", { ...siblings, east: { ...siblings["east"], readers: {} } });
        const [unreadable] = z
            .array(z.object({ what: z.string(), message: z.string() }))
            .parse(value["missing"])
            .filter(({ what }) => what === "reader");
        expect(unreadable?.message).to.contain("under the passphrase or secrets provider of this stack");
    });

    it("uses no certificate of another key, and no text that is none", async () => {
        const siblings = await whole();
        const { certificates } = z.object({ certificates: z.record(z.string(), z.string()) }).parse(siblings["root"]);
        for (const pem of [certificates["east"] ?? "", "nonsense"]) {
            const root = { ...siblings["root"], certificates: { west: pem } };
            const recording = await run("west", { ...siblings, west: {}, root });
            expect(missing(recording.value)).to.include("certificate of west from root");
            expect(namesOf(recording, CONTROL_PLANE)).to.deep.equal([]);
        }
    });
});

describe("stacks that contradict each other", () => {
    const EAST = {
        ...clustersOf({ clusters: [{ name: "east" }] })[0],
        apiServer: "https://east:6443",
    };
    const mistakes: [string, (siblings: Record<string, Outputs>) => void, string][] = [
        [
            "another mesh id",
            (all) => (all["root"] = { ...all["root"], meshId: "other" }),
            'mesh.id: stack root was brought up with a value that differs from that of stack west, "usmesh" (found "other")',
        ],
        [
            "another network",
            (all) => (all["east"] = { ...all["east"], clusters: { east: { ...EAST, network: "n" } } }),
            "mesh.clusters: network of east: stack east was brought up with a value that differs",
        ],
        [
            "two owners",
            (all) => (all["east"] = { ...all["east"], clusters: { west: { ...EAST, name: "west" } } }),
            "clusters.west: both stack west and stack east own this cluster",
        ],
        [
            "outputs of another program",
            (all) => (all["root"] = { meshId: "usmesh" }),
            "stack root: its outputs are not those of this program",
        ],
        [
            "a reader that runs a plugin",
            (all) => {
                const user = { exec: { command: "aws" } };
                all["east"] = { ...all["east"], readers: { east: kubeconfig("east", "https://10.0.0.2:6443", user) } };
            },
            "stack east: readers.east: control planes of other clusters cannot use this kubeconfig: it must prove itself by a token alone, not by exec",
        ],
        [
            "values of another type",
            (all) => (all["east"] = { ...all["east"], readers: { east: 7 } }),
            "`readers.east`: Invalid input: expected string",
        ],
    ];
    for (const [what, change, message] of mistakes) {
        it(`are refused for ${what}`, async () => {
            const siblings = await whole();
            change(siblings);
            const error = await run("west", siblings).then(
                () => expect.fail("it was accepted"),
                (reason: unknown) => String(reason),
            );
            expect(error).to.contain(message).and.not.to.contain("\n    at ");
        });
    }

    it("are not, while one of them does not know a new cluster yet", async () => {
        const siblings = { ...(await whole()), north: {} };
        const names = ["west", "east", "north"].map((name) => ({ name }));
        const { value } = await run("west", siblings, { mesh: { id: "usmesh", clusters: names } });
        expect(missing(value)).to.include("reader of north from north");
    });

    it("refuse a change of the key's algorithm, which would cost the control plane", async () => {
        const error = await run("west", await whole(), { ca: { keyAlgorithm: "RSA" } }).then(
            () => expect.fail("it was accepted"),
            (reason: unknown) => String(reason),
        );
        expect(error).to.contain("ca.keyAlgorithm: cluster west is up with a key of another algorithm");
    });
});
