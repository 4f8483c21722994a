/** A steady client of a mesh: requests at a fixed rate through an ingress, every other one on a new connection. */
import { Agent, get } from "node:http";

/** Of one request. Milliseconds. */
const LIMIT = 15_000;

/** What a load saw until it was stopped. */
export interface Seen {
    readonly seconds: number;
    readonly requests: number;
    /** Those that were on a connection of their own. */
    readonly newConnections: number;
    /** Requests that were not answered with 200. */
    readonly lost: number;
    /** The first few of what these were answered with. */
    readonly reasons: readonly string[];
    /** Longest time between two answers of 200. Milliseconds. */
    readonly longestGap: number;
    /** Longest time until an answer. Milliseconds. */
    readonly slowest: number;
}

/** How many reasons are kept. */
const REASONS = 10;
/** How much is kept of an answer that failed: a proxy says there what it met. Characters. */
const WORDS = 300;

export class Load {
    private readonly keptAlive = new Agent({ keepAlive: true, maxSockets: 8 });
    private readonly began = performance.now();
    private readonly timer: NodeJS.Timeout;
    private readonly running = new Set<Promise<void>>();
    private requests = 0;
    private newConnections = 0;
    private lost = 0;
    private readonly reasons: string[] = [];
    private last = performance.now();
    private longestGap = 0;
    private slowest = 0;

    /** Begins at once. @param rate Requests a second. */
    public constructor(
        private readonly url: string,
        private readonly host: string,
        private readonly rate = 50,
    ) {
        // A late timer makes up for what it missed, so that the rate holds on a busy machine.
        this.timer = setInterval(() => {
            while (this.requests < ((performance.now() - this.began) / 1000) * this.rate) this.ask();
        }, 1000 / rate);
    }

    /** What it has seen up to now. */
    public get seen(): Seen {
        const { requests, newConnections, lost, reasons } = this;
        const [longestGap, slowest] = [Math.round(this.longestGap), Math.round(this.slowest)];
        const seconds = Math.round((performance.now() - this.began) / 1000);
        return { seconds, requests, newConnections, lost, reasons, longestGap, slowest };
    }

    /** Waits for the answers that are still out. */
    public async stop(): Promise<Seen> {
        clearInterval(this.timer);
        await Promise.all(this.running);
        this.keptAlive.destroy();
        return this.seen;
    }

    private ask(): void {
        const isNew = this.requests++ % 2 === 0;
        if (isNew) this.newConnections++;
        const began = performance.now();
        const answer = this.answer(isNew).then(
            () => {
                const now = performance.now();
                this.longestGap = Math.max(this.longestGap, now - this.last);
                this.slowest = Math.max(this.slowest, now - began);
                this.last = now;
            },
            (error: unknown) => {
                this.lost++;
                const reason = `${new Date().toISOString()} ${error instanceof Error ? error.message : String(error)}`;
                if (this.reasons.length < REASONS) this.reasons.push(reason);
            },
        );
        this.running.add(answer);
        void answer.then(() => this.running.delete(answer));
    }

    private answer(isNew: boolean): Promise<void> {
        return new Promise((resolve, reject) => {
            const agent = isNew ? new Agent() : this.keptAlive;
            const options = { headers: { host: this.host }, agent, signal: AbortSignal.timeout(LIMIT) };
            get(this.url, options, (response) => {
                let words = "";
                response.setEncoding("utf8");
                response.on("data", (chunk: string) => {
                    if (response.statusCode !== 200) words = (words + chunk).slice(0, WORDS);
                });
                response.on("error", reject);
                response.on("end", () => {
                    if (response.statusCode === 200) resolve();
                    else reject(new Error(`status ${response.statusCode ?? 0}: ${words.trim()}`));
                });
            }).on("error", reject);
        });
    }
}
