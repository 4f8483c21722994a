/** Identities of workloads, as istiod issues them to whoever has the token of an account. */
import "reflect-metadata";
import { webcrypto } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";
import { Client, credentials, Metadata } from "@grpc/grpc-js";
import * as x509 from "@peculiar/x509";
import { BinaryReader, BinaryWriter } from "google-protobuf";
import type { PodPort } from "../observe/podHttp";
import type { KubernetesView } from "../observe/kubernetes";

/** https://istio.io/latest/docs/ops/deployment/application-requirements/#ports-used-by-istio */
const ISTIOD_PORT = 15012;
/** https://github.com/istio/api/blob/master/security/v1alpha1/ca.proto */
const METHOD = "/istio.v1.auth.IstioCertificateService/CreateCertificate";
const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
/** A probe needs it for seconds; istiod takes back some of the time for clocks that differ. */
const VALID_SECONDS = 600;
const LIMIT_MILLISECONDS = 10_000;

/** Where certificates are issued. */
export interface Issuer {
    /** The cluster that the istiod runs in. */
    readonly home: KubernetesView;
    readonly istiod: Omit<PodPort, "port">;
    /** PEM of what its certificate has to lead to. */
    readonly roots: string;
    /** Istio's name of the cluster that the token is of. */
    readonly clusterName: string;
}

/** PEM of a certificate with its issuers, and of its key. */
export interface WorkloadIdentity {
    readonly certificate: string;
    readonly key: string;
}

/** @throws Error when istiod issues none. */
export async function workloadIdentity(issuer: Issuer, token: string): Promise<WorkloadIdentity> {
    const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
    // istiod goes by the token, whatever a request says of its subject.
    const request = await x509.Pkcs10CertificateRequestGenerator.create(
        { keys, signingAlgorithm: ALGORITHM },
        webcrypto,
    );
    const chain = await issued(issuer, token, request.toString("pem"));
    const key = await webcrypto.subtle.exportKey("pkcs8", keys.privateKey);
    return { certificate: chain.join("\n"), key: x509.PemConverter.encode(key, "PRIVATE KEY") };
}

async function issued(issuer: Issuer, token: string, request: string): Promise<string[]> {
    const { home, istiod, roots, clusterName } = issuer;
    const tunnel = createServer((socket) => {
        // What comes after this side has ended is of no use to anybody.
        socket.on("error", () => socket.destroy());
        home.connectTo({ ...istiod, port: ISTIOD_PORT }, socket).catch(() => socket.destroy());
    });
    tunnel.listen(0, "127.0.0.1");
    await once(tunnel, "listening");
    const address = tunnel.address();
    const port = address !== null && typeof address === "object" ? address.port : 0;
    const client = new Client(`127.0.0.1:${port}`, credentials.createSsl(Buffer.from(roots)), {
        "grpc.ssl_target_name_override": `istiod.${istiod.namespace}.svc`,
    });
    const metadata = new Metadata();
    metadata.set("authorization", `Bearer ${token}`);
    metadata.set("clusterid", clusterName);
    try {
        return await new Promise((resolve, reject) => {
            const deadline = Date.now() + LIMIT_MILLISECONDS;
            client.makeUnaryRequest(METHOD, encoded, decoded, request, metadata, { deadline }, (error, chain) => {
                if (error === null) resolve(chain ?? []);
                else reject(new Error(`istiod of ${clusterName} issued no certificate: ${error.details}`));
            });
        });
    } finally {
        client.close();
        tunnel.close();
    }
}

/** An IstioCertificateRequest. */
function encoded(request: string): Buffer {
    const writer = new BinaryWriter();
    writer.writeString(1, request);
    writer.writeInt64(3, VALID_SECONDS);
    return Buffer.from(writer.getResultBuffer());
}

/** An IstioCertificateResponse: the leaf first, PEM. */
function decoded(response: Buffer): string[] {
    const reader = new BinaryReader(response);
    const chain: string[] = [];
    while (reader.nextField()) {
        if (reader.getFieldNumber() === 1) chain.push(reader.readString());
        else reader.skipField();
    }
    return chain;
}
