/** What the checks of the probe make of every kind of answer. */
import { expect } from "chai";
import type { Outcome } from "../../../verify/probe/pods/protocol";
import { conclude, type Finding, type Part } from "../../../verify/check";
import { answeredThroughGateway, type Route } from "../../../verify/probe/checks/answeredThroughGateway";
import { failover, type Failover } from "../../../verify/probe/checks/failover";
import { forbiddenIdentity } from "../../../verify/probe/checks/forbiddenIdentity";
import { foreignRoot, type ForeignAttempt } from "../../../verify/probe/checks/foreignRoot";
import { gatewayAnswersPeers } from "../../../verify/probe/checks/gatewayAnswersPeers";
import { plaintext, type PlaintextAttempt } from "../../../verify/probe/checks/plaintext";
import { judgeWorkloads } from "../../../verify/probe/checks/probeWorkloads";
import { cellOf, reachabilityMatrix } from "../../../verify/probe/checks/reachabilityMatrix";
import { throughIngress } from "../../../verify/probe/checks/throughIngress";
import { withoutSidecar } from "../../../verify/probe/checks/withoutSidecar";
import { describeOutcome, parseOutcomes, peerIdentity, serverAnswerOf } from "../../../verify/probe/outcomes";
import type { Workloads } from "../../../verify/probe/workloads";

const CLIENT = "spiffe://cluster.local/ns/mesh-probe-1/sa/client";
const RESET: Outcome = { status: 503, body: "upstream connect error or disconnect/reset before headers" };
const SILENT: Outcome = { verified: true, received: "", ended: "silent" };
const REFUSED: Outcome = { failure: "ECONNREFUSED" };

function answer(cluster: string, identity = CLIENT): Outcome {
    return { status: 200, body: JSON.stringify({ cluster, peer: identity && `By=spiffe://b;Hash=1;URI=${identity}` }) };
}

/** Result and cause of one observation. */
function judged<T>(check: { judge(observed: readonly T[]): readonly Part[] }, observed: T): Finding {
    return conclude(check.judge([observed]));
}

describe("reachability-matrix", () => {
    const attempt = (outcome: Outcome, to = "east") => ({
        from: "west",
        to,
        account: "/ns/mesh-probe-1/sa/client",
        outcome,
    });

    it("passes when the right cluster answers and saw the client's identity", () => {
        const { result, seen } = judged(reachabilityMatrix, attempt(answer("east")));
        expect({ result, seen }).to.deep.equal({
            result: "pass",
            seen: [`west: reached east, seen there as ${CLIENT}`],
        });
        expect(cellOf(attempt(answer("east")))).to.deep.equal({
            from: "west",
            to: "east",
            result: "pass",
            answeredBy: "east",
            peer: CLIENT,
        });
    });

    const failures: readonly (readonly [string, Outcome, string, string?])[] = [
        ["another cluster answers", answer("north"), "A request of west for east ends in north"],
        ["the server saw nobody", answer("east", ""), "reached east without mutual TLS"],
        [
            "the server saw somebody else",
            answer("east", "spiffe://c/ns/x/sa/client"),
            "reached east without mutual TLS",
        ],
        ["there is no endpoint", { status: 503, body: "no healthy upstream" }, "its istiod does not read that cluster"],
        [
            "there is none in the own cluster",
            { status: 503, body: "no healthy upstream" },
            "mutual TLS is off.",
            "west",
        ],
        ["the gateway resets", RESET, "The path from the client of west to the server of east is broken"],
        ["the own cluster resets", RESET, "cannot reach the server in its own cluster", "west"],
        [
            "certificates do not match",
            {
                status: 503,
                body: "reset reason: TLS_error:|268435581:SSL routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED",
            },
            "do not trust each other's certificates",
        ],
        ["a policy refuses", { status: 403, body: "RBAC: access denied" }, "An AuthorizationPolicy of the whole mesh"],
        ["nothing listens", REFUSED, "The path from the client of west"],
        ["another program answers", { status: 200, body: "<html>" }, "The path from the client of west"],
    ];
    for (const [what, outcome, cause, to] of failures) {
        it(`fails when ${what}`, () => {
            const finding = judged(reachabilityMatrix, attempt(outcome, to));
            expect(finding.result).to.equal("fail");
            expect(finding.cause).to.contain(cause);
            expect(finding.seen[0]).to.equal("west: reached nothing");
            expect(cellOf(attempt(outcome, to)).result).to.equal("fail");
        });
    }
});

