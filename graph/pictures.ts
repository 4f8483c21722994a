/** The forms of a picture. By itself, so that the command line knows their names without what draws them. */
export const PICTURES = ["mermaid", "svg", "html"] as const;
export type Picture = (typeof PICTURES)[number];
