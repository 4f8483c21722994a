import Table from "cli-table3";
import { type CallCell, type Cell, isAsListed } from "../check";

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

/** Who may call what: a row an account of a cluster, a column a listed service in one. */
export function callsTable(cells: readonly CallCell[]): string[] {
    const columnOf = ({ service, to }: CallCell): string => `${service} in ${to}`;
    const rowOf = ({ account, from }: CallCell): string => `${account} of ${from}`;
    const columns = [...new Set(cells.map(columnOf))];
    if (columns.length === 0 || columns.length > MOST_COLUMNS) return [];
    const table = new Table({ head: ["account \\ service", ...columns], style: { head: [], border: [] } });
    for (const row of new Set(cells.map(rowOf))) {
        const answers = columns.map((column) => {
            const cell = cells.find((each) => rowOf(each) === row && columnOf(each) === column);
            if (cell === undefined) return "";
            return `${isAsListed(cell) ? "✔" : "✖"} ${cell.answer}`;
        });
        table.push([row, ...answers]);
    }
    return [`\nWho may call, as listed (✔) or not (✖):\n${table.toString()}`];
}

function mark(cell: Cell | undefined): string {
    // A cluster that discovers nothing of another is not asked to reach it.
    return cell === undefined ? "" : cell.result === "pass" ? "✔" : "✖";
}
