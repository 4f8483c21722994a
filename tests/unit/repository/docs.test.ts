/** Pages that refer to each other: links lead somewhere, and every decision is in the index and has the template's form. */
import { expect } from "chai";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";

const ROOT = path.join(__dirname, "..", "..", "..");
const DECISIONS = path.join(ROOT, "docs", "decisions");

/** Pages that people write; typedoc writes docs/api. */
const pages = [
    ...readdirSync(ROOT),
    ...["docs", "examples", "embedded"].flatMap((folder) =>
        readdirSync(path.join(ROOT, folder), { recursive: true, encoding: "utf8" }).map((file) =>
            path.join(folder, file),
        ),
    ),
].filter((file) => file.endsWith(".md") && !file.startsWith(path.join("docs", "api")));

/** Relative links of a page, without anchors. Code blocks have none. */
function links(page: string): string[] {
    const text = readFileSync(path.join(ROOT, page), "utf8").replaceAll(/```.*?```/gs, "");
    return [...text.matchAll(/\]\(([^)\s#]+)(?:#[^)]*)?\)/g)].flatMap(([, to]) =>
        to?.includes(":") ? [] : [to ?? ""],
    );
}

describe("the documentation", () => {
    it("has no link that leads nowhere", () => {
        const broken = pages.flatMap((page) =>
            links(page)
                .filter((to) => !existsSync(path.join(ROOT, path.dirname(page), to)))
                .map((to) => `${page}: ${to}`),
        );
        expect(broken).to.deep.equal([]);
        expect(pages.flatMap(links)).to.have.length.above(100);
    });

    it("lists every decision once, under its title", () => {
        const index = readFileSync(path.join(DECISIONS, "README.md"), "utf8");
        const rows = [...index.matchAll(/^\| (\d+) \| \[(.+)\]\((.+)\) \|/gm)].map(([, ...row]) => row);
        const decisions = readdirSync(DECISIONS)
            .filter((file) => /^\d/.test(file))
            .map((file) => {
                const [, number, title] = /^# (\d+)\. (.+)$/m.exec(decision(file)) ?? [];
                return [number, title, file];
            });
        expect(rows).to.deep.equal(decisions);
    });

    it("has decisions in the form of the template", () => {
        for (const file of readdirSync(DECISIONS).filter((name) => /^\d/.test(name))) {
            expect(decision(file), file).to.match(
                /^# \d+\. .+\n\nStatus: \w+\. Date: [\d-, ]+\.\n\n## Context\n[^]+\n## Decision\n[^]+\n## Consequences\n/,
            );
        }
    });
});

function decision(file: string): string {
    return readFileSync(path.join(DECISIONS, file), "utf8");
}
