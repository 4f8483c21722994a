import * as pulumi from "@pulumi/pulumi";
import { DenyByDefault } from "./denyByDefault";
import { ExternalControlPlane } from "./externalControlPlane";
import { IntermediateCa } from "./intermediateCa";
import { typeToken } from "./internal/names";
import { partOf, sharingOf } from "./internal/sharing";
import { type IstioArgs, mergeIstio } from "./istio";
import { type MeshArgs, type MeshMemberArgs, refuseTopology, servingKey, sharingMembers } from "./meshArgs";
import { MeshCluster, type MeshClusterArgs } from "./meshCluster";
import { RemoteSecret } from "./remoteSecret";
import { RootCa } from "./rootCa";
import { SharedService } from "./sharedService";

/**
 * A whole mesh in one stack: a root CA outside all clusters, and in each an intermediate, a control plane, an east-west gateway,
 * and remote Secrets for its peers. A mesh spread over several stacks is made of the parts: {@link RootCa},
 * {@link IntermediateCa}, {@link MeshCluster}, {@link RemoteSecret}.
 *
 * @example
 * ```ts
 * const provider = (name: string) =>
 *     new k8s.Provider(name, { kubeconfig: config.requireSecret(name), enableSecretMutable: true, clusterIdentifier: name });
 * const mesh = new Mesh("mesh", {
 *     id: "usmesh",
 *     clusters: {
 *         blue: { provider: provider("blue"), apiServer: "https://blue.example.org" },
 *         green: { provider: provider("green"), apiServer: "https://green.example.org", ingress: true },
 *     },
 * });
 * export const ingress = mesh.ingressAddresses;
 * ```
 */
export class Mesh extends pulumi.ComponentResource {
    /** What all workloads trust, PEM: {@link RootCa.certificate}. */
    public readonly rootCertificate: pulumi.Output<string>;
    /** What other networks dial, by cluster: an IP address or a host name; the port is 15443. */
    public readonly eastWestAddresses: { [name: string]: pulumi.Output<string> };
    /** What clients dial, by cluster that has an ingress gateway. */
    public readonly ingressAddresses: { [name: string]: pulumi.Output<string> };
    /**
     * The namespace `istio-system`, by cluster, known as soon as istiod answers: pods that are made after it get a sidecar.
     */
    public readonly namespaces: { [name: string]: pulumi.Output<string> };

