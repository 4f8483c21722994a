import { run, settingsFrom } from "../service";
import { catalog } from "./app";

const settings = settingsFrom(process.env);
run("catalog", settings, catalog(settings));
