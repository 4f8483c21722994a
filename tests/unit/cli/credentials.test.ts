/** Which tokens readers have, from a stack's state. */
import { expect } from "chai";
import { tokensIn } from "../../../cli/rotate/credentials";
import type { StateResource } from "../../../hosts/interface/deployment";
import { kubeconfig } from "../../support/mocks";

const base64 = (text: string): string => Buffer.from(text).toString("base64");

function secret(name: string, token: string): StateResource {
    return { type: "kubernetes:core/v1:Secret", name, inputs: {}, outputs: { data: { token: base64(token) } } };
}

describe("tokens in a state", () => {
    it("are those of the readers, with the one that peers use", () => {
        const reader: StateResource = {
            type: "istio-multicluster:index:RemoteReader",
            name: "west-reader",
            inputs: {},
            outputs: { kubeconfig: kubeconfig("west", "https://west:6443", { token: "second" }) },
        };
        const other = secret("west-reads-east-secret", "none");
        const resources = [
            reader,
            secret("west-reader-token", "first"),
            secret("west-reader-token-2", "second"),
            other,
        ];
        expect([...tokensIn(resources)]).to.deep.equal([["west", { used: "second", all: ["first", "second"] }]]);
    });
});