describe("answered-through-gateway", () => {
    const gateway = "10.1.0.50:15443";
    const route = (change: Partial<Route>): Route => ({
        from: "west",
        to: "east",
        ways: [gateway],
        endpoints: [{ endpoint: gateway, answered: 3 }],
        answered: true,
        ...change,
    });

    it("passes when the gateway, and nothing else, answered", () => {
        const { result, seen } = judged(answeredThroughGateway, route({}));
        expect({ result, seen }).to.deep.equal({ result: "pass", seen: [`west → east: ${gateway} (3 answers)`] });
    });

    const failures: readonly (readonly [string, Partial<Route>, string])[] = [
        ["there is no gateway", { ways: [] }, "The east-west gateway of east has no address"],
        [
            "a pod is known",
            { endpoints: [{ endpoint: "10.2.0.9:8080", answered: 1 }] },
            "neither a gateway of that cluster",
        ],
        ["no endpoint is known", { endpoints: [], answered: false }, "No answer of east came to west through"],
        ["nothing answered", { endpoints: [{ endpoint: gateway, answered: 0 }], answered: false }, "No answer of east"],
        ["something else answered", { endpoints: [{ endpoint: gateway, answered: 0 }] }, "No answer of east"],
    ];
    for (const [what, change, cause] of failures) {
        it(`fails when ${what}`, () => {
            expect(judged(answeredThroughGateway, route(change)).cause).to.contain(cause);
        });
    }
});

describe("reachability-through-ingress", () => {
    const ingress = "spiffe://cluster.local/ns/istio-system/sa/istio-ingressgateway";
    const attempt = (outcome: Outcome) => ({ through: "west", to: "east", outcome });

    it("passes when the right cluster answers to an identity", () => {
        expect(judged(throughIngress, attempt(answer("east", ingress)))).to.deep.include({
            result: "pass",
            seen: [`ingress of west → east: answered by east, to ${ingress}`],
        });
    });

    const failures: readonly (readonly [string, Outcome, string])[] = [
        ["another cluster answers", answer("west", ingress), "did not reach east"],
        ["the server saw nobody", answer("east", ""), "or not with mutual TLS"],
        ["the ingress refuses", REFUSED, "cannot be reached from here on port 80"],
        ["it has no route", { status: 404, body: "" }, "has not accepted the probe's route"],
        ["it gets no answer", RESET, "gets no answer from the server of east"],
    ];
    for (const [what, outcome, cause] of failures) {
        it(`fails when ${what}`, () => {
            expect(judged(throughIngress, attempt(outcome)).cause).to.contain(cause);
        });
    }

    it("is skipped where no cluster has an ingress", async () => {
        const check = throughIngress.of({ namespace: "mesh-probe-1", clusters: [], sites: [] });
        const finding = await check.run({ mesh: { clusters: [] }, clusters: [], signal: AbortSignal.timeout(1000) });
        expect(finding).to.deep.equal({ result: "skipped", seen: ["no cluster has an ingress"] });
    });
});

describe("without-sidecar-refused", () => {
    const attempt = (outcome: Outcome) => ({ from: "west", to: "east", service: "server-2.mesh-probe-1", outcome });

    it("passes when the connection is refused or silent", () => {
        expect(judged(withoutSidecar, attempt(REFUSED)).result).to.equal("pass");
        expect(judged(withoutSidecar, attempt({ failure: "ETIMEDOUT" })).result).to.equal("pass");
    });

    it("fails when there is an answer, or no name", () => {
        expect(judged(withoutSidecar, attempt(answer("east"))).cause).to.contain("something other than the mesh");
        expect(judged(withoutSidecar, attempt({ failure: "ENOTFOUND" })).cause).to.contain("nothing was refused");
    });
});

