import { expect } from "chai";
import { execFileSync } from "node:child_process";
import path from "node:path";
import { parseAllDocuments } from "yaml";
import { z } from "zod";
import { ensureToolchain, type Toolchain } from "../../embedded/toolchain";

const Manifest = z.looseObject({ kind: z.string() });
const Deployment = z.object({
    spec: z.object({
        template: z.object({
            spec: z.object({
                containers: z.tuple([
                    z.object({
                        image: z.string(),
                        imagePullPolicy: z.string().optional(),
                        env: z.array(z.object({ name: z.string(), value: z.unknown().optional() })).nullable(),
                        resources: z.object({ requests: z.record(z.string(), z.string()) }),
                    }),
                ]),
            }),
        }),
    }),
});
const InjectorConfig = z.object({ data: z.object({ values: z.string() }) });

describe("charts of local clusters", function () {
    this.timeout("25m");
    let toolchain: Toolchain;

    before(async () => {
        toolchain = await ensureToolchain((line) => {
            console.error(line);
        });
    });

    it("name the version of the pinned Istio", () => {
        for (const chart of ["base", "istiod", "gateway"]) {
            const shown = helm("show", "chart", path.join(toolchain.charts, chart));
            expect(shown).to.include(`\nversion: ${toolchain.versions.istio}\n`);
            expect(shown).to.include(`appVersion: ${toolchain.versions.istio}\n`);
        }
    });

    it("start istiod from the local image, without what upstream Envoy lacks", () => {
        const manifests = render("istiod");
        const container = onlyContainer(manifests);
        expect(container.image).to.equal(toolchain.images.istiod.reference);
        expect(container.env).to.deep.include.members([
            { name: "PILOT_ENABLE_ALPN_FILTER", value: "false" },
            { name: "PILOT_ENABLE_METADATA_EXCHANGE", value: "false" },
            { name: "PILOT_ENABLE_TELEMETRY_LABEL", value: "false" },
        ]);
        expect(container.resources.requests).to.deep.equal({ cpu: "10m", memory: "64Mi" });
        expect(kinds(manifests)).not.to.include.members(["HorizontalPodAutoscaler"]);
    });

    it("let istiod inject the local proxy, which is never pulled", () => {
        const injector = render("istiod")
            .map((manifest) => InjectorConfig.safeParse(manifest))
            .find(({ success }) => success);
        const values: unknown = JSON.parse(injector?.data?.data.values ?? "{}");
        const { hub, tag } = z.object({ global: z.object({ hub: z.string(), tag: z.string() }) }).parse(values).global;
        expect(`${hub}/proxyv2:${tag}`).to.equal(toolchain.images.proxy.reference);
        expect(values).to.have.nested.property("global.imagePullPolicy", "Never");
        expect(values).to.have.nested.property("global.proxy.resources.requests.cpu", "10m");
    });

    it("start gateways with the local proxy and without autoscaling", () => {
        const manifests = render("gateway");
        const container = onlyContainer(manifests);
        expect(container.imagePullPolicy).to.equal("Never");
        expect(container.resources.requests).to.deep.equal({ cpu: "10m", memory: "64Mi" });
        expect(kinds(manifests)).not.to.include.members(["HorizontalPodAutoscaler"]);
    });

    it("let a user's values win", () => {
        const set = ["--set", "autoscaleEnabled=true", "--set", "global.tag=mine", "--set", "env.ANOTHER=x"];
        const manifests = render("istiod", ...set);
        const container = onlyContainer(manifests);
        expect(container.image).to.match(/\/pilot:mine$/);
        expect(container.env).to.deep.include.members([
            { name: "ANOTHER", value: "x" },
            { name: "PILOT_ENABLE_ALPN_FILTER", value: "false" },
        ]);
        expect(kinds(manifests)).to.include.members(["HorizontalPodAutoscaler"]);
    });

    type Manifest = z.infer<typeof Manifest>;

    function render(chart: string, ...args: readonly string[]): readonly Manifest[] {
        const folder = path.join(toolchain.charts, chart);
        const yaml = helm("template", chart, folder, "--namespace", "istio-system", ...args);
        return parseAllDocuments(yaml)
            .map((document) => {
                const content: unknown = document.toJS();
                return content;
            })
            .filter((content) => content !== null)
            .map((content) => Manifest.parse(content));
    }

    function helm(...args: readonly string[]): string {
        return execFileSync(toolchain.binaries.helm, args, { encoding: "utf8", maxBuffer: 64 * 1024 * 1024 });
    }

    function onlyContainer(manifests: readonly Manifest[]) {
        const deployments = manifests.filter(({ kind }) => kind === "Deployment");
        expect(deployments).to.have.length(1);
        return Deployment.parse(deployments[0]).spec.template.spec.containers[0];
    }

    function kinds(manifests: readonly Manifest[]): readonly string[] {
        return manifests.map(({ kind }) => kind);
    }
});
