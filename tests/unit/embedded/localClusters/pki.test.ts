import { X509Certificate, createPrivateKey } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { expect } from "chai";
import { parse } from "yaml";
import { adminKubeconfig, componentKubeconfig } from "../../../../embedded/localClusters/access/kubeconfig";
import { certificateFile, ensurePki, hasPki, keyFile } from "../../../../embedded/localClusters/access/pki";

describe("credentials of a local cluster", () => {
    const scratch = mkdtempSync(path.join(os.tmpdir(), "pki-"));
    const folder = path.join(scratch, "pki");
    const subject = { node: "west-control-plane", nodeAddress: "10.64.0.2", apiServiceAddress: "10.64.32.1" };
    const certificate = (name: Parameters<typeof certificateFile>[1]): X509Certificate =>
        new X509Certificate(readFileSync(certificateFile(folder, name)));

    before(async () => {
        expect(await hasPki(folder)).to.equal(false);
        await ensurePki(folder, subject);
    });
    after(() => {
        rmSync(scratch, { recursive: true });
    });

    it("are signed by the cluster's own CA, each with its own key", () => {
        const authority = certificate("ca");
        expect(authority.ca).to.equal(true);
        for (const name of ["apiserver", "kubelet", "admin", "scheduler", "proxy"] as const) {
            const issued = certificate(name);
            expect(issued.ca, name).to.equal(false);
            expect(issued.verify(authority.publicKey), name).to.equal(true);
            expect(issued.checkPrivateKey(createPrivateKey(readFileSync(keyFile(folder, name)))), name).to.equal(true);
        }
    });

    it("name the identities that Kubernetes' own rules know", () => {
        expect(certificate("admin").subject).to.equal("O=system:masters\nCN=kubernetes-admin");
        expect(certificate("kubelet").subject).to.equal("O=system:nodes\nCN=system:node:west-control-plane");
        expect(certificate("scheduler").subject).to.equal("CN=system:kube-scheduler");
    });

    it("serve the addresses by which the API server is reached, and clients serve none", () => {
        const server = certificate("apiserver");
        for (const address of ["10.64.0.2", "10.64.32.1", "127.0.0.1"]) {
            expect(server.checkIP(address), address).to.equal(address);
        }
        expect(server.checkHost("kubernetes.default.svc")).to.equal("kubernetes.default.svc");
        expect(server.keyUsage).to.deep.equal(["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"]);
        expect(certificate("admin").keyUsage).to.deep.equal(["1.3.6.1.5.5.7.3.2"]);
        expect(certificate("admin").subjectAltName).to.equal(undefined);
    });

    it("are readable by their owner only, and made once", async () => {
        for (const name of ["ca", "admin", "service-account"] as const) {
            expect(statSync(keyFile(folder, name)).mode & 0o777, name).to.equal(0o600);
        }
        const before = certificate("ca").fingerprint256;
        await ensurePki(folder, subject);
        expect(certificate("ca").fingerprint256).to.equal(before);
    });

    it("make a kubeconfig that is complete in itself", async () => {
        const server = "https://10.64.0.2:6443";
        const text = await adminKubeconfig("west", folder, server);
        const ca = readFileSync(certificateFile(folder, "ca"), "base64");
        expect(parse(text)).to.deep.include({
            "current-context": "west",
            clusters: [{ name: "west", cluster: { server, "certificate-authority-data": ca } }],
            contexts: [{ name: "west", context: { cluster: "west", user: "west" } }],
        });
        expect(componentKubeconfig(folder, "proxy", server)).to.not.contain("-data");
    });
});
