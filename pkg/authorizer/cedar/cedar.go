// Package cedar answers "do the policies permit it?" in the language of Amazon
// Verified Permissions. It decides what the gate's routes let pass, and never more
// than that: what no policy permits, and what a policy fails on, is refused.
//
// It is a package of its own because it is a sixth of the authorizer, which has it only
// when built with the tag cedar.
package cedar

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strings"

	engine "github.com/cedar-policy/cedar-go"

	"github.com/ostiary-auth/ostiary/pkg/authorizer"
	"github.com/ostiary-auth/ostiary/pkg/config"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// Policies are a set of policies with the entities that they know.
type Policies struct {
	set      *engine.PolicySet
	entities engine.EntityMap
	byIssuer bool
	reads    bool
}

// Open returns the settings with the policies that they name, or as they are when
// they name none. Its error is config.Faults.
func Open(s authorizer.Settings) (authorizer.Settings, error) {
	if s.Cedar == nil {
		return s, nil
	}
	text, err := os.ReadFile(s.Cedar.PoliciesFile)
	if err != nil {
		return s, config.Faults{fmt.Sprintf("settings: cedar.policies_file: %v", err)}
	}
	var entities []byte
	if s.Cedar.EntitiesFile != "" {
		if entities, err = os.ReadFile(s.Cedar.EntitiesFile); err != nil {
			return s, config.Faults{fmt.Sprintf("settings: cedar.entities_file: %v", err)}
		}
	}
	p, err := parse(s.Cedar.PoliciesFile, text, entities)
	if err != nil {
		return s, config.Faults{fmt.Sprintf("settings: cedar: %v", err)}
	}
	// With one issuer a person is their sub. With more, one could name another's.
	p.byIssuer = len(s.Issuers)+len(s.Introspection) > 1 || foreignBesideKeys(s)
	return s.Under(p), nil
}

// foreignBesideKeys reports whether API keys, which act for clients of our own, are
// taken beside tokens of somebody else.
func foreignBesideKeys(s authorizer.Settings) bool {
	keys := slices.ContainsFunc(s.Sources, func(source authorizer.SourceSettings) bool { return source.APIKeyHeader != "" })
	return keys && len(s.Issuers) == 1 && !s.Issuers[0].Own || keys && len(s.Introspection) > 0
}

func parse(file string, text, entities []byte) (*Policies, error) {
	p := &Policies{entities: engine.EntityMap{}}
	var err error
	if p.set, err = engine.NewPolicySetFromBytes(file, text); err != nil {
		return nil, err
	}
	some := false
	for range p.set.All() {
		some = true
	}
	if !some {
		return nil, errors.New("there is no policy, which would let nobody in")
	}
	if entities != nil {
		if err := json.Unmarshal(entities, &p.entities); err != nil {
			return nil, fmt.Errorf("entities: %w", err)
		}
	}
	p.reads, err = readsRequest(p.set)
	return p, err
}

// ReadsRequest reports whether some policy goes by context.request, or by the whole
// context.
func (p *Policies) ReadsRequest() bool { return p.reads }

// Permit asks the policies. The principal is User::"sub", or Client::"id" where a
// client acts for itself (RFC 9068 §2.2), the action Action::"GET", the resource
// Route::"/pets/{id}", by the API's name where it has one, else by the path.
func (p *Policies) Permit(r authorizer.Request, t oauth.AccessToken) error {
	kind, name := "User", t.Subject
	if t.Subject == t.ClientID {
		kind = "Client"
	}
	if p.byIssuer {
		name = t.Issuer + "|" + name
	}
	resource, plain := r.Resource()
	if catchAll := strings.HasSuffix(r.Route, "+}"); !plain || catchAll && p.reads && !r.Plain() {
		return oauth.InsufficientScope.Errorf("the path is written so that it could be read as another")
	}
	decision, why := engine.Authorize(p.set, p.entities, engine.Request{
		Principal: uid(kind, name), Action: uid("Action", r.Method), Resource: uid("Route", resource),
		Context: circumstances(r, t),
	})
	// The language skips a policy that fails, also one that forbids.
	if len(why.Errors) > 0 {
		return oauth.InsufficientScope.Errorf("no policy says yes: %w", errors.New(why.Errors[0].String()))
	}
	if decision != engine.Allow {
		return oauth.InsufficientScope.Errorf("no policy says yes: %w", denial(why))
	}
	return nil
}

func denial(why engine.Diagnostic) error {
	if len(why.Reasons) == 0 {
		return errors.New("none permits it")
	}
	return fmt.Errorf("%s forbids it", why.Reasons[0].PolicyID)
}

func uid(kind, name string) engine.EntityUID {
	return engine.NewEntityUID(engine.EntityType(kind), engine.String(name))
}

// circumstances are the context: claims, scope and request.
func circumstances(r authorizer.Request, t oauth.AccessToken) engine.Record {
	scope := make([]engine.Value, len(t.Scope))
	for i, s := range t.Scope {
		scope[i] = engine.String(s)
	}
	request := engine.RecordMap{"method": engine.String(r.Method), "path": engine.String(r.Path), "route": engine.String(r.Route)}
	if address, err := netip.ParseAddr(r.SourceIP); err == nil {
		request["source_ip"] = engine.IPAddr(netip.PrefixFrom(address, address.BitLen()))
	}
	return engine.NewRecord(engine.RecordMap{
		"claims": record(t.Claims), "scope": engine.NewSet(scope...), "request": engine.NewRecord(request),
	})
}
