export { Cluster, type ClusterArgs } from "./cluster";
export { Provider } from "./provider";
export type * as types from "./types";
