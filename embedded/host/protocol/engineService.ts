/** Pulumi's Engine service: the program's log. */
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import {
    GetRootResourceRequest,
    GetRootResourceResponse,
    LogRequest,
    LogSeverity,
    RequirePulumiVersionRequest,
    RequirePulumiVersionResponse,
    SetRootResourceRequest,
    SetRootResourceResponse,
} from "@pulumi/pulumi/proto/engine_pb";
import type { Severity } from "../events";
import { type Method, method } from "./grpc";
import type { Steps } from "../engine/steps";

const SERVICE = "/pulumirpc.Engine";

/** Debug messages are the SDK's own trace, and not passed on. */
const SEVERITIES: Readonly<Partial<Record<LogSeverity, Severity>>> = {
    [LogSeverity.INFO]: "info",
    [LogSeverity.WARNING]: "warning",
    [LogSeverity.ERROR]: "error",
};

export function engineMethods(steps: Steps): Method[] {
    let root = "";
    return [
        method(`${SERVICE}/Log`, LogRequest, Empty, (request) => {
            const severity = SEVERITIES[request.getSeverity()];
            if (severity !== undefined) steps.log(severity, request.getMessage(), request.getUrn());
            return new Empty();
        }),
        method(`${SERVICE}/GetRootResource`, GetRootResourceRequest, GetRootResourceResponse, () =>
            new GetRootResourceResponse().setUrn(root),
        ),
        method(`${SERVICE}/SetRootResource`, SetRootResourceRequest, SetRootResourceResponse, (request) => {
            root = request.getUrn();
            return new SetRootResourceResponse();
        }),
        // The protocol is that of the SDK in package.json, whose range of versions the program can state there.
        method(
            `${SERVICE}/RequirePulumiVersion`,
            RequirePulumiVersionRequest,
            RequirePulumiVersionResponse,
            () => new RequirePulumiVersionResponse(),
        ),
    ];
}
