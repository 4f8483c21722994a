#!/usr/bin/env bash
# The six steps of the tutorial as a person types them, one after the other, with openssl, kubectl and istioctl.
# The baseline of bench/bench.ts. Two fresh clusters are there already (step 1).
#
#   tutorial.sh FOLDER   with KUBECONFIG_WEST, KUBECONFIG_EAST, API_WEST, API_EAST (URLs), ISTIO_HUB, ISTIO_TAG,
#                        WEBAPP_IMAGE, CATALOG_IMAGE set, and kubectl and istioctl on PATH. Files go to FOLDER.
set -euo pipefail
cd "$1"
west() { kubectl --kubeconfig "$KUBECONFIG_WEST" "$@"; }
east() { kubectl --kubeconfig "$KUBECONFIG_EAST" "$@"; }
# What the local clusters need for their images and upstream Envoy; see docs/decisions/0010-toolchain.md.
local_flags=(
    --set "hub=$ISTIO_HUB" --set "tag=$ISTIO_TAG" --set values.global.imagePullPolicy=Never
    --set values.telemetry.enabled=false
    --set values.pilot.env.PILOT_ENABLE_ALPN_FILTER=false
    --set values.pilot.env.PILOT_ENABLE_METADATA_EXCHANGE=false
    --set values.pilot.env.PILOT_ENABLE_TELEMETRY_LABEL=false
    --set values.pilot.autoscaleEnabled=false --set values.pilot.resources.requests.memory=64Mi
    --set values.pilot.resources.requests.cpu=10m
    --set values.gateways.istio-ingressgateway.autoscaleEnabled=false
    --set values.global.proxy.resources.requests.cpu=10m --set values.global.proxy.resources.requests.memory=64Mi
)

# Step 2: a root, an intermediate a cluster, and the Secret cacerts.
openssl ecparam -name prime256v1 -genkey -noout -out root.key
openssl req -x509 -new -key root.key -subj "/O=usmesh/CN=Root CA" -days 3650 -out root.pem \
    -addext "keyUsage=critical,keyCertSign,cRLSign" 2> /dev/null
cat > extensions.conf << 'EOF'
basicConstraints=critical,CA:true,pathlen:0
keyUsage=critical,digitalSignature,keyEncipherment,keyCertSign,cRLSign
subjectAltName=DNS:istiod.istio-system.svc
EOF
for cluster in west east; do
    openssl ecparam -name prime256v1 -genkey -noout -out "$cluster.key"
    openssl req -new -key "$cluster.key" -subj "/O=usmesh/L=$cluster/CN=Intermediate CA" -out "$cluster.csr"
    openssl x509 -req -in "$cluster.csr" -CA root.pem -CAkey root.key -CAcreateserial -days 730 \
        -extfile extensions.conf -out "$cluster.pem" 2> /dev/null
    cat "$cluster.pem" root.pem > "$cluster-chain.pem"
    $cluster create namespace istio-system
    $cluster create secret generic cacerts -n istio-system --from-file=ca-cert.pem="$cluster.pem" \
        --from-file=ca-key.pem="$cluster.key" --from-file=root-cert.pem=root.pem \
        --from-file=cert-chain.pem="$cluster-chain.pem"
done

# Step 3: label the network, install the control plane and the ingress gateway, then the sample apps.
for cluster in west east; do
    kubeconfig="KUBECONFIG_${cluster^^}"
    $cluster label namespace istio-system "topology.istio.io/network=$cluster-network"
    istioctl install -y --kubeconfig "${!kubeconfig}" --set profile=default "${local_flags[@]}" \
        --set values.global.meshID=usmesh --set "values.global.multiCluster.clusterName=$cluster-cluster" \
        --set "values.global.network=$cluster-network"
    $cluster create namespace istioinaction
    $cluster label namespace istioinaction istio-injection=enabled
