import Table from "cli-table3";
import type { Cell } from "../check";

/** More columns than this do not fit a terminal; then only the cells that did not pass are listed, by the check. */
const MOST_COLUMNS = 12;

/** Who reaches whom: a row a client, a column a server. Nothing without a matrix to show. */
export function matrixTable(cells: readonly Cell[]): string[] {
    const servers = [...new Set(cells.map(({ to }) => to))];
    if (servers.length === 0 || servers.length > MOST_COLUMNS) {
        return [];
    }
    const table = new Table({
        head: ["client \\ server", ...servers],
        style: { head: [], border: [] },
        colAligns: ["left", ...servers.map(() => "center" as const)],
    });
    for (const client of new Set(cells.map(({ from }) => from))) {
        const row = cells.filter(({ from }) => from === client);
        table.push([client, ...servers.map((server) => mark(row.find(({ to }) => to === server)))]);
    }
    return [`\nWho reaches whom, with mutual TLS:\n${table.toString()}`];
}

function mark(cell: Cell | undefined): string {
    // A cluster that discovers nothing of another is not asked to reach it.
    return cell === undefined ? "" : cell.result === "pass" ? "✔" : "✖";
}
