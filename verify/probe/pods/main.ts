import { run, settingsFrom } from "../../../apps/service";
import { control, probe } from "./app";
import { CONTROL_PORT } from "./protocol";

const settings = settingsFrom(process.env);
run("probe", settings, probe(settings));
control().listen(CONTROL_PORT, "127.0.0.1");
