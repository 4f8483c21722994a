/**
 * What a plugin says of a resource, shown by the engine beside it.
 * https://github.com/pulumi/pulumi/blob/master/proto/pulumi/engine.proto
 */
import { credentials } from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";
import type { Tell } from "./resourceProvider";

/** @param engine Its address. */
export function engineLog(engine: string): Tell {
    const client = new EngineClient(engine, credentials.createInsecure());
    return (urn, line) => {
        const request = new LogRequest().setSeverity(LogSeverity.INFO).setUrn(urn).setMessage(line).setEphemeral(true);
        // What the engine does not take is lost: a person sees less, and the work goes on.
        client.log(request, () => undefined);
    };
}
