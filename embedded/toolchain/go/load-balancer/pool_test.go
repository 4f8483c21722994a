package main

import (
	"errors"
	"testing"
)

func TestPoolGivesEachOwnerItsOwnAddress(t *testing.T) {
	p, err := newPool("10.1.0.32/31")
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct{ owner, want string }{{"a", "10.1.0.32"}, {"b", "10.1.0.33"}} {
		got, err := p.allocate(step.owner)
		if err != nil || got.String() != step.want {
			t.Fatalf("allocate(%s) = %s, %v; want %s", step.owner, got, err, step.want)
		}
	}
	if _, err := p.allocate("c"); !errors.Is(err, errExhausted) {
		t.Fatalf("allocate on a full pool: %v", err)
	}
	p.release("a")
	if got, err := p.allocate("c"); err != nil || got.String() != "10.1.0.32" {
		t.Fatalf("allocate after release = %s, %v", got, err)
	}
}

func TestClaim(t *testing.T) {
	for _, test := range []struct {
		name, owner, address string
		fails                bool
	}{
		{"a free address", "b", "10.1.0.5", false},
		{"its own address", "a", "10.1.0.4", false},
		{"another's address", "b", "10.1.0.4", true},
		{"outside the pool", "b", "10.2.0.1", true},
		{"no address", "b", "nonsense", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			p, _ := newPool("10.1.0.0/24")
			if _, err := p.claim("a", "10.1.0.4"); err != nil {
				t.Fatal(err)
			}
			if _, err := p.claim(test.owner, test.address); (err != nil) != test.fails {
				t.Fatalf("claim(%s, %s): %v", test.owner, test.address, err)
			}
		})
	}
}

func TestClaimMovesTheOwner(t *testing.T) {
	p, _ := newPool("10.1.0.0/24")
	for _, address := range []string{"10.1.0.4", "10.1.0.9"} {
		if _, err := p.claim("a", address); err != nil {
			t.Fatal(err)
		}
	}
	if got, _ := p.claim("b", "10.1.0.4"); got.String() != "10.1.0.4" {
		t.Fatal("the former address is not free")
	}
}
