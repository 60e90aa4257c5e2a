package authorizer

import (
	"time"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// Settings are everything that can be said to the gate, as one JSON document or, by
// SettingsFrom, as a few variables. They hold no secret: a member that ends in
// _variable names the environment variable with it.
type Settings struct {
	// Issuers are those whose tokens are good here, and Introspection those who are
	// asked about tokens that say nothing by themselves.
	Issuers       []IssuerSettings        `json:"issuers"`
	Introspection []IntrospectionSettings `json:"introspection"`

	// Sources are the places where a token may stand. Empty: the Authorization header.
	Sources []SourceSettings `json:"sources"`

	// DPoP and MTLS are whether a token may, or must, be bound to its sender.
	DPoP DPoPSettings `json:"dpop"`
	MTLS string       `json:"mtls"`

	// Routes are what routes demand; what none of them names is refused. Absent: a good
	// token opens every route.
	Routes []RouteSettings `json:"routes"`

	// Cedar are policies that decide about whatever passed the routes.
	Cedar *CedarSettings `json:"cedar"`

	// Resource is what the API says of itself (RFC 9728).
	Resource *oauth.ProtectedResource `json:"resource"`

	// ContextClaims are claims passed on to the API beside sub, client_id and scope.
	ContextClaims []string `json:"context_claims"`

	// ResultTTL is how long API Gateway keeps an answer, as configured there. Absent:
	// 10 seconds.
	ResultTTL *Duration `json:"result_ttl"`

	// CacheKey is whom API Gateway hands a kept answer to: "token", whoever shows the
	// same token, or "route", only requests to the same route as well, because method
	// and path (REST) or $context.routeKey (HTTP) are identity sources too.
	CacheKey string `json:"cache_key"`

	// HTTPResponse is what an HTTP API with payload 2.0 gets: "simple", or "iam" for a
	// policy document.
	HTTPResponse string `json:"http_response"`

	// DenyStatus is how API Gateway is told of a bad token: 401, by failing, or 403, by
	// a Deny, which does not count among the function's errors.
	DenyStatus int `json:"deny_status"`

	// scopes is the ROUTE_SCOPES of SettingsFrom.
	scopes string

	policies Policies // by Under

	tables Tables // of With
}

// DPoPSettings are how proofs of possession are checked (RFC 9449).
type DPoPSettings struct {
	Mode    string `json:"mode"`     // off, allowed, required
	BaseURL string `json:"base_url"` // of the API, as its callers write it
	Replay  string `json:"replay"`   // memory, table
}

// CedarSettings are where policies are.
type CedarSettings struct {
	PoliciesFile string `json:"policies_file"`
	EntitiesFile string `json:"entities_file"`
}

// SourceSettings are one place where a token may stand: one member beside those
// that go with it.
type SourceSettings struct {
	Header      string `json:"header"`
	Query       string `json:"query"`
	Subprotocol string `json:"subprotocol"`
	Cookie      string `json:"cookie"`

	// CSRFHeader is a header that only the API's own pages send. Without it, what the
	// browser says in Sec-Fetch-Site counts.
	CSRFHeader string `json:"csrf_header"`

	APIKeyHeader string `json:"api_key_header"`
}

// RouteSettings are what a route demands. METHOD may be ANY; a path may hold
// parameters, {name}, and end in {name+}.
type RouteSettings struct {
	Method string `json:"method"`
	Path   string `json:"path"`

	Public   bool                `json:"public"`   // needs no token
	All      []string            `json:"all"`      // each of these scopes
	Any      []string            `json:"any"`      // one of these
	Audience []string            `json:"audience"` // one of these
	Claims   map[string][]string `json:"claims"`   // of each one of the values; an empty list wants it there
	ACR      []string            `json:"acr"`      // one of these
	MaxAge   *Duration           `json:"max_age"`  // since the person proved who they are (RFC 9470)
}

const (
	defaultTTL = 10 * time.Second
	maxTTL     = time.Hour // API Gateway's bound
)
