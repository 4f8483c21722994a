import { expect } from "chai";
import { tokensIn } from "../../../cli/rotate/credentials";
import type { StateResource } from "../../../hosts/interface/deployment";

const READER = "istio-multicluster:index:RemoteReader";

function resource(type: string, name: string, outputs: object): StateResource {
    return { type, name, inputs: {}, outputs: { ...outputs } };
}

function reader(name: string, token: string): StateResource {
    const kubeconfig = JSON.stringify({
        "current-context": "c",
        contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
        clusters: [{ name: "c", cluster: { server: "https://10.0.0.2:6443" } }],
        users: [{ name: "u", user: { token } }],
    });
    return resource(READER, name, { kubeconfig });
}

function secret(name: string, token: string): StateResource {
    return resource("kubernetes:core/v1:Secret", name, { data: { token: Buffer.from(token).toString("base64") } });
}

describe("the tokens of a stack's clusters", () => {
    it("are those of their readers, and of an istiod that runs outside", () => {
        const tokens = tokensIn([
            reader("west-reader", "b"),
            reader("west-istiod", "d"),
            ...[secret("west-reader-token", "a"), secret("west-reader-token-2", "b")],
            ...[secret("west-istiod-token", "c"), secret("west-istiod-token-2", "d")],
            reader("east-reader", "e"),
            secret("east-reader-token", "e"),
        ]);
        expect([...tokens]).to.deep.equal([
            ["west", { used: "b", all: ["a", "b", "c", "d"] }],
            ["east", { used: "e", all: ["e"] }],
        ]);
    });
});
