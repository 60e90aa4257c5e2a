package authorizer

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/config"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// Policies decide about requests that the routes let pass. A public route is none of
// their business.
type Policies interface {
	// Permit returns nil when the request may pass, insufficient_scope when it may not.
	// It goes by the token, the method, and the route or, where the API names none, the
	// path; by more only when ReadsRequest says so.
	Permit(r Request, t oauth.AccessToken) error
	ReadsRequest() bool
}

// Resource is what policies call the place: the API's name of the route, or, where it
// has none, as for $default, the path. It is false for a path that a server behind may
// read as another, since a policy would be asked about the wrong one.
func (r Request) Resource() (string, bool) {
	name := r.Route
	if _, address, named := strings.Cut(r.Route, " "); named {
		name = address
	}
	if name != "" && name != "$default" {
		return name, true
	}
	return plainly(r.place())
}

// Plain reports whether the path says what it seems to, to whatever server.
func (r Request) Plain() bool {
	_, plain := plainly(r.Path)
	return plain
}

func plainly(path string) (string, bool) {
	decoded, err := url.PathUnescape(path)
	return decoded, err == nil && strings.Count(decoded, "/") == strings.Count(path, "/") &&
		!slices.ContainsFunc(readings(path), func(reading string) bool { return reading != decoded })
}

// Under returns the settings for a gate that asks the policies, too.
func (s Settings) Under(policies Policies) Settings {
	s.policies = policies
	return s
}

// judges returns the policies. Where API Gateway keeps answers, what they go by must
// be in its cache's key.
func (s Settings) judges(ttl time.Duration) (Policies, config.Faults) {
	switch {
	case s.Cedar != nil && s.policies == nil:
		return nil, config.Faults{"settings: cedar takes the function built with -tags cedar"}
	case s.policies != nil && ttl > 0 && s.policies.ReadsRequest():
		return nil, config.Faults{"settings: cedar: a policy goes by context.request, which a kept answer would pass over: " +
			"set result_ttl to 0s here and the result TTL of the API to 0"}
	case s.policies != nil && ttl > 0 && s.CacheKey != "route":
		return nil, config.Faults{"settings: cedar: policies go by the route, which a kept answer would pass over: " + otherwise}
	}
	return s.policies, nil
}
