/** Programs built from the Go modules in go/. */
import { cp, mkdir } from "node:fs/promises";
import path from "node:path";
import { type Artifact, contentKey, sourceKey } from "./artifact";
import { build } from "./command";
import { moduleSource } from "./moduleSource";
import { goModule, type Pins } from "./pins";

/** What one `go build` makes. */
interface GoBuild {
    /** Folder below go/. */
    readonly module: string;
    /** File name of each program and its package; of several, the last part of the package's path is the name. */
    readonly packages: Readonly<Record<string, string>>;
    readonly tags?: readonly string[];
    /** Whether the packages' own tests are built instead, as a program that runs them. */
    readonly tests?: true;
    /** Values of string variables that the program reports as its version. */
    readonly stamps?: Readonly<Record<string, string>>;
    readonly usualSeconds: number;
}

const KUBERNETES_PROGRAMS = [
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "kubelet",
    "kube-proxy",
    "kubectl",
];

/** Small ones first, so that a machine that cannot build shows it soon. */
export function goPrograms(pins: Pins) {
    const [major = "", minor = ""] = pins.kubernetes.slice(1).split(".");
    const istioStamps = {
        "istio.io/istio/pkg/version.buildVersion": pins.istio,
        "istio.io/istio/pkg/version.buildTag": pins.istio,
        "istio.io/istio/pkg/version.buildStatus": "Clean",
    };
    return {
        pause: goProgram("pause", { module: "pause", packages: { pause: "." }, usualSeconds: 10 }),
        loadBalancer: goProgram("load-balancer", {
            module: "load-balancer",
            packages: { "load-balancer": "." },
            usualSeconds: 60,
        }),
        etcd: goProgram("etcd", { module: "etcd", packages: { etcd: "go.etcd.io/etcd/server/v3" }, usualSeconds: 40 }),
        kubernetes: goProgram("kubernetes", {
            module: "kubernetes",
            packages: Object.fromEntries(KUBERNETES_PROGRAMS.map((name) => [name, `k8s.io/kubernetes/cmd/${name}`])),
            stamps: {
                "k8s.io/component-base/version.gitVersion": pins.kubernetes,
                "k8s.io/component-base/version.gitMajor": major,
                "k8s.io/component-base/version.gitMinor": minor,
                "k8s.io/client-go/pkg/version.gitVersion": pins.kubernetes,
            },
            usualSeconds: 300,
        }),
        coredns: goProgram("coredns", {
            module: "coredns",
            packages: { coredns: "." },
            usualSeconds: 60,
        }),
        helm: goProgram("helm", { module: "helm", packages: { helm: "helm.sh/helm/v4/cmd/helm" }, usualSeconds: 40 }),
        pilotAgent: goProgram("pilot-agent", {
            module: "istio",
            packages: { "pilot-agent": "istio.io/istio/pilot/cmd/pilot-agent" },
            tags: ["agent"],
            stamps: istioStamps,
            usualSeconds: 40,
        }),
        istio: goProgram("istio", {
            module: "istio",
            packages: {
                "pilot-discovery": "istio.io/istio/pilot/cmd/pilot-discovery",
                istioctl: "istio.io/istio/istioctl/cmd/istioctl",
            },
            // `agent` must never be among them: it leaves out what a control plane needs.
            tags: ["vtprotobuf", "disable_pgv"],
            stamps: istioStamps,
            usualSeconds: 210,
        }),
        istioCni: goProgram("istio-cni", {
            module: "istio",
            packages: {
                "install-cni": "istio.io/istio/cni/cmd/install-cni",
                "istio-cni": "istio.io/istio/cni/cmd/istio-cni",
            },
            tags: ["vtprotobuf", "disable_pgv"],
            stamps: istioStamps,
            usualSeconds: 20,
        }),
    };
}

/** Built only where they are asked for, since they take as long as all the others together. */
export function pulumiPrograms(pins: Pins) {
    const plugin = goProgram("pulumi-kubernetes", {
        module: "pulumi-kubernetes",
        packages: { "pulumi-resource-kubernetes": "." },
        stamps: { [`${PULUMI_KUBERNETES}/pkg/version.Version`]: pins.pulumiKubernetes },
        usualSeconds: 420,
    });
    return {
        pulumi: goProgram("pulumi", {
            module: "pulumi",
            packages: { "bin/pulumi": "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi" },
            stamps: { "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": pins.pulumi },
            usualSeconds: 240,
        }),
        kubernetes: {
            ...plugin,
            // What its main.go reads at run time: a program can embed no file of another module.
            build: async (folder: string) => {
                await plugin.build(folder);
                const source = path.join(await moduleSource("pulumi-kubernetes", PULUMI_KUBERNETES), PULUMI_PLUGIN);
                for (const file of ["schema.json", "terraform-mapping.json"]) {
                    await cp(path.join(source, file), path.join(folder, file));
                }
            },
        },
    };
}

/** Istio's own integration tests, and the programs of the pods that they call. Built only where they are asked for. */
export function istioTestPrograms() {
    return {
        tests: goProgram("istio-tests", {
            module: "istio-tests",
            packages: {
                "pilot.test": "istio.io/istio/tests/integration/pilot",
                "security.test": "istio.io/istio/tests/integration/security",
            },
            // Those of istiod beside the tests' own: Go compiles what both need once.
            tags: ["integ", "vtprotobuf", "disable_pgv"],
            tests: true,
            usualSeconds: 300,
        }),
        servers: goProgram("istio-test-servers", {
            module: "istio-tests",
            packages: {
                server: "istio.io/istio/pkg/test/echo/cmd/server",
                client: "istio.io/istio/pkg/test/echo/cmd/client",
                extauthz: "istio.io/istio/samples/extauthz/cmd/extauthz",
                src: "istio.io/istio/samples/jwt-server/src",
            },
            usualSeconds: 30,
        }),
    };
}

const PULUMI_KUBERNETES = "github.com/pulumi/pulumi-kubernetes/provider/v4";
const PULUMI_PLUGIN = "cmd/pulumi-resource-kubernetes";

function goProgram(name: string, program: GoBuild): Artifact {
    return {
        name,
        key: contentKey(sourceKey(goModule(program.module)), process.arch, JSON.stringify(program)),
        usualSeconds: program.usualSeconds,
        build: (folder) => goBuild(program, folder),
    };
}

async function goBuild(program: GoBuild, folder: string): Promise<void> {
    const stamps = Object.entries(program.stamps ?? {}).map(([name, value]) => `-X ${name}=${value}`);
    const output = outputOf(folder, Object.keys(program.packages));
    await mkdir(path.dirname(output), { recursive: true });
    await build(
        "go",
        [
            ...(program.tests === true ? ["test", "-c", "-vet=off"] : ["build"]),
            "-trimpath",
            "-buildvcs=false",
            ...(program.tags === undefined ? [] : ["-tags", program.tags.join(",")]),
            "-ldflags",
            ["-s", "-w", ...stamps].join(" "),
            "-o",
            output,
            ...Object.values(program.packages),
        ],
        {
            cwd: goModule(program.module),
            env: { CGO_ENABLED: "0", GOFLAGS: "", GOWORK: "off" },
            fix: "Check that Go reaches its module proxy (go env GOPROXY), then run again: what is finished is kept",
        },
    );
}

/**
 * What `go build -o` writes: of several packages Go takes the file names from their paths, of one it lets us choose.
 * @param files Where the programs are to be in the folder.
 */
export function outputOf(folder: string, files: readonly string[]): string {
    return files.length === 1 ? path.join(folder, ...files) : folder;
}
