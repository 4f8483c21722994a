/**
 * A plugin of Pulumi as a process: `plugin.ts <name> <home> <address of the engine>`. It prints the port on which it
 * serves, and ends with the engine, which holds its standard input open. Each loads only what it needs, since a command
 * waits for all of them.
 */
import { status } from "@grpc/grpc-js";
import { pulumi as bridge } from "@pulumi/kind/package.json";
import type { ProviderPackage } from "../host/providers/provider";
import { type Method, serve } from "../host/protocol/grpc";

async function main(name = "", home = "", engine = ""): Promise<void> {
    const { port } = await serve("127.0.0.1:0", await methodsOf(name, home, engine), status.UNKNOWN);
    console.log(port);
    process.stdin.resume().on("end", () => process.exit());
}

async function methodsOf(name: string, home: string, engine: string): Promise<Method[]> {
    switch (name) {
        case "nodejs": {
            const { languageMethods } = await import("./languageHost.js");
            return languageMethods(engine);
        }
        case "tls": {
            const { tlsPackage } = await import("../host/providers/tls/index.js");
            return await packageMethods(tlsPackage, tlsPackage.version, engine);
        }
        case "kind": {
            const [{ kindPackage }, { localClusters }, { ensureToolchain }] = await Promise.all([
                import("../host/providers/kind/index.js"),
                import("../localClusters/index.js"),
                import("../toolchain/index.js"),
            ]);
            const clusters = localClusters(home, () => ensureToolchain(console.error));
            // The plugin bridges Terraform's providers, of which kind is one.
            return await packageMethods(kindPackage(clusters), bridge.version, engine);
        }
        default:
            throw new Error(`there is no plugin ${name}`);
    }
}

async function packageMethods(served: ProviderPackage, version: string, engine: string): Promise<Method[]> {
    const [{ engineLog }, { providerMethods }] = await Promise.all([
        import("./engineLog.js"),
        import("./resourceProvider.js"),
    ]);
    return providerMethods(served, version, engineLog(engine));
}

main(...process.argv.slice(2)).catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
});
