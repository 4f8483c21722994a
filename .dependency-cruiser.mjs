/** The borders between folders: dependencies point one way, and in no circle. `npm run lint` holds them. */

/** What each folder may import, besides itself and packages. Everything else is forbidden. */
const MAY_IMPORT = {
    components: [],
    shared: [],
    apps: [],
    // These of the library need nothing of Pulumi.
    verify: [
        "shared",
        "components/internal/rules.ts",
        "components/internal/services.ts",
        "components/internal/sharing.ts",
        "components/versions.ts",
        "apps/service.ts",
    ],
    graph: ["shared", "verify"],
    program: ["shared", "components", "sdks"],
    "hosts/interface": ["shared"],
    "embedded/toolchain": ["shared"],
    "embedded/apiServer": ["shared"],
    "embedded/localClusters": ["shared", "embedded/apiServer", "embedded/toolchain"],
    "embedded/host": [
        "shared",
        "hosts/interface",
        "embedded/apiServer",
        "embedded/localClusters",
        "embedded/toolchain",
    ],
    "embedded/pulumi": [
        "shared",
        "sdks",
        "hosts/interface",
        "embedded/host",
        "embedded/localClusters",
        "embedded/toolchain",
    ],
    hosts: ["shared", "embedded"],
    cli: ["shared", "hosts", "embedded", "verify", "graph", "program", "package.json"],
    "index.ts": ["program", "shared", "components"],
};

/** The repository's folders; what lies elsewhere is a package. */
const OWN =
    "^(components|shared|apps|verify|graph|program|hosts|embedded|cli|index\\.ts|bin|bench|tests|examples|sdks)";

const pattern = (paths) => `^(${paths.map((path) => path.replaceAll(".", "\\.")).join("|")})(/|$)`;

/** Folders with rules of their own inside a folder. */
const inside = (folder) => Object.keys(MAY_IMPORT).filter((other) => other.startsWith(`${folder}/`));

export default {
    forbidden: [
        {
            name: "no-circle",
            comment:
                "Files that import each other, types included, can only be understood together: move what both need.",
            severity: "error",
            from: {},
            to: { circular: true },
        },
        ...Object.entries(MAY_IMPORT).map(([folder, allowed]) => ({
            name: `border-of-${folder.replaceAll(/[/.]/g, "-")}`,
            comment: `${folder} imports nothing but ${allowed.join(", ") || "itself"}: CONTRIBUTING.md, Layout.`,
            severity: "error",
            from: { path: pattern([folder]), ...(inside(folder).length > 0 && { pathNot: pattern(inside(folder)) }) },
            to: { path: OWN, pathNot: pattern([folder, ...allowed]) },
        })),
        {
            name: "nothing-needs-tests",
            comment: "What users run needs nothing of the tests, the benchmark and the examples.",
            severity: "error",
            from: { pathNot: pattern(["tests", "bench", "examples"]) },
            to: { path: pattern(["tests", "bench", "examples"]) },
        },
        {
            name: "proof-without-pulumi",
            comment: "The proof takes any mesh, however it was made; loading the SDK would also cost it a second.",
            severity: "error",
            from: { path: pattern(["verify", "graph", "shared"]) },
            to: { path: "node_modules/@pulumi/" },
        },
    ],
    options: {
        doNotFollow: { path: "node_modules" },
        tsPreCompilationDeps: true,
        tsConfig: { fileName: "tsconfig.json" },
        enhancedResolveOptions: { extensions: [".ts", ".js", ".mjs", ".json"] },
    },
};
