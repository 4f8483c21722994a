package main

import (
	"context"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/client-go/tools/record"
)

func balanced(name, requested string, current ...string) *corev1.Service {
	service := &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: name},
		Spec:       corev1.ServiceSpec{Type: corev1.ServiceTypeLoadBalancer, LoadBalancerIP: requested},
	}
	for _, ip := range current {
		service.Status.LoadBalancer.Ingress = append(service.Status.LoadBalancer.Ingress, corev1.LoadBalancerIngress{IP: ip})
	}
	return service
}

type harness struct {
	*testing.T
	client *fake.Clientset
	events chan string
}

func start(t *testing.T, cidr string, services ...*corev1.Service) harness {
	client := fake.NewClientset()
	for _, service := range services {
		if err := client.Tracker().Add(service); err != nil {
			t.Fatal(err)
		}
	}
	addresses, err := newPool(cidr)
	if err != nil {
		t.Fatal(err)
	}
	recorder := record.NewFakeRecorder(100)
	factory := informers.NewSharedInformerFactory(client, 0)
	c, err := newController(client, factory, recorder, addresses)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	factory.Start(ctx.Done())
	ended := make(chan error)
	go func() { ended <- c.run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return harness{t, client, recorder.Events}
}

func (h harness) waitForAddress(name, want string) {
	h.Helper()
	got := ""
	for deadline := time.Now().Add(5 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		service, err := h.client.CoreV1().Services("default").Get(context.Background(), name, metav1.GetOptions{})
		if err != nil {
			h.Fatal(err)
		}
		if got = assigned(service); got == want {
			return
		}
	}
	h.Fatalf("%s has address %q, want %q", name, got, want)
}

func TestKeepsAddressesOverARestart(t *testing.T) {
	h := start(t, "10.1.0.0/24", balanced("old", "", "10.1.0.0"), balanced("new", ""))
	h.waitForAddress("old", "10.1.0.0")
	h.waitForAddress("new", "10.1.0.1")
}

func TestReplacesAnAddressOfAFormerPool(t *testing.T) {
	start(t, "10.1.0.0/24", balanced("moved", "", "10.9.0.7")).waitForAddress("moved", "10.1.0.0")
}

func TestHonoursTheRequestedAddress(t *testing.T) {
	start(t, "10.1.0.0/24", balanced("asks", "10.1.0.77")).waitForAddress("asks", "10.1.0.77")
}

func TestFreedAddressGoesToTheOneThatWaits(t *testing.T) {
	h := start(t, "10.1.0.0/32", balanced("first", "", "10.1.0.0"), balanced("second", ""))
	select {
	case event := <-h.events:
		if !strings.Contains(event, "AddressNotAvailable") || !strings.Contains(event, "10.1.0.0/32") {
			t.Fatalf("unexpected event %q", event)
		}
	case <-time.After(5 * time.Second):
		t.Fatal("no event says that the pool is exhausted")
	}
	if err := h.client.CoreV1().Services("default").Delete(context.Background(), "first", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	h.waitForAddress("second", "10.1.0.0")
}

func TestLeavesOtherImplementationsAlone(t *testing.T) {
	foreign, class := balanced("foreign", ""), "example.com/other"
	foreign.Spec.LoadBalancerClass = &class
	h := start(t, "10.1.0.0/24", foreign, balanced("ours", ""))
	h.waitForAddress("ours", "10.1.0.0")
	h.waitForAddress("foreign", "")
}
