import { expect } from "chai";
import { CommanderError } from "commander";
import { explainError } from "../../../cli/exit";
import { CommandError } from "../../../shared/exit";
import { ProblemsError } from "../../../shared/problems";

describe("explainError", () => {
    it("lists a user's mistakes with what to do, without a stack trace, and exits with 2", () => {
        const error = new ProblemsError([
            {
                subject: "clusters[1].network",
                value: "west-network",
                rule: "must be unique",
                fix: "Choose another name.",
            },
            { subject: "go", rule: "is not installed", fix: "Install Go 1.26 or newer." },
        ]);
        expect(explainError(error)).to.deep.equal({
            text: [
                '✖ clusters[1].network: must be unique (found "west-network")',
                "  → Choose another name.",
                "✖ go: is not installed",
                "  → Install Go 1.26 or newer.",
            ].join("\n"),
            code: 2,
        });
    });

    it("exits as a command says, with its one line", () => {
        expect(explainError(new CommandError("the up failed", 1))).to.deep.equal({
            text: "Error: the up failed",
            code: 1,
        });
    });

    it("shows a defect with its trace", () => {
        const { text, code } = explainError(new TypeError("x is not a function"));
        expect(code).to.equal(1);
        expect(text).to.contain("x is not a function").and.to.contain("exit.test.ts");
    });

    it("leaves commander's words to commander", () => {
        expect(explainError(new CommanderError(0, "commander.helpDisplayed", ""))).to.deep.equal({ text: "", code: 0 });
        expect(explainError(new CommanderError(1, "commander.unknownCommand", "")).code).to.equal(2);
    });
});
