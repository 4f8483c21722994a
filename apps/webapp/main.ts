import { run, settingsFrom } from "../service";
import { webapp } from "./app";

const settings = settingsFrom(process.env);
run("webapp", settings, webapp(settings));
