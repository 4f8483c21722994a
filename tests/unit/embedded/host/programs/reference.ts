/** A program that looks at a sibling stack. */
import * as pulumi from "@pulumi/pulumi";

export async function program(): Promise<Record<string, unknown>> {
    const reference = new pulumi.StackReference(new pulumi.Config().require("peer"));
    const own = await reference.getOutputDetails("own");
    const password = await reference.getOutputDetails("password");
    return {
        seen: { own: own.value as unknown, password: password.secretValue !== undefined },
        relayed: reference.getOutput("password"),
        own: pulumi.getStack(),
        password: pulumi.secret(`password of ${pulumi.getStack()}`),
    };
}
