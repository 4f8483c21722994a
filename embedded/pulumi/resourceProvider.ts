/**
 * A resource package of the embedded host as a plugin of Pulumi, so that both run one implementation.
 * https://github.com/pulumi/pulumi/blob/master/proto/pulumi/provider.proto
 */
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import type { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { PluginAttach, PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import {
    CheckFailure,
    CheckRequest,
    CheckResponse,
    ConfigureRequest,
    ConfigureResponse,
    CreateRequest,
    CreateResponse,
    DeleteRequest,
    DiffRequest,
    DiffResponse,
    ParameterizeRequest,
    ParameterizeResponse,
    ReadRequest,
    ReadResponse,
    UpdateRequest,
    UpdateResponse,
} from "@pulumi/pulumi/proto/provider_pb";
import { ProblemsError } from "../../shared/problems";
import { type Method, method } from "../host/protocol/grpc";
import type {
    Diff,
    Operation,
    Properties,
    Provider,
    ProviderPackage,
    ResourceState,
    Result,
} from "../host/providers/provider";
import { parseUrn } from "../host/state/urns";
import { fromWire, markSecrets, reveal, toWire, type Values } from "../host/state/values";

const SERVICE = "/pulumirpc.ResourceProvider";

/** The engine's own inputs of a provider resource. */
const ENGINE_KEYS = ["version", "__internal"];

/** Says something about a resource while it is worked on. */
export type Tell = (urn: string, line: string) => void;

/** @param version Of the plugin, which for a package that it serves by a parameter is not the package's. */
export function providerMethods(served: ProviderPackage, version: string, tell: Tell): Method[] {
    let provider: Provider | undefined;
    const stop = new AbortController();
    const configured = (): Provider => (provider ??= served.configure({}));
    const operation = (urn: string, preview: boolean): Operation => ({
        urn,
        type: parseUrn(urn).type,
        name: parseUrn(urn).name,
        preview,
        interrupted: false,
        signal: stop.signal,
        progress: (line) => {
            tell(urn, line);
        },
        workingDirectory: process.cwd(),
    });
    return [
        method(`${SERVICE}/GetPluginInfo`, Empty, PluginInfo, () => new PluginInfo().setVersion(version)),
        method(`${SERVICE}/Attach`, PluginAttach, Empty, () => new Empty()),
        method(`${SERVICE}/Cancel`, Empty, Empty, () => {
            stop.abort();
            return new Empty();
        }),
        method(`${SERVICE}/Parameterize`, ParameterizeRequest, ParameterizeResponse, () =>
            new ParameterizeResponse().setName(served.name).setVersion(served.version),
        ),
        method(`${SERVICE}/CheckConfig`, CheckRequest, CheckResponse, (request) =>
            checked(request.getNews(), (news) => Promise.resolve(served.checkConfig(news))),
        ),
        method(`${SERVICE}/DiffConfig`, DiffRequest, DiffResponse, (request) =>
            difference(served.diffConfig(config(request.getOldInputs()), config(request.getNews()))),
        ),
        method(`${SERVICE}/Configure`, ConfigureRequest, ConfigureResponse, (request) => {
            provider = served.configure(config(request.getArgs()));
            return new ConfigureResponse().setAcceptsecrets(true).setSupportspreview(true);
        }),
        method(`${SERVICE}/Check`, CheckRequest, CheckResponse, (request) =>
            checked(request.getNews(), (news) => {
                const olds = request.getOlds();
                return configured().check(operation(request.getUrn(), true), olds && plain(olds), news);
            }),
        ),
        method(`${SERVICE}/Diff`, DiffRequest, DiffResponse, async (request) => {
            const news = plain(request.getNews());
            return difference(await configured().diff(operation(request.getUrn(), true), recorded(request), news));
        }),
        method(`${SERVICE}/Create`, CreateRequest, CreateResponse, async (request) => {
            const inputs = fromWire(request.getProperties());
            const made = await configured().create(operation(request.getUrn(), request.getPreview()), reveal(inputs));
            return new CreateResponse().setId(made.id).setProperties(outputs(made, inputs));
        }),
        method(`${SERVICE}/Update`, UpdateRequest, UpdateResponse, async (request) => {
            const inputs = fromWire(request.getNews());
            const work = operation(request.getUrn(), request.getPreview());
            const made = await configured().update(work, recorded(request), reveal(inputs));
            return new UpdateResponse().setProperties(outputs(made, inputs));
        }),
        method(`${SERVICE}/Read`, ReadRequest, ReadResponse, async (request) => {
            const inputs = fromWire(request.getInputs());
            const known = { id: request.getId(), inputs: reveal(inputs), outputs: plain(request.getProperties()) };
            const old = request.hasInputs() ? known : undefined;
            const found = await configured().read(operation(request.getUrn(), false), request.getId(), old);
            if (found === undefined) return new ReadResponse();
            const response = new ReadResponse().setId(found.id).setProperties(outputs(found, inputs));
            return response.setInputs(toWire(markSecrets(found.inputs, inputs)));
        }),
        method(`${SERVICE}/Delete`, DeleteRequest, Empty, async (request) => {
            const inputs = plain(request.getOldInputs());
            const old = { id: request.getId(), inputs, outputs: plain(request.getProperties()) };
            await configured().delete(operation(request.getUrn(), false), old);
            return new Empty();
        }),
    ];
}

/** What is wrong with inputs is an answer, which the engine shows with the resource. */
async function checked(
    struct: Struct | undefined,
    check: (news: Properties) => Promise<Properties>,
): Promise<CheckResponse> {
    const news = fromWire(struct);
    try {
        return new CheckResponse().setInputs(toWire(markSecrets(await check(reveal(news)), news)));
    } catch (error) {
        if (!(error instanceof ProblemsError)) throw error;
        const failures = error.problems.map((problem) =>
            new CheckFailure().setReason(new ProblemsError([problem]).message),
        );
        return new CheckResponse().setFailuresList(failures);
    }
}

function difference({ changed, replace, deleteBeforeReplace }: Diff): DiffResponse {
    const { DIFF_SOME, DIFF_NONE } = DiffResponse.DiffChanges;
    return new DiffResponse()
        .setChanges(changed.length > 0 ? DIFF_SOME : DIFF_NONE)
        .setDiffsList([...changed])
        .setReplacesList([...replace])
        .setDeletebeforereplace(deleteBeforeReplace);
}

function recorded(request: DiffRequest | UpdateRequest): ResourceState {
    return { id: request.getId(), inputs: plain(request.getOldInputs()), outputs: plain(request.getOlds()) };
}

function outputs(made: Omit<Result, "id">, inputs: Values): Struct {
    return toWire(markSecrets(made.outputs, inputs, made.secretOutputs));
}

function plain(struct: Struct | undefined): Properties {
    return reveal(fromWire(struct));
}

function config(struct: Struct | undefined): Properties {
    return Object.fromEntries(Object.entries(plain(struct)).filter(([name]) => !ENGINE_KEYS.includes(name)));
}
