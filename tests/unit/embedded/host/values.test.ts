import { expect } from "chai";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { diffProperties } from "../../../../embedded/host/engine/diff";
import { secretOutputs } from "../../../../embedded/host/state/stackReference";
import { formatPath } from "../../../../embedded/host/state/paths";
import { UNKNOWN } from "../../../../embedded/host/providers/provider";
import { Redactor } from "../../../../embedded/host/engine/redactor";
import {
    equal,
    fromWire,
    hideSecrets,
    markSecrets,
    reveal,
    Secret,
    toWire,
} from "../../../../embedded/host/state/values";

const MARK = "4dabf18193072939515e22adb298388d";

describe("property values", () => {
    it("keeps secrets, lists and nulls over the wire", () => {
        const secret = { [MARK]: "1b47061264138c4ac30d75fd1eb44270", value: { pin: 7 } };
        const wire = { name: "a", none: null, list: [1, secret] };
        const values = fromWire(Struct.fromJavaScript(wire));
        expect(values).to.deep.equal({ name: "a", none: null, list: [1, new Secret({ pin: 7 })] });
        expect(toWire(values).toJavaScript()).to.deep.equal(wire);
        expect(reveal(values)).to.deep.equal({ name: "a", none: null, list: [1, { pin: 7 }] });
        expect(hideSecrets(values)).to.deep.equal({ name: "a", none: null, list: [1, "[secret]"] });
    });

    it("refuses assets", () => {
        const asset = { [MARK]: "c44067f5952c0a294b673a41bacd8c17", text: "x" };
        expect(() => fromWire(Struct.fromJavaScript({ asset }))).to.throw("an asset, an archive");
    });

    it("gives a provider the id of a resource that a property refers to", () => {
        const reference = { [MARK]: "5cf8f73096256a8f31e491e813e4eb8e", urn: "urn:a", id: "a-1" };
        expect(reveal({ reference })).to.deep.equal({ reference: "a-1" });
    });

    it("marks as secret what was secret at the same place, and named properties", () => {
        const model = { data: { key: new Secret("k"), user: "u" }, list: [new Secret(1)] };
        const plain = { data: { key: "k", user: "u" }, list: [1, 2], token: "t" };
        expect(markSecrets(plain, model, ["token"])).to.deep.equal({
            data: { key: new Secret("k"), user: "u" },
            list: [new Secret(1), 2],
            token: new Secret("t"),
        });
    });

    it("tells a secret from the same value in clear", () => {
        expect(equal(new Secret("a"), "a")).to.equal(false);
        expect(equal({ a: [new Secret("a")] }, { a: [new Secret("a")] })).to.equal(true);
        expect(equal({ a: 1 }, { b: 1 })).to.equal(false);
    });
});

describe("property paths", () => {
    it("quote what is no plain name", () => {
        expect(formatPath(["items", 0, "ca.crt", "name"])).to.equal('items[0]["ca.crt"].name');
    });
});

describe("property diff", () => {
    it("names each path, hides secrets and marks unknown values", () => {
        const olds = { same: 1, a: { b: 1, c: [1, 2] }, key: new Secret("old"), gone: true };
        const news = { same: 1, a: { b: UNKNOWN, c: [1] }, key: new Secret("new"), fresh: "x" };
        expect(diffProperties(olds, news, ["a", "renewal"], ["renewal"])).to.deep.equal([
            { path: "a.b", kind: "update", before: "1", after: "[unknown]", replaces: false },
            { path: "a.c[1]", kind: "delete", before: "2", replaces: false },
            { path: "key", kind: "update", before: "[secret]", after: "[secret]", replaces: false },
            { path: "gone", kind: "delete", before: "true", replaces: false },
            { path: "fresh", kind: "add", after: '"x"', replaces: false },
            { path: "renewal", kind: "update", replaces: true },
        ]);
    });
});

describe("redactor", () => {
    it("hides a secret as it is, in base64, and line by line", () => {
        const redactor = new Redactor();
        const pem = `-----BEGIN KEY-----\n${"Q".repeat(40)}\n-----END KEY-----\n`;
        redactor.learn({ password: new Secret("tr0ub4dor"), nested: [new Secret({ pem })], short: new Secret("on") });
        expect(redactor.redact("it is tr0ub4dor, on")).to.equal("it is [secret], on");
        expect(redactor.redact(Buffer.from("tr0ub4dor").toString("base64"))).to.equal("[secret]");
        expect(redactor.redact(`line ${"Q".repeat(40)}`)).to.equal("line [secret]");
    });

    it("hides of another stack's outputs only what is secret there", () => {
        const outputs = new Secret({
            readers: { eastern: "token-of-eastern" },
            clusters: { eastern: { network: "eastern-network" } },
        });
        const redactor = new Redactor();
        redactor.learn(secretOutputs({ name: "o/p/eastern", outputs, secretOutputNames: ["readers"] }) ?? {});
        expect(redactor.redact("Job istio-reach-eastern on eastern-network: token-of-eastern")).to.equal(
            "Job istio-reach-eastern on eastern-network: [secret]",
        );
        expect(secretOutputs({ outputs })).to.equal(undefined);
    });
});
