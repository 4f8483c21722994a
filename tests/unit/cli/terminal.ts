import type { Terminal } from "../../../cli/terminal";

/** Keeps what a command writes. */
export class RecordingTerminal implements Terminal {
    public results = "";
    public readonly lines: string[] = [];
    public readonly columns = 120;

    public readonly result = (text: string): void => {
        this.results += text;
    };

    public readonly progress = (line: string): void => {
        this.lines.push(line);
    };
}
