module istio-multicluster/toolchain/pause

go 1.26.0
