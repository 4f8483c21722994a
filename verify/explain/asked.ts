/** The request that is followed. */
import type { ReferenceRequest } from "../../shared/outputs";
import { type Problem, ProblemsError } from "../../shared/problems";

export interface Asked {
    /** Short name of the cluster that the client runs in. */
    readonly cluster: string;
    readonly client: {
        readonly namespace: string;
        /** What its pods are found by, e.g. `app=webapp`. */
        readonly selector: string;
    };
    readonly service: {
        readonly namespace: string;
        readonly name: string;
        /** Short names of the clusters that are to answer; default every one that has pods of it. */
        readonly clusters?: readonly string[];
    };
    /** Default the first of the Service. */
    readonly port?: number;
    /** Header Host of the request, which may be another one than the Service's name. Unknown where it is not given, as is then what a policy by hosts does. */
    readonly host?: string;
    /** Unknown where it is not given: then so is what a route or a policy by paths does. */
    readonly path?: string;
    /** Method of HTTP; likewise. */
    readonly method?: string;
}

/** What the client behind the ingress asks for a mesh's reference request. */
export function askedFor({ through, client, service }: ReferenceRequest): Asked {
    const { namespace, name, port } = service;
    return {
        ...{ cluster: through, port, service: { namespace, name } },
        client: { namespace: client.namespace, selector: `app=${client.app}` },
    };
}

const FORM = /^([a-z0-9][-a-z0-9]*)\.([a-z0-9][-a-z0-9]*)(?:@(.+))?$/;

/**
 * Reads `webapp.shop@west catalog.shop@east`: app and namespace of the client and its cluster; name and namespace of the Service
 * and, where one cluster is to answer, that one.
 *
 * @param clusters Short names of the mesh's clusters.
 * @throws ProblemsError for words of another form, and clusters that the mesh does not have.
 */
export function readAsked(client: string, service: string, clusters: readonly string[]): Asked {
    const problems: Problem[] = [];
    const read = (subject: string, value: string, example: string): [string, string, string | undefined] => {
        const [, name = "", namespace = "", cluster] = FORM.exec(value) ?? [];
        const fix = `Write ${example}; clusters: ${clusters.join(", ")}.`;
        if (name === "") problems.push({ subject, value, rule: "is name.namespace@cluster", fix });
        else if (cluster !== undefined && !clusters.includes(cluster)) {
            problems.push({ subject, value, rule: `the mesh has no cluster ${cluster}`, fix });
        }
        return [name, namespace, cluster];
    };
    const [app, namespace, cluster] = read("client", client, "webapp.istioinaction@west");
    const [name, home, answering] = read("service", service, "catalog.istioinaction, or catalog.istioinaction@east");
    if (cluster === undefined && problems.length === 0) {
        const rule = "the cluster that it runs in is missing";
        problems.push({ subject: "client", value: client, rule, fix: `Add one of @${clusters.join(", @")}.` });
    }
    if (problems.length > 0 || cluster === undefined) {
        throw new ProblemsError(problems);
    }
    return {
        cluster,
        client: { namespace, selector: `app=${app}` },
        service: { namespace: home, name, ...(answering === undefined ? {} : { clusters: [answering] }) },
    };
}
