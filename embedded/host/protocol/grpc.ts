/** Typed gRPC services over the message classes of the Pulumi SDK, whose stubs come without types in part. */
import {
    type handleUnaryCall,
    type MethodDefinition,
    Server,
    ServerCredentials,
    type ServiceError,
    status,
} from "@grpc/grpc-js";

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
    readonly register: (server: Server) => void;
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
    const handle: handleUnaryCall<Request, Response> = (call, callback) => {
        Promise.resolve(call.request)
            .then(answer)
            .then(
                (result) => {
                    callback(null, result);
                },
                (error: unknown) => {
                    callback(unavailable(error));
                },
            );
    };
    return {
        path,
        register: (server) => {
            server.addService({ [path]: definition }, { [path]: handle });
        },
    };
}

/** The SDK takes UNAVAILABLE as the end of the run, and ends the program without a message of its own. */
function unavailable(error: unknown): Partial<ServiceError> {
    return { code: status.UNAVAILABLE, details: error instanceof Error ? error.message : String(error) };
}

/** @param address Of gRPC's name syntax, e.g. `unix:/tmp/x/socket`. @returns a function that ends it. */
export async function serve(address: string, methods: readonly Method[]): Promise<() => void> {
    const server = new Server({
        "grpc.max_receive_message_length": LARGEST_MESSAGE,
        "grpc.max_send_message_length": LARGEST_MESSAGE,
    });
    for (const method of methods) method.register(server);
    await new Promise<void>((resolve, reject) => {
        server.bindAsync(address, ServerCredentials.createInsecure(), (error) => {
            if (error === null) resolve();
            else reject(error);
        });
    });
    return () => {
        server.forceShutdown();
    };
}