describe("plaintext-refused", () => {
    const at = { address: "10.1.0.50", port: 15443 };
    const attempt = (outcome: Outcome, what: PlaintextAttempt["what"] = "gateway"): PlaintextAttempt => ({
        ...{ from: "west", to: "east", what, at, outcome },
    });

    it("fails when a pod on the same network answers, or cannot be dialled", () => {
        const answered: Outcome = { verified: false, received: "HTTP/1.1 200", ended: "closed" };
        expect(judged(plaintext, attempt(answered, "pod")).cause).to.contain("answers plaintext from west");
        expect(judged(plaintext, attempt(REFUSED, "pod")).cause).to.contain("they are not on one network");
        const ended: Outcome = { verified: false, received: "", ended: "ECONNRESET" };
        expect(judged(plaintext, attempt(ended, "pod")).result).to.equal("pass");
    });

    it("passes when the gateway ends the connection without a word", () => {
        const ended = judged(plaintext, attempt({ verified: false, received: "", ended: "ECONNRESET" }));
        expect(ended).to.deep.include({ result: "pass", seen: ["west → 10.1.0.50:15443 of east: ECONNRESET"] });
    });

    it("fails when it answers or waits for more", () => {
        for (const outcome of [{ verified: false, received: "HTTP/1.1 404", ended: "closed" }, SILENT]) {
            expect(judged(plaintext, attempt(outcome)).cause).to.contain("accepts plaintext on port 15443");
        }
    });

    it("fails when there was nothing that could refuse", () => {
        expect(judged(plaintext, attempt(REFUSED)).cause).to.contain("so it refused nothing");
        expect(judged(plaintext, { from: "west", to: "east", what: "gateway" }).cause).to.contain("has no address");
    });
});

describe("gateway-answers-peers", () => {
    const judge = (outcome?: Outcome) =>
        judged(gatewayAnswersPeers, { from: "west", to: "east", ...(outcome === undefined ? {} : { outcome }) });

    it("tells a gateway that is ready from one that is not, and from none", () => {
        expect(judge({ status: 200, body: "" }).result).to.equal("pass");
        expect(judge({ status: 503, body: "" }).cause).to.contain("The gateway of east is not ready");
        expect(judge(REFUSED).cause).to.contain("Pods of west cannot reach the address of the gateway of east");
        // One that shows no status only has to take the connection.
        expect(judge({ verified: false, received: "", ended: "closed" }).result).to.equal("pass");
        expect(judge().cause).to.contain("The east-west gateway of east has no address");
    });
});

describe("foreign-root-refused", () => {
    const attempt = (change: Partial<ForeignAttempt>): ForeignAttempt => ({ from: "west", to: "east", ...change });

    it("passes when a verified server ends the connection", () => {
        const outcome = { verified: true, received: "", ended: "ERR_SSL_TLSV1_ALERT_UNKNOWN_CA" };
        expect(judged(foreignRoot, attempt({ outcome }))).to.deep.include({
            result: "pass",
            seen: ["west → east: ERR_SSL_TLSV1_ALERT_UNKNOWN_CA, by a server that proved who it is"],
        });
    });

    const failures: readonly (readonly [string, Partial<ForeignAttempt>, string])[] = [
        ["there is no gateway", { missing: "gateway" }, "has no address"],
        ["the service is unknown", { missing: "endpoint" }, "have not received"],
        ["a proxy has no certificate", { missing: "certificate" }, "have not received"],
        ["the gateway refuses", { outcome: REFUSED }, "so it refused nothing"],
        [
            "the server answers",
            { outcome: { verified: true, received: "HTTP/1.1 200 OK", ended: "closed" } },
            "answers a client",
        ],
        ["somebody answers HTTP", { outcome: answer("east") }, "answers a client"],
        ["the server is unverified", { outcome: { verified: false, received: "", ended: "x" } }, "did not lead to"],
        ["the server waits", { outcome: SILENT }, "did not end the connection"],
    ];
    for (const [what, change, cause] of failures) {
        it(`fails when ${what}`, () => {
            expect(judged(foreignRoot, attempt(change)).cause).to.contain(cause);
        });
    }
});

