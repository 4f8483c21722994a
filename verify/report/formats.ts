/** The forms of a report. By itself, so that the command line knows their names without what writes them. */
export const FORMATS = ["table", "json", "junit", "markdown"] as const;
export type Format = (typeof FORMATS)[number];