    constructor(name: string, args: MeshArgs, opts?: pulumi.ComponentResourceOptions) {
        const { id, clusters, externalClusters = {}, trustDomain, istio, services, denyByDefault } = args;
        const { given, keyAlgorithm, ...root } = args.root ?? {};
        refuseTopology(args);
        super(typeToken("Mesh"), name, { id, trustDomain }, opts);

        const authority = { organization: id, ...(keyAlgorithm && { keyAlgorithm }) };
        const named = Object.entries(clusters).map(([key, { istio: over, ...member }]) => ({
            key,
            clusterName: `${key}-cluster`,
            network: `${key}-network`,
            ...member,
            istio: mergeIstio(istio, over),
            serving: servingKey(key, clusters),
        }));
        const requesting = named
            .filter(({ key, serving }) => serving === key)
            .map((member) => {
                const args = { cluster: member.key, ...authority };
                return { ...member, authority: new IntermediateCa(`${name}-${member.key}-ca`, args, { parent: this }) };
            });
        const requests = Object.fromEntries(requesting.map(({ key, authority: { request } }) => [key, request]));
        const rootCa = new RootCa(`${name}-root-ca`, { ...root, ...authority, given, requests }, { parent: this });
        const sharing = sharingMembers(args);
        const declare = (member: Named, model: Model): MeshCluster => {
            const { key, clusterName, network, apiServer, ingress = false, provider, readerTokens, istio } = member;
            const shared = member.controlPlane === undefined && named.some(({ controlPlane }) => controlPlane === key);
            const eastWest = shared || named.some((other) => other.network !== network);
            return new MeshCluster(
                `${name}-${key}`,
                {
                    ...{ meshId: id, trustDomain, clusterName, network, apiServer, ingress, istio },
                    ...model,
                    ...(readerTokens && { readerTokens }),
                    ...(shared && { shared }),
                    ...(!eastWest && { eastWest }),
                    ...(services && { sharing: sharingOf(key, services, sharing) }),
                },
                { parent: this, provider },
            );
        };
        const primaries = requesting.map((member) => {
            const certificateAuthority = {
                certificate: rootCa.certificateOf(member.key),
                rootCertificate: rootCa.certificate,
                privateKey: member.authority.privateKey,
            };
            const { key, clusterName, controlPlane = key, provider } = member;
            const external = externalClusters[controlPlane];
            if (external === undefined) {
                const parts = declare(member, { certificateAuthority });
                const beside = { namespace: parts.namespace, provider };
                return {
                    ...member,
                    parts,
                    address: parts.eastWestAddress,
                    beside,
                    ready: parts.namespace,
                    knows: undefined,
                };
            }
            const [kubeconfig, read] = pulumi.deferredOutput<string>();
            const [known, knows] = pulumi.deferredOutput<string[]>();
            const outside = new ExternalControlPlane(
                `${name}-${controlPlane}-control-plane`,
                {
                    clusterName,
                    certificateAuthority,
                    kubeconfig,
                    peers: known,
                    istio: mergeIstio(istio, external.istio),
                },
                { parent: this, provider: external.provider },
            );
            const { address, namespace, ready, proxyImage: image } = outside;
            const parts = declare(member, { primary: { clusterName, address }, served: ready });
            if (parts.istiodKubeconfig) read(parts.istiodKubeconfig);
            return {
                ...member,
                parts,
                address,
                ready,
                knows,
                beside: { namespace, image, provider: external.provider },
            };
        });
        const remotes = named.flatMap((member) => {
            const serving = primaries.find(({ key }) => key !== member.key && key === member.serving);
            if (serving?.address === undefined) return [];
            const primary = { clusterName: serving.clusterName, address: serving.address };
            const [served, resolve] = pulumi.deferredOutput<string>();
            return [{ ...member, resolve, parts: declare(member, { primary, served }) }];
        });
        const members = [...primaries, ...remotes];
        for (const { key, peers, beside, ready, knows } of primaries) {
            const discovered = members.filter((other) => other.key !== key && (peers?.includes(other.key) ?? true));
            const early = discovered.flatMap((peer) => {
                const { clusterName, parts: read } = peer;
                const served = remotes.find((remote) => remote.key === peer.key && remote.serving === key);
                // A cluster that this istiod serves gets its gateway only after this.
                const gateway = served ? undefined : read.eastWestAddress;
                const { provider, ...place } = beside;
                const secret = new RemoteSecret(
                    `${name}-${key}-reads-${peer.key}`,
                    { peer: clusterName, kubeconfig: read.readerKubeconfig, gateway, ...place },
                    { parent: this, provider },
                );
                served?.resolve(pulumi.all([secret.peer, ready]).apply(([name]) => name));
                return gateway === undefined ? [secret.peer] : [];
            });
            knows?.(pulumi.all(early));
        }
        const shared = members.flatMap(({ key, parts: { namespace: controlPlane }, provider }) =>
            (services ?? []).flatMap((service) => {
                const part = partOf(key, service, sharing);
                if (part === undefined) return [];
                const all = { ...part, controlPlane, ...(trustDomain !== undefined && { trustDomain }) };
                const named = `${name}-${key}-shares-${service.name}.${service.namespace}`;
                return [new SharedService(named, all, { parent: this, provider })];
            }),
        );
        for (const { key, parts: controlled, provider } of denyByDefault ? primaries : []) {
            new DenyByDefault(
                `${name}-${key}-deny-by-default`,
                { controlPlane: controlled.namespace },
                { parent: this, provider, dependsOn: shared },
            );
        }

        const byCluster = <T>(of: (parts: MeshCluster) => T | undefined): { [name: string]: T } =>
            Object.fromEntries(
                members.flatMap(({ key, parts }) => {
                    const value = of(parts);
                    return value === undefined ? [] : [[key, value]];
                }),
            );
        this.rootCertificate = rootCa.certificate;
        this.eastWestAddresses = byCluster(({ eastWestAddress }) => eastWestAddress);
        this.ingressAddresses = byCluster(({ ingressAddress }) => ingressAddress);
        this.namespaces = byCluster(({ namespace }) => namespace);
        this.registerOutputs({
            rootCertificate: this.rootCertificate,
            eastWestAddresses: this.eastWestAddresses,
            ingressAddresses: this.ingressAddresses,
            namespaces: this.namespaces,
        });
    }
}

/** A cluster with what it leaves to defaults. */
interface Named extends MeshMemberArgs {
    key: string;
    clusterName: string;
    network: string;
    istio: IstioArgs;
    /** Key of the cluster whose istiod serves it, which may be itself. */
    serving: string;
}

/** Whose istiod serves it. */
type Model = Pick<MeshClusterArgs, "certificateAuthority" | "primary" | "served">;
