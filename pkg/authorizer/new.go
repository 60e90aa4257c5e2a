package authorizer

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/config"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// New returns the authorizer of the settings, for tokens that somebody else
// verifies: see Open. It refuses settings that cannot be kept, with config.Faults.
func New(s Settings, tokens Tokens, log *slog.Logger) (*Authorizer, error) {
	a := &Authorizer{tokens: tokens, log: log, now: time.Now, denies: s.DenyStatus == 403, simple: s.HTTPResponse != "iam"}
	faults := s.faults()
	ttl := defaultTTL
	if s.ResultTTL != nil {
		ttl = time.Duration(*s.ResultTTL)
	}
	var more config.Faults
	if a.rules, more = s.rules(ttl); more != nil {
		faults = append(faults, more...)
	}
	if a.sources, more = s.sources(ttl); more != nil {
		faults = append(faults, more...)
	}
	if a.bound, more = s.bound(ttl); more != nil {
		faults = append(faults, more...)
	}
	if a.keys, more = s.apiKeys(); more != nil {
		faults = append(faults, more...)
	}
	if a.policies, more = s.judges(ttl); more != nil {
		faults = append(faults, more...)
	}
	a.audience, a.challenger.dpop = s.audiences(), a.bound.dpop
	a.wants = s.wants()
	if a.claims, more = parseContextClaims(s.ContextClaims); more != nil {
		faults = append(faults, more...)
	}
	if s.Resource != nil {
		a.resource = s.describe()
		a.bound.describe(&a.resource)
		if a.challenger.metadata, more = metadataAddress(s.Resource.Resource); more != nil {
			faults = append(faults, more...)
		}
	}
	if len(faults) > 0 {
		return nil, faults
	}
	return a, nil
}

// faults checks what stands by itself.
func (s Settings) faults() config.Faults {
	var faults config.Faults
	for _, word := range []struct{ name, value, choices string }{
		{"http_response", s.HTTPResponse, "simple iam"},
		{"cache_key", s.CacheKey, "token route"},
		{"dpop.mode", s.DPoP.Mode, "off allowed required"},
		{"dpop.replay", s.DPoP.Replay, "memory table"},
		{"mtls", s.MTLS, "off allowed required"},
	} {
		if word.value != "" && !strings.Contains(" "+word.choices+" ", " "+word.value+" ") {
			faults = append(faults, fmt.Sprintf("settings: %s is %q; it may be one of: %s", word.name, word.value, word.choices))
		}
	}
	if s.DenyStatus != 0 && s.DenyStatus != 401 && s.DenyStatus != 403 {
		faults = append(faults, fmt.Sprintf("settings: deny_status is %d; it may be 401 or 403", s.DenyStatus))
	}
	if s.ResultTTL != nil && time.Duration(*s.ResultTTL) > maxTTL {
		faults = append(faults, "settings: result_ttl is more than the hour that API Gateway keeps answers for")
	}
	if s.Routes != nil && len(s.Routes) == 0 {
		faults = append(faults, "settings: routes is empty, which would let nobody in; leave it out to let every good token in")
	}
	return faults
}

// rules reads what routes demand.
func (s Settings) rules(ttl time.Duration) (rules, config.Faults) {
	r := rules{cached: ttl > 0, ttl: ttl, byRoute: s.CacheKey == "route", closed: s.Routes != nil}
	var faults config.Faults
	where := "ROUTE_SCOPES"
	if r.closed {
		where = "settings: routes"
	} else {
		r.list, faults = parseRouteScopes(s.scopes)
	}
	for i, route := range s.Routes {
		u, more := route.rule(fmt.Sprintf("settings: routes[%d]", i))
		faults = append(faults, more...)
		r.list = append(r.list, u)
	}
	if len(faults) == 0 {
		faults = r.faults(where)
	}
	return r, faults
}

// rule is what the settings of a route demand.
func (s RouteSettings) rule(where string) (rule, config.Faults) {
	var faults config.Faults
	u, err := newRule(s.Method, s.Path, s.Method+" "+s.Path)
	if err != nil {
		faults = append(faults, fmt.Sprintf("%s: %v", where, err))
	}
	for _, scope := range slices.Concat(s.All, s.Any) {
		if !oauth.IsScopeToken(scope) {
			faults = append(faults, fmt.Sprintf("%s: %q is no scope (RFC 6749 section 3.3)", where, scope))
		}
	}
	for _, acr := range s.ACR { // they stand in a challenge as a scope does: RFC 9470 §3
		if !oauth.IsScopeToken(acr) {
			faults = append(faults, fmt.Sprintf("%s: %q cannot be an acr", where, acr))
		}
	}
	u.demand = demand{public: s.Public, all: s.All, any: s.Any, audience: s.Audience, claims: s.Claims, acr: s.ACR}
	if s.MaxAge != nil {
		if u.demand.maxAge = time.Duration(*s.MaxAge); u.demand.maxAge < time.Second { // else 0 would be any age
			faults = append(faults, where+": max_age is less than a second, which nobody keeps")
		}
	}
	demands := faultsAt{where: where}
	demands.claims("claims", s.Claims)
	demands.when(slices.Contains(s.Audience, ""), "audience has an empty entry")
	faults = append(faults, demands.list...)
	for name, list := range map[string][]string{"any": s.Any, "audience": s.Audience, "acr": s.ACR} {
		if list != nil && len(list) == 0 { // one of nothing
			faults = append(faults, fmt.Sprintf("%s: %s is empty, which would let nobody in; leave it out to demand none", where, name))
		}
	}
	if s.Public && len(s.All)+len(s.Any)+len(s.Audience)+len(s.Claims)+len(s.ACR) > 0 || s.Public && s.MaxAge != nil {
		faults = append(faults, where+": a public route demands nothing")
	}
	return u, faults
}
