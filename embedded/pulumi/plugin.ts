/**
 * A plugin of Pulumi as a process: `plugin.ts <name> <home> <address of the engine>`. It prints the port on which it
 * serves, and ends with the engine, which holds its standard input open.
 */
import { credentials, status } from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";
import { pulumi as kindSdk } from "@pulumi/kind/package.json";
import { ensureToolchain } from "../toolchain";
import { providerPackages } from "../host/providers";
import { type Method, serve } from "../host/protocol/grpc";
import { languageMethods } from "./languageHost";
import { providerMethods, type Tell } from "./resourceProvider";

/** The plugin bridges Terraform's providers, of which kind is one. */
const kindPlugin = kindSdk.version;

async function main(name = "", home = "", engine = ""): Promise<void> {
    const { port } = await serve("127.0.0.1:0", methodsOf(name, home, engine), status.UNKNOWN);
    console.log(port);
    process.stdin.resume().on("end", () => process.exit());
}

function methodsOf(name: string, home: string, engine: string): Method[] {
    if (name === "nodejs") return languageMethods(engine);
    const client = new EngineClient(engine, credentials.createInsecure());
    const tell: Tell = (urn, line) => {
        const request = new LogRequest().setSeverity(LogSeverity.INFO).setUrn(urn).setMessage(line).setEphemeral(true);
        // What the engine does not take is lost: a person sees less, and the work goes on.
        client.log(request, () => undefined);
    };
    const toolchain = () => ensureToolchain(console.error);
    const served = providerPackages({ home, toolchain }).find((item) => item.name === name);
    if (served === undefined) throw new Error(`there is no plugin ${name}`);
    return providerMethods(served, name === "kind" ? kindPlugin : served.version, tell);
}

main(...process.argv.slice(2)).catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
});