done
workload() { # name, cluster, image
    cat << EOF
apiVersion: apps/v1
kind: Deployment
metadata: {name: $1, namespace: istioinaction}
spec:
  selector: {matchLabels: {app: $1}}
  template:
    metadata: {labels: {app: $1}}
    spec:
      containers:
        - name: $1
          image: $3
          imagePullPolicy: Never
          env: [{name: CLUSTER, value: $2}, {name: PORT, value: "8080"}, {name: CATALOG_URL, value: "http://catalog.istioinaction"}]
---
EOF
}
service() { # name
    cat << EOF
apiVersion: v1
kind: Service
metadata: {name: $1, namespace: istioinaction}
spec: {selector: {app: $1}, ports: [{name: http, port: 80, targetPort: 8080}]}
---
EOF
}
{ workload webapp west "$WEBAPP_IMAGE"; service webapp; service catalog; } | west apply -f -
{ workload catalog east "$CATALOG_IMAGE"; service catalog; } | east apply -f -
west apply -f - << 'EOF'
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: webapp, namespace: istioinaction}
spec:
  selector: {istio: ingressgateway}
  servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: [webapp.istioinaction.io]}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: webapp, namespace: istioinaction}
spec:
  hosts: [webapp.istioinaction.io]
  gateways: [webapp]
  http: [{route: [{destination: {host: webapp, port: {number: 80}}}]}]
EOF
west -n istioinaction rollout status deployment/webapp --timeout=120s
east -n istioinaction rollout status deployment/catalog --timeout=120s

# Step 4: remote secrets, both ways.
istioctl create-remote-secret --kubeconfig "$KUBECONFIG_WEST" --name west-cluster --server "$API_WEST" | east apply -f -
istioctl create-remote-secret --kubeconfig "$KUBECONFIG_EAST" --name east-cluster --server "$API_EAST" | west apply -f -

# Step 5: the east-west gateways, and what they expose.
for cluster in west east; do
    kubeconfig="KUBECONFIG_${cluster^^}"
    cat > "$cluster-gateway.yaml" << EOF
apiVersion: install.istio.io/v1alpha1
kind: IstioOperator
metadata: {name: istio-eastwestgateway, namespace: istio-system}
spec:
  profile: empty
  components:
    ingressGateways:
      - name: istio-eastwestgateway
        label: {istio: eastwestgateway, app: istio-eastwestgateway, topology.istio.io/network: $cluster-network}
        enabled: true
        k8s:
          env: [{name: ISTIO_META_REQUESTED_NETWORK_VIEW, value: $cluster-network}]
          service:
            ports:
              - {name: status-port, port: 15021, targetPort: 15021}
              - {name: tls, port: 15443, targetPort: 15443}
  values:
    global: {meshID: usmesh, multiCluster: {clusterName: $cluster-cluster}, network: $cluster-network}
EOF
    istioctl install -y --kubeconfig "${!kubeconfig}" -f "$cluster-gateway.yaml" "${local_flags[@]}"
    $cluster apply -f - << 'EOF'
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: cross-network-gateway, namespace: istio-system}
spec:
  selector: {istio: eastwestgateway}
  servers:
    - {port: {number: 15443, name: tls, protocol: TLS}, tls: {mode: AUTO_PASSTHROUGH}, hosts: ["*.local"]}
EOF
done

# Step 6: the reference request, until east's catalog answers it.
ingress="$(west -n istio-system get service istio-ingressgateway -o jsonpath='{.status.loadBalancer.ingress[0].ip}')"
for _ in $(seq 300); do
    answer="$(curl -fsS -m 5 -H 'Host: webapp.istioinaction.io' "http://$ingress/api/catalog" 2> /dev/null || true)"
    if grep -q '"east"' <<< "$answer"; then
        echo "$answer"
        exit 0
    fi
    sleep 0.2
done
echo "no answer of east's catalog through $ingress; the last one: $answer" >&2
exit 1
