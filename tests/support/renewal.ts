/** Makes a certificate of a stack older than it is, so that it is due for renewal. */
import { z } from "zod";

const DAY = 86_400_000;

const state = z.looseObject({
    deployment: z.looseObject({
        resources: z.array(z.looseObject({ urn: z.string(), outputs: z.record(z.string(), z.unknown()).optional() })),
    }),
});

/**
 * @param text A state, as `pulumi stack export` writes it.
 * @param name Of the resource, e.g. `root-ca-west`.
 * @returns The same state, with ten days left of that certificate's life.
 */
export function aged(text: string, name: string, now = new Date()): string {
    const { deployment, ...rest } = state.parse(JSON.parse(text));
    const resources = deployment.resources.map((resource) =>
        resource.urn.endsWith(`::${name}`)
            ? {
                  ...resource,
                  outputs: { ...resource.outputs, validityEndTime: new Date(now.getTime() + 10 * DAY).toISOString() },
              }
            : resource,
    );
    return JSON.stringify({ ...rest, deployment: { ...deployment, resources } });
}
