import { expect } from "chai";
import { parseCgroupRoots } from "../../../../embedded/localClusters/node/cgroups";
import { cniConfig, containerdToml } from "../../../../embedded/localClusters/node/containerd";
import {
    apiServer,
    dnsAddress,
    etcd,
    loadBalancer,
    proxyConfiguration,
} from "../../../../embedded/localClusters/node/controlPlane";
import { kubeletConfiguration } from "../../../../embedded/localClusters/node/kubelet";
import { macOf } from "../../../../embedded/localClusters/network/network";
import { clusterPaths, homePaths } from "../../../../embedded/localClusters/home/paths";
import type { Toolchain } from "../../../../embedded/toolchain";

const program = (name: string): string => `/cache/${name}`;
const image = (name: string): { reference: string; archive: string } => ({
    reference: name,
    archive: `/cache/${name}`,
});
const toolchain: Toolchain = {
    binaries: {
        etcd: program("etcd"),
        "kube-apiserver": program("kube-apiserver"),
        "kube-controller-manager": program("kube-controller-manager"),
        "kube-scheduler": program("kube-scheduler"),
        kubelet: program("kubelet"),
        "kube-proxy": program("kube-proxy"),
        kubectl: program("kubectl"),
        helm: program("helm"),
        istioctl: program("istioctl"),
        "load-balancer": program("load-balancer"),
    },
    images: {
        pause: image("pause"),
        coredns: image("coredns"),
        istiod: image("istiod"),
        proxy: image("proxy"),
        cni: image("cni"),
        webapp: image("webapp"),
        catalog: image("catalog"),
        probe: image("probe"),
    },
    charts: "/cache/charts",
    versions: { kubernetes: "v1.34.4", istio: "1.32", envoy: "1.40" },
};
const home = homePaths("/checkout/.mesh");
const paths = clusterPaths(home, "west");
const addresses = {
    nodeAddress: "10.64.0.2",
    podSubnet: "10.64.16.0/20",
    serviceSubnet: "10.64.32.0/20",
    addressPool: "10.64.1.0/27",
};

describe("configuration of a local cluster", () => {
    it("tells homes apart by a short name that fits a network link", () => {
        expect(home.link).to.match(/^imc-[0-9a-f]{8}$/);
        expect(homePaths("/other/.mesh").instance).not.to.equal(home.instance);
        expect(homePaths("/checkout/../checkout/.mesh").instance).to.equal(home.instance);
    });

    it("keeps a node's hardware address with its IPv4 address", () => {
        expect(macOf("10.64.0.2")).to.equal("0a:58:0a:40:00:02");
    });

    it("names components by their programs, which is how they are found again", () => {
        expect(etcd(paths, toolchain)).to.include({ name: "etcd", command: "/cache/etcd" });
        expect(apiServer(paths, toolchain, addresses).name).to.equal("kube-apiserver");
    });

    it("gives the API server the cluster's addresses and no anonymous loopholes", () => {
        const { args } = apiServer(paths, toolchain, addresses);
        expect(args).to.include("--advertise-address=10.64.0.2");
        expect(args).to.include("--service-cluster-ip-range=10.64.32.0/20");
        expect(args).to.include("--authorization-mode=Node,RBAC");
        expect(args).to.include(`--kubelet-certificate-authority=${paths.pki}/ca.crt`);
        expect(loadBalancer(paths, toolchain, addresses).args).to.include("--pool=10.64.1.0/27");
        expect(proxyConfiguration(paths, addresses)).to.include({ clusterCIDR: "10.64.16.0/20" });
    });

    it("points pods at cluster DNS, which has the tenth address of the Services", () => {
        expect(dnsAddress(addresses)).to.equal("10.64.32.10");
        const config = kubeletConfiguration(paths, { nodeAddress: "10.64.0.2", dnsAddress: "10.64.32.10" });
        expect(config).to.deep.include({
            clusterDNS: ["10.64.32.10"],
            cgroupRoot: `/istio-multicluster/${home.instance}/west`,
        });
    });

    it("keeps the container runtime's files in the cluster's own folders", () => {
        const runtime = { pauseImage: "localhost/pause:1", podSubnet: "10.64.16.0/20" };
        const toml = containerdToml(paths, runtime);
        expect(toml).to.contain(`root = "${paths.containerd}"`);
        expect(toml).to.contain('sandbox_image = "localhost/pause:1"');
        expect(JSON.parse(cniConfig("10.64.16.0/20"))).to.have.nested.property(
            "plugins[0].ipam.ranges[0][0].subnet",
            "10.64.16.0/20",
        );
    });

    it("finds the control groups of version 1 and of version 2", () => {
        const v1 = "tmpfs /sys/fs/cgroup tmpfs rw 0 0\ncgroup /sys/fs/cgroup/cpu cgroup rw,cpu 0 0\n";
        expect(parseCgroupRoots(v1)).to.deep.equal(["/sys/fs/cgroup/cpu"]);
        expect(parseCgroupRoots("cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n")).to.deep.equal(["/sys/fs/cgroup"]);
    });
});
