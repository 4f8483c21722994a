/** The processes of a node: started detached, found again by what the kernel knows, never by a file of ids. */
import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { lastWords, logFile } from "./logs";
import { inNode, nodeProcesses } from "./node";
import type { ClusterPaths } from "../home/paths";
import { anySignal } from "../../../shared/signals";

/** Below Go's default of 100: less memory for a little more work at the start (https://go.dev/doc/gc-guide#GOGC). */
const GOGC = "75";

/** Everything that a node runs beside its pods. */
export const PROGRAMS = [
    "etcd",
    "kube-apiserver",
    "containerd",
    "kube-controller-manager",
    "kube-scheduler",
    "kubelet",
    "kube-proxy",
    "load-balancer",
] as const;

export interface Component {
    /** File name of its program, by which it is found. */
    readonly name: (typeof PROGRAMS)[number];
    readonly command: string;
    readonly args: readonly string[];
}

/** A component ended while something waited for it. */
export class ComponentEndedError extends Error {
    public constructor(
        public readonly component: string,
        message: string,
    ) {
        super(message);
        this.name = "ComponentEndedError";
    }
}

/** The components of one node, as one run sees them. */
export class Components {
    readonly #running: Set<string>;
    readonly #startTimes = new Map<string, Date>();
    readonly #failure = new AbortController();
    /** Aborted with {@link ComponentEndedError} when one that this run started ends, and when the run is. */
    public readonly signal: AbortSignal;

    public constructor(
        private readonly init: number,
        private readonly paths: ClusterPaths,
        signal: AbortSignal,
    ) {
        this.#running = new Set(nodeProcesses(init).map((process) => process.program));
        this.signal = anySignal([signal, this.#failure.signal]);
    }

    /** Starts those that do not run. */
    public ensure(...components: Component[]): void {
        for (const component of components) {
            if (!this.#running.has(component.name)) {
                this.#start(component);
            }
        }
    }

    /** When this run started it; the beginning of time, if it ran before. */
    public startOf(name: Component["name"]): Date {
        return this.#startTimes.get(name) ?? new Date(0);
    }

    /** Ends every wait for these components. */
    public giveUp(reason: unknown): void {
        this.#failure.abort(reason);
    }

    #start(component: Component): void {
        const file = logFile(this.paths, component.name);
        const log = openSync(file, "a", 0o600);
        const [command, args] = inNode(this.init, component.command, ...component.args);
        // Pods of other users read what containerd and kubelet write, whatever the umask of the person at the machine.
        const child = spawn("sh", ["-c", 'umask 022; exec "$0" "$@"', command, ...args], {
            detached: true,
            stdio: ["ignore", log, log],
            cwd: "/",
            env: { PATH: searchPath(), GOGC },
        });
        closeSync(log);
        this.#running.add(component.name);
        this.#startTimes.set(component.name, new Date());
        const ended = (how: string): void => {
            const message = `${component.name} of ${this.paths.node} ended (${how}); ${lastWords(file)}`;
            this.giveUp(new ComponentEndedError(component.name, message));
        };
        child.once("error", (error) => {
            ended(error.message);
        });
        child.once("exit", (code, signal) => {
            ended(code === null ? `signal ${signal ?? "unknown"}` : `exit code ${code}`);
        });
        child.unref();
    }
}

/** This process's PATH, and the folders of administration programs that a user's often lacks. */
function searchPath(): string {
    return [process.env["PATH"], "/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/bin", "/bin"].filter(Boolean).join(":");
}
