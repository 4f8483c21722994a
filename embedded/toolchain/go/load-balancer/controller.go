package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	corelisters "k8s.io/client-go/listers/core/v1"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/record"
	"k8s.io/client-go/util/workqueue"
)

// controller keeps status.loadBalancer of every Service of type LoadBalancer equal to its address of the pool.
// One worker runs it, so the pool needs no lock.
type controller struct {
	client   kubernetes.Interface
	services corelisters.ServiceLister
	synced   cache.InformerSynced
	queue    workqueue.TypedRateLimitingInterface[string]
	recorder record.EventRecorder
	pool     *pool
}

func newController(
	client kubernetes.Interface,
	factory informers.SharedInformerFactory,
	recorder record.EventRecorder,
	pool *pool,
) (*controller, error) {
	informer := factory.Core().V1().Services()
	c := &controller{
		client:   client,
		services: informer.Lister(),
		synced:   informer.Informer().HasSynced,
		queue: workqueue.NewTypedRateLimitingQueue(
			workqueue.NewTypedItemExponentialFailureRateLimiter[string](100*time.Millisecond, 5*time.Second)),
		recorder: recorder,
		pool:     pool,
	}
	enqueue := func(object any) {
		if key, err := cache.DeletionHandlingMetaNamespaceKeyFunc(object); err == nil {
			c.queue.Add(key)
		}
	}
	_, err := informer.Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    enqueue,
		UpdateFunc: func(_, object any) { enqueue(object) },
		DeleteFunc: enqueue,
	})
	return c, err
}

// run serves until the context ends. It first takes over the addresses that Services already have.
func (c *controller) run(ctx context.Context) error {
	if !cache.WaitForCacheSync(ctx.Done(), c.synced) {
		return errors.New("the list of Services never arrived")
	}
	existing, err := c.services.List(labels.Everything())
	if err != nil {
		return err
	}
	for _, service := range existing {
		if address := assigned(service); wantsAddress(service) && address != "" {
			_, _ = c.pool.claim(keyOf(service), address) // an address of a former pool is replaced by reconcile
		}
	}
	go func() {
		<-ctx.Done()
		c.queue.ShutDown()
	}()
	for {
		key, shutdown := c.queue.Get()
		if shutdown {
			return nil
		}
		if err := c.reconcile(ctx, key); err != nil {
			c.queue.AddRateLimited(key)
		} else {
			c.queue.Forget(key)
		}
		c.queue.Done(key)
	}
}

// reconcile gives one Service its address, or frees it. An error means: try again later.
func (c *controller) reconcile(ctx context.Context, key string) error {
	namespace, name, err := cache.SplitMetaNamespaceKey(key)
	if err != nil {
		return nil // no such key can exist
	}
	service, err := c.services.Services(namespace).Get(name)
	if apierrors.IsNotFound(err) || (err == nil && !wantsAddress(service)) {
		c.pool.release(key)
		return nil
	}
	if err != nil {
		return err
	}
	address, err := c.choose(key, service)
	if err != nil {
		c.recorder.Event(service, corev1.EventTypeWarning, "AddressNotAvailable", err.Error())
		return err
	}
	if address == assigned(service) {
		return nil
	}
	updated := service.DeepCopy()
	updated.Status.LoadBalancer.Ingress = []corev1.LoadBalancerIngress{{IP: address}}
	_, err = c.client.CoreV1().Services(namespace).UpdateStatus(ctx, updated, metav1.UpdateOptions{})
	return err
}

// choose keeps a good address, honours spec.loadBalancerIP, and else takes the lowest free one.
func (c *controller) choose(key string, service *corev1.Service) (string, error) {
	if wanted := service.Spec.LoadBalancerIP; wanted != "" {
		address, err := c.pool.claim(key, wanted)
		if err != nil {
			return "", fmt.Errorf("spec.loadBalancerIP: %w", err)
		}
		return address.String(), nil
	}
	if address, err := c.pool.claim(key, assigned(service)); err == nil {
		return address.String(), nil
	}
	address, err := c.pool.allocate(key)
	if err != nil {
		return "", fmt.Errorf("pool %s: %w", c.pool.prefix, err)
	}
	return address.String(), nil
}

// wantsAddress leaves Services of other load-balancer implementations alone.
func wantsAddress(service *corev1.Service) bool {
	return service.Spec.Type == corev1.ServiceTypeLoadBalancer &&
		service.Spec.LoadBalancerClass == nil &&
		service.DeletionTimestamp == nil
}

func assigned(service *corev1.Service) string {
	if ingress := service.Status.LoadBalancer.Ingress; len(ingress) == 1 {
		return ingress[0].IP
	}
	return ""
}

func keyOf(service *corev1.Service) string {
	return service.Namespace + "/" + service.Name
}
