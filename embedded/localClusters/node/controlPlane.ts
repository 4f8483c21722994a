/** Command lines of the control plane, kube-proxy and the load balancer, and the files that they read. */
import path from "node:path";
import { stringify } from "yaml";
import type { Toolchain } from "../../toolchain";
import type { ClusterAddresses } from "../network/addresses";
import { addressAt, prefixLength } from "../network/cidr";
import { apiServerUrl, componentKubeconfig } from "../access/kubeconfig";
import type { ClusterPaths } from "../home/paths";
import { certificateFile, keyFile, publicKeyFile, type ClientName } from "../access/pki";
import type { Component } from "./processes";
import { writeConfig } from "./configFile";

const ETCD_URL = "http://127.0.0.1:2379";
const ISSUER = "https://kubernetes.default.svc.cluster.local";

/** Kubernetes' and kubeadm's conventions: the first address of the Services is the API server, the tenth is DNS. */
export function apiServiceAddress(addresses: ClusterAddresses): string {
    return addressAt(addresses.serviceSubnet, 1);
}

export function dnsAddress(addresses: ClusterAddresses): string {
    return addressAt(addresses.serviceSubnet, 10);
}

export async function writeControlPlaneConfig(paths: ClusterPaths, addresses: ClusterAddresses): Promise<void> {
    const server = apiServerUrl(addresses.nodeAddress);
    const clients: ClientName[] = ["kubelet", "controller-manager", "scheduler", "proxy", "load-balancer"];
    await Promise.all([
        ...clients.map((client) =>
            writeConfig(kubeconfigFile(paths, client), componentKubeconfig(paths.pki, client, server)),
        ),
        writeConfig(proxyConfigFile(paths), stringify(proxyConfiguration(paths, addresses))),
    ]);
}

/** Durable against the end of any process; a power cut may damage it, and then the cluster is made anew. */
export function etcd(paths: ClusterPaths, toolchain: Toolchain): Component {
    return {
        name: "etcd",
        command: toolchain.binaries.etcd,
        args: [
            `--name=${paths.node}`,
            `--data-dir=${paths.etcd}`,
            `--listen-client-urls=${ETCD_URL}`,
            `--advertise-client-urls=${ETCD_URL}`,
            "--listen-peer-urls=http://127.0.0.1:2380",
            "--unsafe-no-fsync",
        ],
    };
}

export function apiServer(paths: ClusterPaths, toolchain: Toolchain, addresses: ClusterAddresses): Component {
    const { pki } = paths;
    return {
        name: "kube-apiserver",
        command: toolchain.binaries["kube-apiserver"],
        args: [
            `--etcd-servers=${ETCD_URL}`,
            `--advertise-address=${addresses.nodeAddress}`,
            `--service-cluster-ip-range=${addresses.serviceSubnet}`,
            `--tls-cert-file=${certificateFile(pki, "apiserver")}`,
            `--tls-private-key-file=${keyFile(pki, "apiserver")}`,
            `--client-ca-file=${certificateFile(pki, "ca")}`,
            `--kubelet-certificate-authority=${certificateFile(pki, "ca")}`,
            `--kubelet-client-certificate=${certificateFile(pki, "admin")}`,
            `--kubelet-client-key=${keyFile(pki, "admin")}`,
            "--kubelet-preferred-address-types=InternalIP",
            `--requestheader-client-ca-file=${certificateFile(pki, "ca")}`,
            "--requestheader-allowed-names=front-proxy-client",
            "--requestheader-username-headers=X-Remote-User",
            "--requestheader-group-headers=X-Remote-Group",
            "--requestheader-extra-headers-prefix=X-Remote-Extra-",
            `--proxy-client-cert-file=${certificateFile(pki, "front-proxy")}`,
            `--proxy-client-key-file=${keyFile(pki, "front-proxy")}`,
            `--service-account-issuer=${ISSUER}`,
            `--service-account-key-file=${publicKeyFile(pki, "service-account")}`,
            `--service-account-signing-key-file=${keyFile(pki, "service-account")}`,
            "--authorization-mode=Node,RBAC",
            "--enable-admission-plugins=NodeRestriction",
            "--allow-privileged=true",
        ],
    };
}

export function controllerManager(paths: ClusterPaths, toolchain: Toolchain, addresses: ClusterAddresses): Component {
    const { pki } = paths;
    return {
        name: "kube-controller-manager",
        command: toolchain.binaries["kube-controller-manager"],
        args: [
            `--kubeconfig=${kubeconfigFile(paths, "controller-manager")}`,
            `--service-account-private-key-file=${keyFile(pki, "service-account")}`,
            `--root-ca-file=${certificateFile(pki, "ca")}`,
            `--cluster-signing-cert-file=${certificateFile(pki, "ca")}`,
            `--cluster-signing-key-file=${keyFile(pki, "ca")}`,
            "--allocate-node-cidrs",
            `--cluster-cidr=${addresses.podSubnet}`,
            `--node-cidr-mask-size=${prefixLength(addresses.podSubnet)}`, // one node: all of it
            `--flex-volume-plugin-dir=${paths.volumePlugins}`,
            "--leader-elect=false",
            "--bind-address=127.0.0.1",
        ],
    };
}

export function scheduler(paths: ClusterPaths, toolchain: Toolchain): Component {
    const kubeconfig = kubeconfigFile(paths, "scheduler");
    return {
        name: "kube-scheduler",
        command: toolchain.binaries["kube-scheduler"],
        args: [
            `--kubeconfig=${kubeconfig}`,
            `--authentication-kubeconfig=${kubeconfig}`,
            `--authorization-kubeconfig=${kubeconfig}`,
            "--leader-elect=false",
            "--bind-address=127.0.0.1",
        ],
    };
}

export function kubeProxy(paths: ClusterPaths, toolchain: Toolchain): Component {
    return {
        name: "kube-proxy",
        command: toolchain.binaries["kube-proxy"],
        args: [`--config=${proxyConfigFile(paths)}`, `--hostname-override=${paths.node}`],
    };
}

export function loadBalancer(paths: ClusterPaths, toolchain: Toolchain, addresses: ClusterAddresses): Component {
    return {
        name: "load-balancer",
        command: toolchain.binaries["load-balancer"],
        args: [`--kubeconfig=${kubeconfigFile(paths, "load-balancer")}`, `--pool=${addresses.addressPool}`],
    };
}

/** https://kubernetes.io/docs/reference/config-api/kube-proxy-config.v1alpha1/ */
export function proxyConfiguration(paths: ClusterPaths, addresses: ClusterAddresses): object {
    return {
        apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
        kind: "KubeProxyConfiguration",
        bindAddress: "0.0.0.0",
        clientConnection: { kubeconfig: kubeconfigFile(paths, "proxy") },
        clusterCIDR: addresses.podSubnet,
        mode: "iptables",
        iptables: { minSyncPeriod: "100ms" },
        // The limits of connection tracking are the host's: leave them alone.
        conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: "0s", tcpCloseWaitTimeout: "0s" },
        healthzBindAddress: "127.0.0.1:10256",
        metricsBindAddress: "127.0.0.1:10249",
    };
}

function kubeconfigFile(paths: ClusterPaths, client: ClientName): string {
    return path.join(paths.config, `${client}.kubeconfig`);
}

function proxyConfigFile(paths: ClusterPaths): string {
    return path.join(paths.config, "kube-proxy.yaml");
}
