/** A mesh whose root no stack has, on real clusters: requests go out, certificates come in, and the root is replaced. */
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { type Authority, intermediate, root } from "../support/certificates";
import { signRequest } from "../support/offlineRoot";
import { Rotating } from "../support/rotating";

describe("a mesh of an offline root", function () {
    this.timeout(600_000);

    const rotating = new Rotating(["mesh"]);
    const { checkout } = rotating;
    const mesh = (...args: string[]) => rotating.mesh(...args);
    const inFolder = (file: string): string => path.join(checkout.folder, file);
    let [first, second]: Authority[] = [];

    /** Has both requests signed, and writes what came of it beside them. */
    async function signAll(by: Authority): Promise<string[]> {
        await mesh("ca", "csr", "--folder", checkout.folder);
        return Promise.all(
            ["west", "east"].map(async (cluster) => {
                const file = inFolder(`${cluster}.pem`);
                writeFileSync(file, await signRequest(by, readFileSync(inFolder(`${cluster}.csr`), "utf8")));
                return file;
            }),
        );
    }

    /** A file with roots, the one that signs first. */
    function rootFile(...roots: (Authority | undefined)[]): string {
        writeFileSync(inFolder("roots.pem"), roots.map((each) => `${each?.certificate.toString("pem")}\n`).join(""));
        return inFolder("roots.pem");
    }

    before(async () => {
        [first, second] = [await root("Offline Root"), await root("Offline Root 2")];
        checkout.edit("Pulumi.mesh.yaml", (text) => text.replace("ownsRoot: true", "givenIntermediates: {}"));
    });
    after(() => rotating.end());

    it("makes keys and requests first, and says what is missing", async () => {
        const { all } = await mesh("up");
        expect(all).to.contain("cluster west has no certificate of the offline root yet, so it gets no control plane");
    });

    it("refuses what another root signed, and what was signed for another key", async () => {
        if (first === undefined || second === undefined) throw new Error("there are no roots");
        const files = await signAll(first);
        const foreign = await checkout.mesh("ca", "import", ...files, "--root", rootFile(second));
        expect(foreign.exitCode).to.equal(2);
        expect(foreign.all).to.contain("was not issued by what follows it, CN=Offline Root is its issuer");
        writeFileSync(inFolder("other.pem"), (await intermediate(first, "other")).certificate.toString("pem"));
        const other = await checkout.mesh("ca", "import", inFolder("other.pem"), "--root", rootFile(first));
        expect(other.exitCode).to.equal(2);
        expect(other.all).to.contain("this certificate is for none of the stack's keys (east, west)");
        expect(checkout.read("Pulumi.mesh.yaml")).not.to.contain("CERTIFICATE");
    });

    it("becomes a mesh with what was signed, and no root's key is anywhere", async () => {
        await mesh("ca", "import", inFolder("west.pem"), inFolder("east.pem"), "--root", rootFile(first));
        await rotating.begin();
        expect((await mesh("preview")).all).to.match(/^\d+ unchanged in /m);
        expect((await mesh("status")).stdout).to.match(/cluster west +│ complete +│ \d{4}-\d\d-\d\d \(36[45] days\)/);
    });

    it("takes another root in the same three steps, and no request is lost", async () => {
        await rotating.underLoad("rotation of an offline root", async () => {
            await mesh("ca", "import", "--root", rootFile(first, second));
            await mesh("up");
            await mesh("rotate", "wait");
            if (second === undefined) throw new Error("there is no second root");
            await mesh("ca", "import", ...(await signAll(second)), "--root", rootFile(second, first));
            await mesh("up");
            await mesh("rotate", "wait");
            await mesh("ca", "import", "--root", rootFile(second));
            await mesh("up");
            await mesh("rotate", "wait");
        });
        expect((await mesh("verify")).all).to.contain("The clusters are one mesh");
    });

    it("refuses to drop the root that signs", async () => {
        if (first === undefined) throw new Error("there is no root");
        await mesh("ca", "import", ...(await signAll(first)), "--root", rootFile(first));
        const refused = await checkout.mesh("up");
        expect(refused.exitCode).to.equal(2);
        expect(refused.all).to.contain("the root that signed with the last `up` is not among those to trust");
    });
});
