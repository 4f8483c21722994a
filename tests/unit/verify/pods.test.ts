import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { createServer, type AddressInfo, type Server } from "node:net";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";
import { expect } from "chai";
import { control, probe } from "../../../verify/probe/pods/app";
import type { Action, DialTls, Outcome } from "../../../verify/probe/pods/protocol";
import { settingsFrom } from "../../../apps/service";
import { foreignIdentity, type ForeignIdentity } from "../../../verify/probe/foreignIdentity";
import { Loopback } from "../apps/loopback";

const SERVER = "spiffe://cluster.local/ns/shop/sa/server";

describe("the probe", () => {
    const loopback = new Loopback();
    const sockets: Server[] = [];

    afterEach(async () => {
        await loopback.close();
        sockets.splice(0).forEach((server) => server.close());
    });

    async function act(...actions: Action[]): Promise<Outcome[]> {
        const url = await loopback.start(control());
        const response = await fetch(url, { method: "POST", body: JSON.stringify(actions) });
        expect(response.status).to.equal(200);
        return (await response.json()) as Outcome[];
    }

    async function listen(server: Server): Promise<number> {
        sockets.push(server);
        server.on("error", () => undefined);
        server.listen(0, "127.0.0.1");
        await once(server, "listening");
        return (server.address() as AddressInfo).port;
    }

    it("names its cluster and the peer that its sidecar saw", async () => {
        const url = await loopback.start(probe(settingsFrom({ CLUSTER: "east" })));
        const seen = await fetch(url, { headers: { "x-forwarded-client-cert": "URI=spiffe://a" } });
        expect(await seen.json()).to.deep.equal({ cluster: "east", peer: "URI=spiffe://a" });
        expect(await (await fetch(url)).json()).to.deep.equal({ cluster: "east", peer: "" });
        expect((await fetch(`${url}/other`)).status).to.equal(404);
    });

    it("asks with the given host and passes on status and body", async () => {
        const url = await loopback.start(
            createHttpServer(({ headers }, response) => response.writeHead(403).end(`no ${headers.host ?? ""}`)),
        );
        expect(await act({ url, host: "server.shop" })).to.deep.equal([{ status: 403, body: "no server.shop" }]);
    });

    it("tells a refused connection, a name that nobody knows, and silence", async () => {
        const silent = await listen(createServer());
        const outcomes = await act(
            { url: "http://127.0.0.1:1/" },
            { url: "http://nobody.invalid/" },
            { url: `http://127.0.0.1:${silent}/` },
            { address: "127.0.0.1", port: 1, send: "x" },
            { address: "127.0.0.1", port: silent, send: "x" },
        );
        const [refused, unknown, ...rest] = outcomes;
        expect(refused).to.deep.equal({ failure: "ECONNREFUSED" });
        expect(unknown).to.have.property("failure").that.is.oneOf(["ENOTFOUND", "EAI_AGAIN"]);
        expect(rest).to.deep.equal([
            { failure: "ETIMEDOUT" },
            { failure: "ECONNREFUSED" },
            { verified: false, received: "", ended: "silent" },
        ]);
    }).timeout(10_000);

    it("dials, sends, and tells what came back before the end", async () => {
        const port = await listen(
            createServer((socket) => socket.once("data", (data) => socket.end(`got ${data.toString()}`))),
        );
        expect(await act({ address: "127.0.0.1", port, send: "hello" })).to.deep.equal([
            { verified: false, received: "got hello", ended: "closed" },
        ]);
    });

    it("answers 400 to what is no array of actions", async () => {
        const url = await loopback.start(control());
        expect((await fetch(url, { method: "POST", body: "{" })).status).to.equal(400);
    });

    describe("with TLS", () => {
        let server: ForeignIdentity;
        let stranger: ForeignIdentity;

        before(async () => {
            [server, stranger] = await Promise.all([foreignIdentity(SERVER), foreignIdentity(SERVER)]);
        });

        /** Its certificate and its root, as one PEM each. */
        const [leafOf, rootOf] = [0, 1].map(
            (index) => (of: ForeignIdentity) => of.certificate.split(/(?<=-----END CERTIFICATE-----)\n/)[index] ?? "",
        ) as [(of: ForeignIdentity) => string, (of: ForeignIdentity) => string];

        async function handshake(shown: ForeignIdentity, change: Partial<DialTls> = {}): Promise<Outcome | undefined> {
            const options: TlsOptions = {
                cert: leafOf(server),
                key: server.key,
                ca: rootOf(server),
                requestCert: true,
                rejectUnauthorized: true,
                ALPNProtocols: ["istio"],
            };
            const port = await listen(createTlsServer(options, (socket) => socket.end("welcome")));
            const tls = {
                serverName: "outbound_.80_._.server",
                alpn: "istio",
                roots: rootOf(server),
                identity: SERVER,
            };
            const [outcome] = await act({
                address: "127.0.0.1",
                port,
                send: "hello",
                tls: { ...tls, certificate: leafOf(shown), key: shown.key, ...change },
            });
            return outcome;
        }

        it("is let in with a certificate of the server's root", async () => {
            expect(await handshake(server)).to.deep.equal({ verified: true, received: "welcome", ended: "closed" });
        });

        it("verifies the server and is refused with a certificate of another root", async () => {
            const outcome = await handshake(stranger);
            expect(outcome).to.include({ verified: true, received: "" });
            expect(outcome)
                .to.have.property("ended")
                .that.matches(/ECONNRESET|ALERT|closed/);
        });

        it("does not talk to a server of another root", async () => {
            expect(await handshake(server, { roots: rootOf(stranger) })).to.include({ verified: false, received: "" });
        });

        it("does not talk to a server of another name", async () => {
            expect(await handshake(server, { identity: "spiffe://cluster.local/ns/shop/sa/other" })).to.deep.equal({
                verified: false,
                received: "",
                ended: `the server is not spiffe://cluster.local/ns/shop/sa/other but URI:${SERVER}`,
            });
        });
    });
});
