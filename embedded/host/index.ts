/**
 * The embedded host: runs a Pulumi program of this project where there is no Pulumi CLI. It speaks the engine's own
 * protocol and keeps state in Pulumi's format. See docs/decisions/0030-embedded-host.md.
 */
export { display } from "./display";
export type { EventSink, HostEvent, Severity, Summary } from "./events";
export { destroy, preview, refresh, stackOutputs, up } from "./run";
export type { HostOptions, StackOptions } from "./session";
export { exportState, importState } from "./transfer";