describe("forbidden-identity-refused", () => {
    const attempt = (outcome: Outcome) => ({ from: "west", to: "east", outcome });

    it("passes on 403", () => {
        const { result, seen } = judged(forbiddenIdentity, attempt({ status: 403, body: "RBAC: access denied\n" }));
        expect({ result, seen }).to.deep.equal({ result: "pass", seen: ["west → east: 403 RBAC: access denied"] });
    });

    it("fails when the identity is let in, or the request did not arrive", () => {
        expect(judged(forbiddenIdentity, attempt(answer("east"))).cause).to.contain("east allows an identity of west");
        expect(judged(forbiddenIdentity, attempt(RESET)).cause).to.contain("did not reach the server");
        expect(judged(forbiddenIdentity, attempt(REFUSED)).cause).to.contain("did not reach the server");
    });
});

describe("failover", () => {
    const taken: Failover = { cluster: "west", before: ["east", "west"], after: ["east"], milliseconds: 420, lost: [] };

    it("passes when others took over, and says when", () => {
        expect(judged(failover, { ...taken, lost: ["503"] })).to.deep.include({
            result: "pass",
            seen: [
                "west: answered by east, west with a local pod, by east from 0.4 s after it was told to end; 1 requests lost, the last: 503",
            ],
        });
    });

    it("fails when nobody did", () => {
        const finding = judged(failover, { ...taken, after: [], lost: ["503 a", "503 b"] });
        expect(finding.seen).to.deep.equal([
            "west: no other cluster took over within 10 s; 2 requests lost, the last: 503 b",
        ]);
        expect(finding.cause).to.contain("no working endpoint of the service in another cluster");
    });
});

describe("probe-workloads", () => {
    const ready: Workloads = {
        cluster: "west",
        seconds: 3.14,
        withoutSidecar: [],
        notReady: [],
        sidecarNotReady: false,
    };

    it("passes when all are ready", () => {
        expect(conclude(judgeWorkloads([ready]))).to.deep.include({
            result: "pass",
            seen: ["west: ready after 3.1 s"],
        });
    });

    it("fails without a sidecar, with one that is not ready, and without room", () => {
        const causes = [
            { ...ready, withoutSidecar: ["client"] },
            { ...ready, notReady: ["client: istio-proxy is not ready"], sidecarNotReady: true },
            { ...ready, notReady: ["outsider: 0/1 nodes are available"] },
        ].map((workloads) => conclude(judgeWorkloads([workloads])).cause);
        expect(causes[0]).to.contain("does not inject sidecars");
        expect(causes[1]).to.contain("gets no certificate or no configuration");
        expect(causes[2]).to.contain("did not start the probe's pods in time");
    });
});

describe("answers of the probe", () => {
    it("names only the last hop, which the own sidecar verified", () => {
        const forged = `By=spiffe://a;URI=spiffe://forged,By=spiffe://b;Hash=c;Subject="O=x,CN=\\"y;URI=spiffe://no\\"";URI=${CLIENT}`;
        expect(peerIdentity(forged)).to.equal(CLIENT);
        expect(peerIdentity(`${CLIENT},By=spiffe://b;Hash=c`)).to.equal("");
        expect(peerIdentity("")).to.equal("");
    });

    it("takes nothing but a server's 200 as its answer", () => {
        expect(serverAnswerOf(answer("east"))).to.deep.equal({ cluster: "east", peer: CLIENT });
        expect(serverAnswerOf({ status: 201, body: '{"cluster":"east","peer":""}' })).to.equal(undefined);
        expect(serverAnswerOf({ status: 200, body: '{"cluster":"east"}' })).to.equal(undefined);
        expect(serverAnswerOf(REFUSED)).to.equal(undefined);
    });

    it("is refused when it has another form", () => {
        expect(parseOutcomes(JSON.stringify([REFUSED, RESET, SILENT]))).to.deep.equal([REFUSED, RESET, SILENT]);
        for (const text of ["{", '[{"status":"200"}]']) {
            expect(() => parseOutcomes(text)).to.throw("no answer of a probe");
        }
    });

    it("is told in a line", () => {
        expect(
            [REFUSED, { status: 404, body: "" }, { verified: false, received: "HTTP", ended: "closed" }].map(
                describeOutcome,
            ),
        ).to.deep.equal(["ECONNREFUSED", "404", 'closed after "HTTP"']);
    });
});
