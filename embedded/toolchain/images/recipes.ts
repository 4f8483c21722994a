/** What each image of the local clusters consists of: files of the cache and of this machine, no distribution. */
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { rootCertificates } from "node:tls";
import { istioSource } from "../moduleSource";
import type { Pins } from "../pins";
import type { Image, ImageFile } from "./archive";
import { iptablesExtensions, librariesOf } from "./libraries";

/** The one program behind all commands of iptables; the name that it is called by tells it which. */
export const XTABLES = "/usr/sbin/xtables-nft-multi";
const IPTABLES_COMMANDS = ["iptables", "ip6tables"].flatMap((family) =>
    ["", "-nft"].flatMap((variant) => ["", "-save", "-restore"].map((command) => `${family}${variant}${command}`)),
);

/** With it, the library's Jobs call other clusters' API servers; Istio's own image has it too. */
export const CURL = "/usr/bin/curl";

/** Sources of the sample apps, and of the probe's pods, which share code with them. */
export const APPS = path.join(__dirname, "..", "..", "..", "apps");
export const PROBE_PODS = path.join(__dirname, "..", "..", "..", "verify", "probe", "pods");

/** Istio's images run as this user, whose traffic is not redirected into the proxy again. */
const ISTIO_USER = "1337:1337";
const NOBODY = "65534:65534";

export type Content = Omit<Image, "reference">;

/** An image of one static program and nothing else. */
export function staticProgram(program: string, user: string): Content {
    const inside = `/${path.basename(program)}`;
    return { layers: [[{ path: inside, source: program, executable: true }]], entrypoint: [inside], user };
}

export function istiod(pilotDiscovery: string): Content {
    const inside = "/usr/local/bin/pilot-discovery";
    return {
        layers: [[{ path: inside, source: pilotDiscovery, executable: true }]],
        entrypoint: [inside],
        user: ISTIO_USER,
    };
}

/** Sidecar, gateway, and (as root) the init container that redirects a pod's traffic with iptables. */
export async function proxy(pilotAgent: string, envoy: string, pins: Pins, scratch: string): Promise<Content> {
    const bootstrap = path.join(await istioSource(), "tools", "packaging", "common", "envoy_bootstrap.json");
    return {
        layers: [
            distinct([
                { path: "/usr/local/bin/envoy", source: envoy, executable: true },
                ...(await librariesOf(envoy)),
                { path: CURL, source: CURL, executable: true },
                ...(await librariesOf(CURL)),
                ...(await iptables()),
            ]),
            [
                await publicRoots(scratch),
                { path: "/usr/local/bin/pilot-agent", source: pilotAgent, executable: true },
                { path: "/var/lib/istio/envoy/envoy_bootstrap_tmpl.json", source: bootstrap },
            ],
        ],
        entrypoint: ["/usr/local/bin/pilot-agent"],
        environment: { PATH: "/usr/local/bin:/usr/bin:/usr/sbin", ISTIO_META_ISTIO_VERSION: pins.istio },
        user: ISTIO_USER,
    };
}

/** Puts Istio's plugin on a node, and mends pods that started before it was there. */
export async function cniAgent(installCni: string, istioCni: string): Promise<Content> {
    return {
        layers: [
            distinct(await iptables()),
            [
                { path: "/usr/local/bin/install-cni", source: installCni, executable: true },
                { path: "/opt/cni/bin/istio-cni", source: istioCni, executable: true },
            ],
        ],
        entrypoint: ["/usr/local/bin/install-cni"],
        environment: { PATH: "/usr/local/bin:/usr/bin:/usr/sbin:/opt/cni/bin" },
        user: "0:0",
    };
}

/**
 * As Istio builds it for its tests: https://github.com/istio/istio/blob/master/pkg/test/echo/docker/Dockerfile.app. Its
 * certificates are published ones, for tests only.
 */
export async function echo(programs: string): Promise<Content> {
    const certificates = path.join(await istioSource(), "tests", "testdata", "certs", "dns");
    return {
        layers: [
            ["server", "client"].map((name) => ({
                path: `/usr/local/bin/${name}`,
                source: path.join(programs, name),
                executable: true,
            })),
            [
                { path: "/cert.crt", source: path.join(certificates, "cert-chain.pem") },
                { path: "/cert.key", source: path.join(certificates, "key.pem") },
            ],
        ],
        entrypoint: ["/usr/local/bin/server"],
        user: "1338:1338",
    };
}

async function iptables(): Promise<ImageFile[]> {
    const libraries = await librariesOf(XTABLES);
    return [
        { path: XTABLES, source: XTABLES, executable: true },
        ...libraries,
        ...(await iptablesExtensions(libraries)),
        ...IPTABLES_COMMANDS.map((name) => ({ path: `/usr/sbin/${name}`, link: path.basename(XTABLES) })),
    ];
}

/** The authorities of the public web that Node.js knows, where a proxy looks for those of its operating system. */
async function publicRoots(scratch: string): Promise<ImageFile> {
    const source = path.join(scratch, "ca-certificates.crt");
    await mkdir(scratch, { recursive: true });
    await writeFile(source, `${rootCertificates.join("\n")}\n`);
    return { path: "/etc/ssl/certs/ca-certificates.crt", source };
}

/** An app in one file, run by a copy of the Node.js that runs this. @param folder Holds its `main.ts`. */
export async function app(folder: string, scratch: string): Promise<Content> {
    // Loaded here, because most runs build nothing and should not wait for it.
    const { build } = await import("esbuild");
    const bundle = path.join(scratch, "main.js");
    await build({
        entryPoints: [path.join(folder, "main.ts")],
        outfile: bundle,
        bundle: true,
        platform: "node",
        target: "node20",
    });
    return {
        layers: [
            [
                { path: "/usr/local/bin/node", source: process.execPath, executable: true },
                ...(await librariesOf(process.execPath)),
            ],
            [{ path: "/main.js", source: bundle }],
        ],
        entrypoint: ["/usr/local/bin/node", "--max-old-space-size=32", "/main.js"],
        user: NOBODY,
    };
}

function distinct(files: readonly ImageFile[]): readonly ImageFile[] {
    return [...new Map(files.map((file) => [file.path, file])).values()];
}
