/** A cluster's entries in the files of a project, which `mesh leave` marks and then takes out. */
import { readFile } from "node:fs/promises";
import path from "node:path";
import writeFileAtomic from "write-file-atomic";
import { type Document, isSeq, parseDocument } from "yaml";
import { readProject } from "../../hosts/interface/project";
import { written } from "./settings";

type Path = readonly (string | number)[];

/** Where a setting is in a file; undefined where the file does not have it. */
type Find = (setting: string) => Path | undefined;

/** Says of a cluster, in `mesh.clusters`, that it is leaving. @returns Names of the files that changed. */
export function markLeaving(folder: string, stacks: readonly string[], cluster: string): Promise<string[]> {
    return editFiles(folder, stacks, (document, find) => {
        const clusters = within(find("mesh"), "clusters");
        const index = membersAt(document, clusters).indexOf(cluster);
        if (clusters && index >= 0) document.setIn([...clusters, index, "leaving"], true);
    });
}

/**
 * Takes a cluster out of everything that names it. A service that only it ran is none of the mesh any more.
 * @param sources Names in `clusters`: its own and, where its istiod runs outside of the mesh, that cluster's.
 * @returns Names of the files that changed.
 */
export function takeOut(
    folder: string,
    stacks: readonly string[],
    cluster: string,
    sources: readonly string[],
): Promise<string[]> {
    return editFiles(folder, stacks, (document, find) => {
        const [mesh, apps] = [find("mesh"), find("sampleApps")];
        const [clusters, services] = [within(mesh, "clusters"), within(mesh, "services")];
        const index = membersAt(document, clusters).indexOf(cluster);
        if (clusters && index >= 0) document.deleteIn([...clusters, index]);
        membersAt(document, clusters).forEach((_, other) => {
            dropName(document, within(clusters, other, "peers"), cluster);
        });
        for (let service = lengthOf(document, services) - 1; service >= 0; service--) {
            for (const list of ["clusters", "exports", "createNamespace"])
                dropName(document, within(services, service, list), cluster);
            if (services && lengthOf(document, [...services, service, "clusters"]) === 0)
                document.deleteIn([...services, service]);
        }
        for (const app of ["webapp", "catalog"]) dropName(document, within(apps, app), cluster);
        for (const source of sources) dropKey(document, within(find("clusters"), source));
        dropKey(document, within(find("givenIntermediates"), "certificates", cluster));
    });
}

async function editFiles(
    folder: string,
    stacks: readonly string[],
    edit: (document: Document, find: Find) => void,
): Promise<string[]> {
    const { name } = await readProject(folder);
    const keysOf = (setting: string) => [setting, `${name}:${setting}`];
    const [project, own] = await Promise.all([
        read(folder, "Pulumi.yaml"),
        Promise.all(stacks.map((stack) => read(folder, `Pulumi.${stack}.yaml`))),
    ]);
    const inOwn = own.map(
        ({ document }): Find =>
            (setting) =>
                placeIn(document, keysOf(setting)),
    );
    // What all of the stacks have in files of their own, Pulumi.yaml says to other stacks only.
    const inProject: Find = (setting) =>
        inOwn.every((find) => find(setting)) ? undefined : declaredIn(project.document, keysOf(setting));
    const changed: string[] = [];
    for (const [index, { file, text, document }] of [project, ...own].entries()) {
        const before = String(document);
        edit(document, inOwn[index - 1] ?? inProject);
        if (String(document) === before) continue;
        await writeFileAtomic(path.join(folder, file), written(document, text));
        changed.push(file);
    }
    return changed;
}

async function read(folder: string, file: string) {
    const text = await readFile(path.join(folder, file), "utf8");
    return { file, text, document: parseDocument(text) };
}

/** @param keys A key without a namespace belongs to the project as well. */
function placeIn(document: Document, keys: readonly string[]): Path | undefined {
    return keys.map((key) => ["config", key]).find((place) => document.hasIn(place));
}

/** A declaration in Pulumi.yaml has a value for all stacks, or a default, or is the value. */
function declaredIn(document: Document, keys: readonly string[]): Path | undefined {
    const place = placeIn(document, keys);
    const places = place && [[...place, "value"], [...place, "default"], place];
    return places?.find((each) => document.hasIn(each));
}

function within(place: Path | undefined, ...further: Path): Path | undefined {
    return place && [...place, ...further];
}

function membersAt(document: Document, clusters: Path | undefined): unknown[] {
    return Array.from({ length: lengthOf(document, clusters) }, (_, index) =>
        document.getIn([...(clusters ?? []), index, "name"]),
    );
}

/** -1 where there is no list. */
function lengthOf(document: Document, place: Path | undefined): number {
    const list = place && document.getIn(place);
    return isSeq(list) ? list.items.length : -1;
}

function dropName(document: Document, place: Path | undefined, name: string): void {
    for (let index = lengthOf(document, place) - 1; place && index >= 0; index--)
        if (document.getIn([...place, index]) === name) document.deleteIn([...place, index]);
}

function dropKey(document: Document, place: Path | undefined): void {
    if (place && document.hasIn(place)) document.deleteIn(place);
}
