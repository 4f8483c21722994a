/** Tells a person what long work does: one line a call, already complete, without a newline at its end. */
export type Progress = (line: string) => void;
