import { expect } from "chai";
import { eventPrinter, planText, summaryText } from "../../../cli/steps";
import type { Step, StepKind, Summary } from "../../../embedded/host/events";

const step = (kind: StepKind, name: string, changes: Step["changes"] = []): Step => ({
    urn: `urn:pulumi:mesh::p::kubernetes:core/v1:Secret::${name}`,
    type: "kubernetes:core/v1:Secret",
    name,
    kind,
    changes,
});

const NONE = { create: 0, update: 0, replace: 0, delete: 0, read: 0, refresh: 0, same: 0 };
const summary = (parts: Partial<Summary>): Summary => ({
    command: "up",
    stack: "mesh",
    result: "succeeded",
    counts: NONE,
    changes: [],
    errors: [],
    outputs: {},
    seconds: 1.25,
    ...parts,
});

describe("eventPrinter", () => {
    it("prints a line a change, what is waited for and what went wrong, and nothing for what stays", () => {
        const lines: string[] = [];
        const print = eventPrinter((line) => lines.push(line));
        print({ event: "started", step: step("create", "west-cacerts") });
        print({ event: "waiting", step: step("create", "west-istiod"), line: "0 of 1 replicas ready" });
        print({ event: "finished", step: step("create", "west-cacerts"), seconds: 0.26 });
        print({ event: "finished", step: step("same", "west-network"), seconds: 0 });
        print({ event: "failed", step: step("update", "west-istiod"), seconds: 3, message: "no image" });
        print({ event: "diagnostic", severity: "warning", message: "root ends soon", urn: "" });
        print({ event: "diagnostic", severity: "debug", message: "noise", urn: "" });
        expect(lines).to.deep.equal([
            "  … west-istiod: 0 of 1 replicas ready",
            "  + created   west-cacerts  (kubernetes:core/v1:Secret)  0.3 s",
            "  ✖ kubernetes:core/v1:Secret west-istiod: no image",
            "  warning: root ends soon",
        ]);
    });
});

describe("planText", () => {
    it("shows each step with its property changes", () => {
        const changes: Step["changes"] = [
            { path: "spec.replicas", kind: "update", before: "1", after: "2", replaces: false },
            { path: "data", kind: "update", before: "[secret]", after: "[unknown]", replaces: true },
            { path: "note", kind: "add", after: `"${"x".repeat(200)}"`, replaces: false },
        ];
        const text = planText(summary({ command: "preview", changes: [step("update", "west-webapp", changes)] }));
        const lines = text.split("\n");
        expect(lines.slice(0, 3)).to.deep.equal([
            "~ update west-webapp  (kubernetes:core/v1:Secret)",
            "    ~ spec.replicas: 1 → 2",
            "    ~ data: [secret] → [unknown]  (needs a new resource)",
        ]);
        expect(lines[3]).to.match(/^ {4}\+ note: "x{98}…$/);
        expect(lines[4]).to.equal("");
    });

    it("is empty without changes", () => {
        expect(planText(summary({ command: "preview" }))).to.equal("");
    });
});

describe("summaryText", () => {
    it("counts what was done, and what would be done in a preview", () => {
        const counts = { ...NONE, create: 2, update: 1, same: 31 };
        expect(summaryText(summary({ counts }))).to.equal("2 created, 1 updated, 31 unchanged in 1.3 s.");
        expect(summaryText(summary({ counts, command: "preview" }))).to.equal(
            "2 to create, 1 to update, 31 unchanged in 1.3 s.",
        );
    });

    it("says when a run did not end well", () => {
        expect(summaryText(summary({ result: "interrupted" }))).to.contain("The up was interrupted.");
        expect(summaryText(summary({ result: "failed", command: "destroy" }))).to.contain("The destroy failed.");
    });
});
