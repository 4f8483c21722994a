export type * as input from "./input";
