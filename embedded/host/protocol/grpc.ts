/** Typed gRPC services over the message classes of the Pulumi SDK, whose stubs come without types in part. */
import type { status } from "@grpc/grpc-js";
import { type handleUnaryCall, type MethodDefinition, Server, ServerCredentials } from "@grpc/grpc-js";

/** The SDK's own limit. */
const LARGEST_MESSAGE = 400 * 1024 * 1024;

interface Message {
    serializeBinary(): Uint8Array;
}

interface MessageClass<T> {
    deserializeBinary(bytes: Uint8Array): T;
}

/** One method of a service, and what answers it. */
export interface Method {
    readonly path: string;
    readonly register: (server: Server, failure: status) => void;
}

/** @param path `/pulumirpc.Engine/Log`. */
export function method<Request extends Message, Response extends Message>(
    path: string,
    request: MessageClass<Request>,
    response: MessageClass<Response>,
    answer: (request: Request) => Promise<Response> | Response,
): Method {
    const serialize = (message: Message): Buffer => Buffer.from(message.serializeBinary());
    const definition: MethodDefinition<Request, Response> = {
        path,
        requestStream: false,
        responseStream: false,
        requestSerialize: serialize,
        requestDeserialize: (bytes) => request.deserializeBinary(bytes),
        responseSerialize: serialize,
        responseDeserialize: (bytes) => response.deserializeBinary(bytes),
    };
    const handle =
        (failure: status): handleUnaryCall<Request, Response> =>
        (call, callback) => {
            Promise.resolve(call.request)
                .then(answer)
                .then(
                    (result) => {
                        callback(null, result);
                    },
                    (error: unknown) => {
                        callback({ code: failure, details: error instanceof Error ? error.message : String(error) });
                    },
                );
        };
    return {
        path,
        register: (server, failure) => {
            server.addService({ [path]: definition }, { [path]: handle(failure) });
        },
    };
}

export interface Served {
    /** Of TCP; of another kind of address it means nothing. */
    readonly port: number;
    readonly close: () => void;
}

/**
 * @param address Of gRPC's name syntax, e.g. `unix:/tmp/x/socket`.
 * @param failure Status of an answer that is an error.
 */
export async function serve(address: string, methods: readonly Method[], failure: status): Promise<Served> {
    const server = new Server({
        "grpc.max_receive_message_length": LARGEST_MESSAGE,
        "grpc.max_send_message_length": LARGEST_MESSAGE,
    });
    for (const method of methods) method.register(server, failure);
    const port = await new Promise<number>((resolve, reject) => {
        server.bindAsync(address, ServerCredentials.createInsecure(), (error, bound) => {
            if (error === null) resolve(bound);
            else reject(error);
        });
    });
    const close = (): void => {
        server.forceShutdown();
    };
    return { port, close };
}
