/** Shape of the configuration: which keys there are, and of which type. What values mean is checked in rules.ts. */
import { z } from "zod";
import { topologySchema } from "../../shared/topology";
import { istioSchema } from "./istio";
import { KIND_NODE_IMAGE } from "../../shared/versions";

const kind = z.strictObject({
    source: z.literal("kind"),
    nodeImage: z.string().default(KIND_NODE_IMAGE),
    loadBalancer: z.literal("metallb").optional(),
    podSubnet: z.string().optional(),
    serviceSubnet: z.string().optional(),
    istio: istioSchema.prefault({}),
});

const existing = z.strictObject({
    source: z.literal("existing"),
    kubeconfig: z.string().optional(),
    kubeconfigFile: z.string().optional(),
    context: z.string().optional(),
    apiServer: z.string().optional(),
    istio: istioSchema.prefault({}),
});

const validity = (days: number, renewBeforeDays: number) =>
    z
        .strictObject({ days: z.number().default(days), renewBeforeDays: z.number().default(renewBeforeDays) })
        .prefault({});

const ca = z.strictObject({
    keyAlgorithm: z.enum(["ECDSA", "RSA"]).default("ECDSA"),
    root: validity(3650, 365),
    intermediate: validity(730, 90),
    protectRoot: z.boolean().optional(),
    givenRoot: z.strictObject({ certificate: z.string(), privateKey: z.string() }).optional(),
});

const sampleApps = z.strictObject({
    host: z.string(),
    webapp: z.array(z.string()).default([]),
    catalog: z.array(z.string()).default([]),
    images: z
        .strictObject({
            webapp: z.string().optional(),
            catalog: z.string().optional(),
        })
        .prefault({}),
});

/** All keys of the project's namespace, as a stack sees them. */
export const settingsSchema = z.strictObject({
    mesh: topologySchema,
    clusters: z
        .record(z.string(), z.discriminatedUnion("source", [kind, existing], { error: 'must be "kind" or "existing"' }))
        .default({}),
    ownsRoot: z.boolean().default(false),
    production: z.boolean().default(false),
    roots: z.array(z.number()).optional(),
    givenIntermediates: z
        .strictObject({ root: z.string().optional(), certificates: z.record(z.string(), z.string()).default({}) })
        .optional(),
    readerTokens: z.array(z.number()).default([1]),
    ca: ca.prefault({}),
    istio: istioSchema.prefault({}),
    charts: z.undefined({ error: "this is `istio.charts` now" }).optional(),
    sampleApps: sampleApps.optional(),
});

/** The configuration as written, defaults filled in. */
export type Settings = z.infer<typeof settingsSchema>;
export type KindSource = z.infer<typeof kind>;
export type ExistingSource = Omit<z.infer<typeof existing>, "istio">;
export type SampleAppsSettings = z.infer<typeof sampleApps>;
