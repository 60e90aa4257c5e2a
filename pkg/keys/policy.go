package keys

import (
	"errors"
	"slices"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/config"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// Policy says which keys a ring has and for how long.
type Policy struct {
	// Lifetime is how long a key signs before the next one takes over.
	Lifetime time.Duration

	// PublishAhead is how long a key is published before it signs, at least twice as
	// long as anybody caches the key set (OpenID Connect Core §10.1.1).
	PublishAhead time.Duration

	// RetireAfter is how long a key stays published after it signed for the last
	// time: the longest lifetime of a token, and then some.
	RetireAfter time.Duration

	// Algs are the algorithms, each with keys of its own.
	Algs []oauth.Alg

	// Entrusted are keys that a Custodian may be asked to sign with, whoever is to
	// sign from now on.
	Entrusted []Entrusted

	// Entrust has the ring take over those keys, of each algorithm the last one,
	// instead of making keys.
	Entrust bool
}

// PolicyFrom reads the policy from the configuration. A retired key outlives the
// last token that it signed by PublishAhead, because an instance that cannot reach
// the store goes on with the ring it has for that long.
func PolicyFrom(c config.Config) Policy {
	p := Policy{
		Lifetime:     c.KeyLifetime,
		PublishAhead: c.KeyPublishAhead,
		RetireAfter:  max(c.AccessTokenLifetime, c.IDTokenLifetime) + c.KeyPublishAhead,
		Algs:         []oauth.Alg{oauth.RS256, oauth.ES256, oauth.PS256, oauth.EdDSA},
		Entrust:      c.Signing == config.SigningKMS,
	}
	for _, list := range c.KMSKeys() {
		for _, arn := range list.ARNs {
			p.Entrusted = append(p.Entrusted, Entrusted{list.Alg, arn})
		}
	}
	if p.Entrust { // what is not listed is neither signed with nor advertised
		p.Algs = slices.DeleteFunc(p.Algs, func(alg oauth.Alg) bool {
			_, listed := p.wanted(alg)
			return !listed
		})
	}
	return p
}

func (p Policy) validate() error {
	if p.Lifetime <= 0 || p.PublishAhead <= 0 || p.RetireAfter <= 0 || p.PublishAhead >= p.Lifetime || len(p.Algs) == 0 {
		return errors.New("keys: a policy needs algorithms and three durations, PublishAhead shorter than Lifetime")
	}
	return nil
}

// announced is when a key that was published in this second may sign.
func (p Policy) announced(published time.Time) time.Time {
	return published.Add(p.PublishAhead + time.Second)
}

// State is where a signing key is in its life.
type State string

// The states of a signing key. All three are published.
const (
	Pending State = "pending" // published, does not sign yet
	Active  State = "active"  // signs
	Retired State = "retired" // published for the tokens that it signed
)

// Info describes one signing key.
type Info struct {
	ID        string    `json:"kid"`
	Alg       oauth.Alg `json:"alg"`
	State     State     `json:"state"`
	Created   time.Time `json:"created"`
	Activates time.Time `json:"activates"`
	Retires   time.Time `json:"retires,omitzero"`  // zero: no successor yet
	Custody   string    `json:"custody,omitempty"` // what the Custodian calls it; empty: it is sealed here
}
