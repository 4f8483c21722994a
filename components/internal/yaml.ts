/** The parser of YAML. In the npm package it is bundled into this file, so that the library needs its peers alone. */
export { parseAllDocuments } from "yaml";
