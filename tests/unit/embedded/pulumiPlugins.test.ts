import { credentials, status } from "@grpc/grpc-js";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import {
    CheckRequest,
    type CheckResponse,
    CreateRequest,
    type CreateResponse,
    DiffRequest,
    DiffResponse,
} from "@pulumi/pulumi/proto/provider_pb";
import { expect } from "chai";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { serve } from "../../../embedded/host/protocol/grpc";
import { tlsPackage } from "../../../embedded/host/providers/tls";
import { providerMethods } from "../../../embedded/pulumi/resourceProvider";

const URN = "urn:pulumi:dev::p::tls:index/privateKey:PrivateKey::key";
const INPUTS = { algorithm: "ECDSA", ecdsaCurve: "P256", rsaBits: 2048 };
const SECRET = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270" };

describe("a package of the embedded host as a plugin of Pulumi", () => {
    let client: ResourceProviderClient;
    let close: () => void;

    before(async () => {
        const served = await serve(
            "127.0.0.1:0",
            providerMethods(tlsPackage, "5.6.1", () => undefined),
            status.UNKNOWN,
        );
        close = served.close;
        client = new ResourceProviderClient(`127.0.0.1:${served.port}`, credentials.createInsecure());
    });
    after(() => {
        client.close();
        close();
    });

    function answer<Response>(
        call: (done: (error: Error | null, response: Response) => void) => unknown,
    ): Promise<Response> {
        return new Promise((resolve, reject) => {
            call((error, response) => {
                if (error === null) resolve(response);
                else reject(error);
            });
        });
    }
    const struct = (value: object) => Struct.fromJavaScript({ ...value });

    it("answers wrong inputs with every problem, and right ones with what it takes", async () => {
        const check = async (news: object) => {
            const request = new CheckRequest().setUrn(URN).setNews(struct(news));
            const response = await answer<CheckResponse>((done) => client.check(request, done));
            return {
                inputs: response.getInputs()?.toJavaScript(),
                said: response.getFailuresList().map((f) => f.getReason()),
            };
        };
        expect(await check(INPUTS)).to.deep.equal({ inputs: INPUTS, said: [] });
        const { said } = await check({ ...INPUTS, ecdsaCurve: "P521" });
        expect(said).to.have.length(1);
        expect(said[0]).to.contain("resource key (tls:index/privateKey:PrivateKey).ecdsaCurve");
    });

    it("creates with secrets marked, and knows nothing in a preview", async () => {
        const create = async (preview: boolean) => {
            const request = new CreateRequest().setUrn(URN).setProperties(struct(INPUTS)).setPreview(preview);
            const response = await answer<CreateResponse>((done) => client.create(request, done));
            return { id: response.getId(), outputs: response.getProperties()?.toJavaScript() ?? {} };
        };
        const made = await create(false);
        expect(made.id).to.match(/^[0-9a-f]{40}$/);
        expect(made.outputs["privateKeyPem"]).to.deep.include(SECRET);
        expect(made.outputs["publicKeyPem"]).to.match(/^-----BEGIN PUBLIC KEY-----/);
        expect((await create(true)).id).to.equal("");
    });

    it("compares with the inputs before", async () => {
        const diff = async (news: object) => {
            const request = new DiffRequest().setUrn(URN).setId("1").setOlds(struct(INPUTS));
            request.setOldInputs(struct(INPUTS)).setNews(struct(news));
            const response = await answer<DiffResponse>((done) => client.diff(request, done));
            return { changes: response.getChanges(), replaces: response.getReplacesList() };
        };
        const { DIFF_NONE, DIFF_SOME } = DiffResponse.DiffChanges;
        expect(await diff(INPUTS)).to.deep.equal({ changes: DIFF_NONE, replaces: [] });
        const other = { ...INPUTS, ecdsaCurve: "P384" };
        expect(await diff(other)).to.deep.equal({ changes: DIFF_SOME, replaces: ["ecdsaCurve"] });
    });
});
