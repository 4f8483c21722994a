/** Pulumi's ResourceMonitor service: what a program calls to register and read resources. */
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Callback } from "@pulumi/pulumi/proto/callback_pb";
import { CallResponse, InvokeResponse } from "@pulumi/pulumi/proto/provider_pb";
import {
    ReadResourceRequest,
    ReadResourceResponse,
    RegisterPackageRequest,
    RegisterPackageResponse,
    RegisterResourceOutputsRequest,
    RegisterResourceRequest,
    RegisterResourceResponse,
    ResourceCallRequest,
    ResourceInvokeRequest,
    SupportsFeatureRequest,
    SupportsFeatureResponse,
} from "@pulumi/pulumi/proto/resource_pb";
import type { Engine } from "../engine/engine";
import { readGoal } from "./goal";
import { type Method, method } from "./grpc";
import { describe, StoppedError, type Steps } from "../engine/steps";
import { fromWire, toWire } from "../state/values";
import type { Transforms } from "./transforms";

const SERVICE = "/pulumirpc.ResourceMonitor";

/** The SDK itself refuses, by name, options whose feature is missing: hooks, and others. */
export const FEATURES = [
    "secrets",
    "resourceReferences",
    "deletedWith",
    "aliasSpecs",
    "parameterization",
    "transforms",
];

export interface MonitorOptions {
    readonly stack: string;
    readonly project: string;
    /** Resolves when the state is read. */
    readonly engine: Promise<Engine>;
    readonly steps: Steps;
    readonly transforms: Transforms;
    /** Called when the program has run to its end. */
    readonly ended: () => void;
}

export function monitorMethods({ stack, project, engine, steps, transforms, ended }: MonitorOptions): Method[] {
    /** A request that cannot be served ends the run with a message. */
    const guarded = async <T>(work: (engine: Engine) => Promise<T>): Promise<T> => {
        // Why the state cannot be read is for the run to say, once.
        const running = await engine.catch(() => Promise.reject(new StoppedError()));
        try {
            return await work(running);
        } catch (error) {
            if (!(error instanceof StoppedError)) steps.fail(describe(error));
            throw error;
        }
    };
    const refuse = (what: string): Promise<never> =>
        guarded(() => Promise.reject(new Error(`the embedded host does not serve ${what}; use the Pulumi CLI`)));

    return [
        method(`${SERVICE}/SupportsFeature`, SupportsFeatureRequest, SupportsFeatureResponse, (request) =>
            new SupportsFeatureResponse().setHassupport(FEATURES.includes(request.getId())),
        ),
        method(`${SERVICE}/RegisterResource`, RegisterResourceRequest, RegisterResourceResponse, (request) =>
            guarded(async (running) => {
                await transforms.apply(request);
                const { urn, id, outputs } = await running.register(readGoal(request, stack, project));
                if (!request.getCustom()) transforms.registered(urn, request);
                return new RegisterResourceResponse().setUrn(urn).setId(id).setObject(toWire(outputs));
            }),
        ),
        method(`${SERVICE}/RegisterStackTransform`, Callback, Empty, (transform) => {
            transforms.registerStack(transform);
            return new Empty();
        }),
        method(`${SERVICE}/RegisterResourceOutputs`, RegisterResourceOutputsRequest, Empty, (request) =>
            guarded((running) => {
                running.registerOutputs(request.getUrn(), fromWire(request.getOutputs()));
                return Promise.resolve(new Empty());
            }),
        ),
        method(`${SERVICE}/ReadResource`, ReadResourceRequest, ReadResourceResponse, (request) =>
            guarded(async (running) => {
                const { urn, outputs } = await running.read({
                    type: request.getType(),
                    name: request.getName(),
                    id: request.getId(),
                    parent: request.getParent(),
                    dependencies: request.getDependenciesList(),
                    provider: request.getProvider(),
                    version: request.getVersion(),
                    packageRef: request.getPackageref(),
                    additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
                });
                return new ReadResourceResponse().setUrn(urn).setProperties(toWire(outputs));
            }),
        ),
        method(`${SERVICE}/RegisterPackage`, RegisterPackageRequest, RegisterPackageResponse, (request) =>
            guarded((running) =>
                Promise.resolve(new RegisterPackageResponse().setRef(running.packages.register(request))),
            ),
        ),
        method(`${SERVICE}/Invoke`, ResourceInvokeRequest, InvokeResponse, (request) =>
            refuse(`the function ${request.getTok()}`),
        ),
        method(`${SERVICE}/Call`, ResourceCallRequest, CallResponse, (request) =>
            refuse(`the method ${request.getTok()}`),
        ),
        method(`${SERVICE}/SignalAndWaitForShutdown`, Empty, Empty, () => {
            ended();
            return new Empty();
        }),
    ];
}
