/**
 * Transforms: functions of the program that change what it registers, before it is registered. The program serves them, as
 * Pulumi's Callbacks service. https://www.pulumi.com/docs/iac/concepts/options/transforms/
 */
import { Client, credentials } from "@grpc/grpc-js";
import { type Callback, CallbackInvokeRequest, CallbackInvokeResponse } from "@pulumi/pulumi/proto/callback_pb";
import {
    type RegisterResourceRequest,
    TransformRequest,
    TransformResourceOptions,
    TransformResponse,
} from "@pulumi/pulumi/proto/resource_pb";

interface Transformed {
    readonly parent: string;
    readonly transforms: readonly Callback[];
}

export class Transforms {
    readonly #ofStack: Callback[] = [];
    /** What resources with children have asked for, by URN. */
    readonly #ofResources = new Map<string, Transformed>();
    readonly #clients = new Map<string, Client>();

    /** Takes a transform of all resources of the stack. */
    public registerStack(transform: Callback): void {
        this.#ofStack.push(transform);
    }

    /** Remembers a registered resource, whose transforms are those of its children as well. */
    public registered(urn: string, request: RegisterResourceRequest): void {
        this.#ofResources.set(urn, { parent: request.getParent(), transforms: request.getTransformsList() });
    }

    /** Changes a request: by the resource's own transforms, then by its parents', then by the stack's. */
    public async apply(request: RegisterResourceRequest): Promise<void> {
        const transforms = [...request.getTransformsList()];
        for (let urn = request.getParent(); urn !== "";) {
            const above = this.#ofResources.get(urn);
            transforms.push(...(above?.transforms ?? []));
            urn = above?.parent ?? "";
        }
        for (const transform of [...transforms, ...this.#ofStack]) await this.#invoke(transform, request);
    }

    public close(): void {
        for (const client of this.#clients.values()) client.close();
    }

    async #invoke(transform: Callback, request: RegisterResourceRequest): Promise<void> {
        const asked = new TransformRequest()
            .setType(request.getType())
            .setName(request.getName())
            .setCustom(request.getCustom())
            .setParent(request.getParent())
            .setProperties(request.getObject())
            .setOptions(optionsOf(request));
        const call = new CallbackInvokeRequest().setToken(transform.getToken()).setRequest(asked.serializeBinary());
        const response = await this.#call(transform.getTarget(), call);
        const { properties, options } = answerOf(response);
        request.setObject(properties);
        if (options !== undefined) takeOptions(request, options);
    }

    #call(target: string, request: CallbackInvokeRequest): Promise<CallbackInvokeResponse> {
        const client = this.#clients.get(target) ?? new Client(target, credentials.createInsecure());
        this.#clients.set(target, client);
        return new Promise((resolve, reject) => {
            client.makeUnaryRequest(
                "/pulumirpc.Callbacks/Invoke",
                (message: CallbackInvokeRequest) => Buffer.from(message.serializeBinary()),
                (bytes) => CallbackInvokeResponse.deserializeBinary(bytes),
                request,
                (error, answer) => {
                    if (answer === undefined) reject(new Error(error?.details ?? "a transform gave no answer"));
                    else resolve(answer);
                },
            );
        });
    }
}

function answerOf(response: CallbackInvokeResponse) {
    const answer = TransformResponse.deserializeBinary(response.getResponse_asU8());
    return { properties: answer.getProperties(), options: answer.getOptions() };
}

function optionsOf(request: RegisterResourceRequest): TransformResourceOptions {
    const options = new TransformResourceOptions()
        .setDependsOnList(request.getDependenciesList())
        .setIgnoreChangesList(request.getIgnorechangesList())
        .setReplaceOnChangesList(request.getReplaceonchangesList())
        .setVersion(request.getVersion())
        .setAliasesList(request.getAliasesList())
        .setProvider(request.getProvider())
        .setCustomTimeouts(request.getCustomtimeouts())
        .setDeletedWith(request.getDeletedwith())
        .setAdditionalSecretOutputsList(request.getAdditionalsecretoutputsList())
        .setImport(request.getImportid())
        .setHooks(request.getHooks());
    if (request.hasProtect()) options.setProtect(request.getProtect() === true);
    if (request.hasRetainondelete()) options.setRetainOnDelete(request.getRetainondelete() === true);
    if (request.getDeletebeforereplacedefined()) options.setDeleteBeforeReplace(request.getDeletebeforereplace());
    return options;
}

/** What the host refuses is taken over as well, so that it is refused by name. */
function takeOptions(request: RegisterResourceRequest, options: TransformResourceOptions): void {
    request
        .setDependenciesList(options.getDependsOnList())
        .setIgnorechangesList(options.getIgnoreChangesList())
        .setReplaceonchangesList(options.getReplaceOnChangesList())
        .setVersion(options.getVersion())
        .setAliasesList(options.getAliasesList())
        .setProvider(options.getProvider())
        .setCustomtimeouts(options.getCustomTimeouts())
        .setDeletedwith(options.getDeletedWith())
        .setAdditionalsecretoutputsList(options.getAdditionalSecretOutputsList())
        .setImportid(options.getImport())
        .setHooks(options.getHooks());
    if (options.hasProtect()) request.setProtect(options.getProtect() === true);
    if (options.hasRetainOnDelete()) request.setRetainondelete(options.getRetainOnDelete() === true);
    if (options.hasDeleteBeforeReplace()) {
        request.setDeletebeforereplacedefined(true).setDeletebeforereplace(options.getDeleteBeforeReplace() === true);
    }
}
