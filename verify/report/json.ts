import { z } from "zod";
import { GROUPS } from "../check";
import type { Report } from "../runner";
import { docsPage } from "./words";

/** Raised when something is removed from the form, or means something else. */
const SCHEMA_VERSION = 1;

/** What `--output json` prints; docs/report.schema.json is made of it. */
export const reportSchema = z.object({
    schemaVersion: z.literal(SCHEMA_VERSION),
    checks: z.array(
        z.object({
            id: z.string().describe("Stable name of the check"),
            group: z.enum(GROUPS),
            proves: z.string().describe("The sentence that holds when it passes"),
            result: z
                .enum(["pass", "warning", "fail", "skipped", "error"])
                .describe("warning: it holds, but not for long; error: it could not be checked"),
            seen: z.array(z.string()).describe("What was seen, one line a thing; of skipped and error the reason"),
            cause: z.string().optional(),
            fix: z.string().optional(),
            parts: z
                .array(
                    z.object({
                        clusters: z.array(z.string()).describe("Where it was seen, the client's cluster first"),
                        result: z.enum(["pass", "warning", "fail", "error"]),
                        seen: z.string(),
                        cause: z.string().optional(),
                        fix: z.string().optional(),
                    }),
                )
                .optional()
                .describe("What was seen, one by one, each with its own result, cause and fix; not of skipped"),
            seconds: z.number().describe("Until the finding stood"),
            page: z.string().describe("Its page, from the root of the repository"),
        }),
    ),
    matrix: z
        .array(
            z.object({
                from: z.string(),
                to: z.string(),
                result: z.enum(["pass", "fail"]),
                answeredBy: z.string().optional().describe("Cluster that answered"),
                peer: z
                    .string()
                    .optional()
                    .describe("SPIFFE identity of the client, as the server's sidecar verified it"),
                seen: z.string().optional().describe("What came back, where no server of the probe answered"),
            }),
        )
        .optional()
        .describe("With --probe: who reaches whom"),
    calls: z
        .array(
            z.object({
                account: z.string().describe("namespace/name of the service account that called"),
                from: z.string(),
                service: z.string().describe("name.namespace"),
                to: z.string(),
                mayCall: z.boolean().describe("Whether the mesh's list lets the account in"),
                answer: z
                    .enum(["let in", "refused", "no answer"])
                    .describe("let in: whatever the app then said; refused: by a policy"),
            }),
        )
        .optional()
        .describe("With --probe, where the mesh lists who may call its services"),
    before: z.literal(true).optional().describe("With --pre"),
    only: z.array(z.string()).optional().describe("With --only: the checks and groups that were asked for"),
});

/** {@link reportSchema} as JSON, ending with a newline. */
export function jsonReport(report: Report): string {
    const checks = report.checks.map((check) => ({ ...check, page: docsPage(check.id) }));
    return `${JSON.stringify({ schemaVersion: SCHEMA_VERSION, ...report, checks }, undefined, 2)}\n`;
}
