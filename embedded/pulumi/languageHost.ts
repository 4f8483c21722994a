/**
 * Pulumi's language host for Node.js, as far as an update needs it: it starts the program with the launcher of the
 * program's own SDK. https://www.pulumi.com/docs/iac/concepts/how-pulumi-works/#language-hosts
 */
import path from "node:path";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import {
    GetRequiredPackagesRequest,
    GetRequiredPackagesResponse,
    type ProgramInfo,
    RunRequest,
    RunResponse,
} from "@pulumi/pulumi/proto/language_pb";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { version } from "@pulumi/pulumi/package.json";
import { type Project, runtimeOptions } from "../../hosts/interface/project";
import { type Method, method } from "../host/protocol/grpc";
import { runProgram } from "../host/protocol/program";

const SERVICE = "/pulumirpc.LanguageRuntime";

/** How the SDK's launcher ends when everything that is wrong has been said. */
const SAID = 32;

/** @param engine Address of Pulumi's engine, for the log of the program. */
export function languageMethods(engine: string): Method[] {
    const stop = new AbortController();
    return [
        method(`${SERVICE}/GetPluginInfo`, Empty, PluginInfo, () => new PluginInfo().setVersion(version)),
        // What a program needs shows when it runs: its SDKs name their plugins with every resource.
        method(
            `${SERVICE}/GetRequiredPackages`,
            GetRequiredPackagesRequest,
            GetRequiredPackagesResponse,
            () => new GetRequiredPackagesResponse(),
        ),
        method(`${SERVICE}/Run`, RunRequest, RunResponse, (request) => run(request, engine, stop.signal)),
        method(`${SERVICE}/Cancel`, Empty, Empty, () => {
            stop.abort();
            return new Empty();
        }),
    ];
}

async function run(request: RunRequest, engine: string, stop: AbortSignal): Promise<RunResponse> {
    const info = request.getInfo();
    if (info === undefined) throw new Error("this version of Pulumi does not say where the program is");
    const exit = await runProgram({
        project: projectOf(request.getProject(), info),
        organization: request.getOrganization(),
        stack: request.getStack(),
        config: {
            values: Object.fromEntries(request.getConfigMap().getEntryList()),
            secretKeys: request.getConfigsecretkeysList(),
        },
        preview: request.getDryrun(),
        parallel: request.getParallel(),
        monitor: request.getMonitorAddress(),
        engine,
        output: (line) => process.stdout.write(`${line}\n`),
        stop,
    });
    const response = new RunResponse();
    if (exit === 0) return response;
    if (exit === SAID) return response.setBail(true);
    return response.setError(`the program ended with ${typeof exit === "number" ? `exit code ${exit}` : exit}`);
}

function projectOf(name: string, info: ProgramInfo): Project {
    const folder = info.getRootDirectory();
    return {
        folder,
        name,
        runtime: { name: "nodejs", options: runtimeOptions.parse(info.getOptions()?.toJavaScript() ?? {}) },
        main: path.relative(folder, path.join(info.getProgramDirectory(), info.getEntryPoint())),
        declarations: new Map(),
    };
}
