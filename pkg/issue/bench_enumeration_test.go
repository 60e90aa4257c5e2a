package issue_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/mail"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// BenchmarkEnumeration compares what the doors do for somebody who has an account with
// what they do for nobody, which is the floor: the ratio is what a stranger could tell by
// the time (THREATS.md O37). Both take turns, each with a name of its own, so that a busy
// machine slows them alike and no limit is reached.
func BenchmarkEnumeration(b *testing.B) {
	s := open(b)
	people := identity.NewUsers(s.users, s.state, identity.Lockout{Attempts: 1 << 30, AddressAttempts: 1 << 30, Window: time.Minute})
	cfg := s.cfg
	cfg.SignUp = "open"
	issuer := issue.New(cfg, s.users, s.state, people, s.clients, s.sessions, s.sealer, s.ring)
	from := 0
	wish := func(name string) issue.Wish {
		from++
		return issue.Wish{Name: name, Address: fmt.Sprintf("10.%d.%d.%d", from>>16, from>>8&255, from&255), Browser: "a browser"}
	}
	signIn := func(name string) {
		if _, err := people.SignIn(b.Context(), name, "not the password", wish("").Address); !oauth.InvalidGrant.In(err) {
			b.Fatal(err)
		}
	}
	reset := func(name string) { must(b, issuer.AskReset(b.Context(), wish(name), letter(new(string)))) }
	for _, door := range []struct {
		name      string
		byAddress bool
		do        func(name string)
	}{
		{"sign-in", false, signIn},
		{"sign-in-by-address", true, signIn},
		{"reset", false, reset},
		{"reset-by-address", true, reset},
		{"sign-up", true, func(name string) {
			to, err := mail.ParseAddress(name)
			must(b, err)
			must(b, issuer.AskSignUp(b.Context(), to, wish(""), letter(new(string)), letter(new(string))))
		}},
	} {
		b.Run(door.name, func(b *testing.B) {
			var known, unknown []time.Duration
			took := func(name string) time.Duration {
				start := time.Now()
				door.do(name)
				return time.Since(start)
			}
			for b.Loop() {
				for range 5 { // however short the benchmark, the medians are of some
					from++
					name := fmt.Sprintf("known%d", from)
					verified := true
					_, err := people.Add(b.Context(), identity.NewUser{Username: name, StandardClaims: oauth.StandardClaims{
						Email: name + "@example.com", EmailVerified: &verified,
					}})
					must(b, err)
					nobody := fmt.Sprintf("nobody%d", from)
					if door.byAddress {
						name, nobody = name+"@example.com", nobody+"@example.com"
					}
					if len(known)%2 == 0 { // who comes second finds the caches warm
						known = append(known, took(name))
						unknown = append(unknown, took(nobody))
					} else {
						unknown = append(unknown, took(nobody))
						known = append(known, took(name))
					}
				}
			}
			slices.Sort(known)
			slices.Sort(unknown)
			floor, of := unknown[len(unknown)/2], known[len(known)/2]
			b.ReportMetric(float64(floor.Microseconds()), "floor-µs")
			b.ReportMetric(float64(of.Microseconds()), "of-known-µs")
			b.ReportMetric(float64(of)/float64(floor), "known-x-floor")
		})
	}
}
