// Command load-balancer gives every Service of type LoadBalancer of one cluster an address out of a CIDR.
// It moves no traffic: kube-proxy does, in the node's network namespace, where the whole CIDR is a local address.
package main

import (
	"context"
	"flag"
	"log"
	"os/signal"
	"syscall"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/scheme"
	typedcorev1 "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/record"
)

func main() {
	kubeconfig := flag.String("kubeconfig", "", "kubeconfig file of the cluster")
	cidr := flag.String("pool", "", "CIDR of the addresses to give, e.g. 10.89.1.0/27")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := serve(ctx, *kubeconfig, *cidr); err != nil {
		log.Fatal(err)
	}
}

func serve(ctx context.Context, kubeconfig, cidr string) error {
	addresses, err := newPool(cidr)
	if err != nil {
		return err
	}
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	broadcaster := record.NewBroadcaster()
	defer broadcaster.Shutdown()
	broadcaster.StartRecordingToSink(&typedcorev1.EventSinkImpl{Interface: client.CoreV1().Events("")})
	recorder := broadcaster.NewRecorder(scheme.Scheme, corev1.EventSource{Component: "load-balancer"})

	factory := informers.NewSharedInformerFactory(client, 0)
	c, err := newController(client, factory, recorder, addresses)
	if err != nil {
		return err
	}
	factory.Start(ctx.Done())
	log.Printf("giving addresses of %s", addresses.prefix)
	return c.run(ctx)
}
