/** A run of the host in a process of its own, to be killed; prints a line when a step waits. */
import { up } from "../../../../../embedded/host";
import { type Entry, FakeProject } from "../fakeProject";

const [folder = "", entries = "[]"] = process.argv.slice(2);
const project = FakeProject.open(folder);
const options = project.options(JSON.parse(entries) as Entry[]);
void up({
    ...options,
    events: ({ event }) => {
        if (event === "waiting") console.log("waiting");
    },
});
