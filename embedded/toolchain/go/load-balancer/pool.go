package main

import (
	"errors"
	"fmt"
	"net/netip"
)

// errExhausted says that every address of the pool has an owner.
var errExhausted = errors.New("no address of the pool is free")

// pool hands out the addresses of one CIDR, each to one owner. It is not safe for concurrent use.
type pool struct {
	prefix netip.Prefix
	owners map[netip.Addr]string
}

func newPool(cidr string) (*pool, error) {
	prefix, err := netip.ParsePrefix(cidr)
	if err != nil {
		return nil, err
	}
	return &pool{prefix: prefix.Masked(), owners: map[netip.Addr]string{}}, nil
}

// claim gives the owner this very address, if it is of the pool and nobody else's.
func (p *pool) claim(owner, address string) (netip.Addr, error) {
	addr, err := netip.ParseAddr(address)
	if err != nil {
		return netip.Addr{}, err
	}
	if !p.prefix.Contains(addr) {
		return netip.Addr{}, fmt.Errorf("%s is not in the pool %s", addr, p.prefix)
	}
	if other, taken := p.owners[addr]; taken && other != owner {
		return netip.Addr{}, fmt.Errorf("%s belongs to %s", addr, other)
	}
	p.release(owner)
	p.owners[addr] = owner
	return addr, nil
}

// allocate gives the owner the lowest free address.
func (p *pool) allocate(owner string) (netip.Addr, error) {
	for addr := p.prefix.Addr(); p.prefix.Contains(addr); addr = addr.Next() {
		if _, taken := p.owners[addr]; !taken {
			return p.claim(owner, addr.String())
		}
	}
	return netip.Addr{}, errExhausted
}

// release frees whatever the owner has.
func (p *pool) release(owner string) {
	for addr, other := range p.owners {
		if other == owner {
			delete(p.owners, addr)
		}
	}
}
