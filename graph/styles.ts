/** How pages and pictures look, in light and in dark; contrasts are at least 4.5 to 1 (https://www.w3.org/TR/WCAG22/#contrast-minimum). */

const COLORS = `
--paper: #ffffff; --ink: #1b1f24; --soft: #57606a; --rule: #d0d7de; --field: #f6f8fa;
--trust: #8250df; --discovery: #0969da; --request: #116329; --traffic: #0f6b6b; --bad: #b3261e; --odd: #8a4600; --good: #116329;`;

const DARK = `
--paper: #0d1117; --ink: #e6edf3; --soft: #a5b0bc; --rule: #3d444d; --field: #161b22;
--trust: #c297ff; --discovery: #6cb6ff; --request: #57d08a; --traffic: #5ad6d6; --bad: #ff8a80; --odd: #f0b429; --good: #57d08a;`;

const SCHEME = (selector: string): string =>
    `${selector} {${COLORS} } @media (prefers-color-scheme: dark) { ${selector} {${DARK} } }`;

/** Of a picture, which has its colors with it wherever it is shown. */
export const SVG_STYLE = `
${SCHEME("svg.mesh")}
svg.mesh { background: var(--paper); font: 12px "DejaVu Sans", ui-sans-serif, sans-serif; }
svg.mesh text { fill: var(--ink); }
svg.mesh text.name { font-weight: 600; font-size: 13px; }
svg.mesh text.soft { fill: var(--soft); }
svg.mesh rect { fill: var(--paper); stroke: var(--soft); }
svg.mesh .network > rect { fill: var(--field); stroke: var(--rule); }
svg.mesh .network > text { fill: var(--soft); }
svg.mesh .row line { stroke: var(--rule); }
svg.mesh .line path { fill: none; stroke-width: 1.5; }
svg.mesh .arrow path { stroke: none; }
svg.mesh .trust path { stroke: var(--trust); stroke-dasharray: 2 3; }
svg.mesh .discovery path { stroke: var(--discovery); }
svg.mesh .request path { stroke: var(--request); stroke-width: 3; }
svg.mesh .traffic path { stroke: var(--traffic); stroke-width: 2; stroke-dasharray: 8 3; }
svg.mesh .arrow.trust path { fill: var(--trust); }
svg.mesh .arrow.discovery path { fill: var(--discovery); }
svg.mesh .arrow.request path { fill: var(--request); }
svg.mesh .arrow.traffic path { fill: var(--traffic); }
svg.mesh .different > rect, svg.mesh .line.different path { stroke: var(--bad); stroke-width: 2.5; }
svg.mesh .not-there > rect, svg.mesh .line.not-there path { stroke: var(--bad); stroke-dasharray: 7 4; }
svg.mesh .not-declared > rect, svg.mesh .line.not-declared path { stroke: var(--odd); stroke-dasharray: 7 4; }
svg.mesh .row.different text.value, svg.mesh .row.not-there text.value { fill: var(--bad); }
svg.mesh .row.not-declared text.value { fill: var(--odd); }
svg.mesh a text { fill: var(--discovery); text-decoration: underline; }
svg.mesh a:focus-visible { outline: 3px solid var(--discovery); }
`;

/** Of a page. */
export const PAGE_STYLE = `
:root { color-scheme: light dark; }
${SCHEME(":root")}
body { margin: 0 auto; padding: 1rem 1.5rem 3rem; max-width: 90rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 ui-sans-serif, "DejaVu Sans", sans-serif; }
h2 { margin-top: 2.5rem; } h3 { margin-bottom: 0.25rem; }
a { color: var(--discovery); }
.scroll { overflow: auto; border: 1px solid var(--rule); border-radius: 6px; }
.scroll svg { display: block; min-width: 56rem; max-width: 100%; height: auto; }
.scroll:focus-visible { outline: 3px solid var(--discovery); }
table { border-collapse: collapse; }
th, td { padding: 0.3rem 0.7rem; border: 1px solid var(--rule); text-align: left; vertical-align: top; }
thead th { background: var(--field); }
dt { font-weight: 600; } dd { margin: 0 0 0.5rem 1rem; }
.walk { list-style: none; padding: 0; }
.walk li { margin-left: 0.5rem; padding: 0.3rem 1rem; border-left: 4px solid var(--good); }
.walk li.at-ends { border-left-color: var(--bad); } .walk li.at-unseen { border-left: 4px dashed var(--soft); }
.pass, .passes, .as-declared { color: var(--good); }
.fail, .error, .ends, .different, .not-there { color: var(--bad); }
.warning, .not-declared { color: var(--odd); } .skipped, .unseen, .soft { color: var(--soft); }
`;
