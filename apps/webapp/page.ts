/** The page for people: rendered here, so that it works without scripts; readable in light and dark. */
import type { Item } from "../catalog/items";

const STYLE = `
:root { color-scheme: light dark; --line: light-dark(#cfd4da, #454b54); --accent: light-dark(#0b57a4, #8ec2ff); }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 48rem; margin: 0 auto; padding: 1.5rem; }
.path { border-left: .3rem solid var(--accent); padding: .25rem 1rem; margin: 1.5rem 0; }
table { border-collapse: collapse; width: 100%; }
caption { text-align: left; padding-bottom: .5rem; }
th, td { text-align: left; padding: .5rem; border-bottom: 1px solid var(--line); }
td:last-child, th:last-child { text-align: right; font-variant-numeric: tabular-nums; }
a { color: var(--accent); }
`;

/**
 * @param cluster Cluster of this webapp.
 * @param answer What catalog answered: `{cluster, items}`, or `{error}`.
 */
export function page(cluster: string, answer: object): string {
    return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Catalogue across clusters</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>Catalogue across clusters</h1>
${isCatalogue(answer) ? catalogue(cluster, answer) : failure(cluster, answer)}
</main>
</body>
</html>
`;
}

interface Catalogue {
    readonly cluster: string;
    readonly items: readonly Item[];
}

function isCatalogue(answer: object): answer is Catalogue {
    return (
        "cluster" in answer && typeof answer.cluster === "string" && "items" in answer && Array.isArray(answer.items)
    );
}

function catalogue(cluster: string, { cluster: source, items }: Catalogue): string {
    const rows = items.map(
        (item) =>
            `<tr><td><a href="/api/catalog/items/${escape(item.id)}">${escape(item.name)}</a></td>` +
            `<td>${escape(item.department)}</td><td>${escape(item.color)}</td><td>${escape(item.price)}</td></tr>`,
    );
    return `<p class="path">This page was made by <strong>webapp</strong> in cluster <strong>${escape(cluster)}</strong>.
Its data came from <strong>catalog</strong> in cluster <strong>${escape(source)}</strong>.</p>
<table>
<caption>${items.length} items; each links to its JSON. All of them: <a href="/api/catalog">/api/catalog</a></caption>
<thead><tr><th scope="col">Name</th><th scope="col">Department</th><th scope="col">Color</th><th scope="col">Price</th></tr></thead>
<tbody>
${rows.join("\n")}
</tbody>
</table>`;
}

function failure(cluster: string, answer: object): string {
    const reason = "error" in answer ? escape(answer.error) : "its answer is no catalogue";
    return `<p class="path" role="alert"><strong>webapp</strong> in cluster <strong>${escape(cluster)}</strong>
got no catalogue: ${reason}.</p>`;
}

/** Escapes text for HTML content and double-quoted attributes. */
function escape(value: unknown): string {
    const entities: Readonly<Record<string, string>> = {
        "&": "&amp;",
        "<": "&lt;",
        ">": "&gt;",
        '"': "&quot;",
        "'": "&#39;",
    };
    return String(value).replace(/[&<>"']/g, (character) => entities[character] ?? character);
}
