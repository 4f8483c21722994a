/** The services that the mesh shares: what is wrong with them. */
import { SAMPLE_NAMESPACE } from "../../components/index";
import { knownIn, servicesProblems, type SharingMember } from "../../components/internal/services";
import type { Problem } from "../../shared/problems";
import { clustersOf, type Topology } from "../../shared/topology";
import { type App, isApp, membersOf } from "./sharing";
import type { SampleAppsSettings, Settings } from "./schema";

type Services = NonNullable<Topology["services"]>;

export function sharedServicesProblems(settings: Settings): Problem[] {
    const { mesh, sampleApps } = settings;
    const { services, denyByDefault } = mesh;
    const members = membersOf(clustersOf(mesh), settings);
    const apps = { webapp: sampleApps?.webapp ?? [], catalog: sampleApps?.catalog ?? [] };
    const found = servicesProblems(services ?? [], members, denyByDefault);
    return [
        ...found.map(({ path, ...rest }) => ({ subject: `mesh.${path}`, ...rest })),
        ...namespaceProblems(services ?? [], members, apps),
        ...(services ? catalogProblems(services, members, apps) : []),
        ...(denyByDefault && apps.webapp.length > 0 && !services?.some((each) => isApp(each, "webapp"))
            ? [
                  {
                      subject: "mesh.denyByDefault",
                      rule: "nobody is let in to webapp of the sample apps",
                      fix: "List it in mesh.services, with account istio-ingressgateway of istio-system as a caller, or remove sampleApps.",
                  },
              ]
            : []),
    ];
}

/** Clusters of the sample apps. */
type Apps = Pick<SampleAppsSettings, App>;

function namespaceProblems(services: Services, members: readonly SharingMember[], apps: Apps): Problem[] {
    return services.flatMap((service, index) => {
        const { namespace, createNamespace = [] } = service;
        const subject = `mesh.services[${index}].createNamespace`;
        const fix = "Take the cluster out here.";
        const known = knownIn(service, members);
        const there = namespace === SAMPLE_NAMESPACE ? [...apps.webapp, ...apps.catalog] : [];
        return [
            ...createNamespace
                .filter((value) => !known.includes(value))
                .map((value) => ({ subject, value, rule: "is no cluster that runs or knows the service", fix })),
            ...createNamespace
                .filter((value) => there.includes(value))
                .map((value) => ({ subject, value, rule: "has the namespace with the sample apps", fix })),
        ];
    });
}

/** The sample apps' own service: what they need of it. */
function catalogProblems(services: Services, members: readonly SharingMember[], apps: Apps): Problem[] {
    if (apps.webapp.length === 0 || apps.catalog.length === 0) return [];
    const catalog = services.find((each) => isApp(each, "catalog"));
    if (catalog === undefined) {
        const fix = `List catalog of namespace ${SAMPLE_NAMESPACE} there, or remove sampleApps.`;
        return [{ subject: "mesh.services", rule: "webapp calls catalog in other clusters", fix }];
    }
    const at = `mesh.services[${services.indexOf(catalog)}]`;
    const known = knownIn(catalog, members);
    return [
        ...([...apps.catalog].sort().join() === [...catalog.clusters].sort().join()
            ? []
            : [
                  {
                      subject: `${at}.clusters`,
                      value: catalog.clusters.join(", "),
                      rule: `the sample app runs in ${apps.catalog.join(", ")}`,
                      fix: "Name the same clusters here and in sampleApps.catalog.",
                  },
              ]),
        ...apps.webapp
            .filter((name) => members.some((member) => member.name === name) && !known.includes(name))
            .map((name) => ({
                subject: `${at}.exports`,
                value: name,
                rule: `webapp of ${name} calls catalog, which is not exported to it`,
                fix: "Add the cluster, or take it out of sampleApps.webapp.",
            })),
    ];
}
