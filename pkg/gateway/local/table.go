// Package local answers "what would API Gateway do?" on a laptop: the one table of
// APIs, routes and authorizers, and a stand-in that serves it as the real thing
// would, events both ways, with its identity sources, result cache and limits. The
// templates are tested to hold the same table, so what runs here is what is
// deployed.
package local

// Kind is a kind of API. It decides the form of events, what a refusal looks like
// and which limits hold.
type Kind string

// The kinds of API.
const (
	HTTP Kind = "HTTP"
	REST Kind = "REST"

	// WebSocket has one route, which a handshake takes. The stand-in answers as its
	// function does, and goes no further: there is no connection.
	WebSocket Kind = "WEBSOCKET"

	// GraphQL is AppSync. It has one route, too, and its function is every resolver.
	GraphQL Kind = "GRAPHQL"
)

// API is one deployed API.
type API struct {
	Name        string       `json:"name"`
	Kind        Kind         `json:"kind"`
	Stage       string       `json:"stage"`
	Authorizers []Authorizer `json:"authorizers,omitempty"`
	Routes      []Route      `json:"routes"`

	// Responses are the REST API's gateway responses, by type.
	Responses map[string]Response `json:"responses,omitempty"`
}

// Route sends a method and a path to a function. The path may hold parameters,
// {name}, and end in a greedy one, {name+}.
type Route struct {
	Method     string `json:"method"`
	Path       string `json:"path"`
	Function   string `json:"function"`
	Authorizer string `json:"authorizer,omitempty"`
}

// Authorizer is a Lambda authorizer.
type Authorizer struct {
	Name     string `json:"name"`
	Function string `json:"function"`
	Type     string `json:"type"` // REQUEST or TOKEN

	// IdentitySource lists what must be there for the authorizer to be asked, and is
	// the key of the result cache: header names, names of context variables such as
	// httpMethod after a dollar sign, and names of parameters after a question mark.
	IdentitySource []string `json:"identity_source"`

	TTL    int    `json:"ttl"`              // of the result cache, in seconds
	Format string `json:"format,omitempty"` // HTTP API: 1.0 or 2.0
	Simple bool   `json:"simple,omitempty"` // HTTP API, format 2.0: answers are {isAuthorized}
}

// Response is a gateway response as a template writes it: a header's value is
// 'quoted text' or a context variable, the body may hold $context variables.
type Response struct {
	Status  int               `json:"status"`
	Headers map[string]string `json:"headers,omitempty"`
	Body    string            `json:"body"`
}

// Deployed is the table that template.yaml deploys: the provider on an HTTP API,
// and the demo API on a REST API, because an HTTP API cannot send a challenge.
func Deployed() []API {
	return []API{{
		Name:  "provider",
		Kind:  HTTP,
		Stage: "$default",
		Routes: join(
			// Of any method, for the function answers HEAD, and 405 with Allow (RFC 9110
			// §9.1 and §15.5.6), where API Gateway would say that there is nothing.
			route("authorize", []string{"ANY"},
				"/authorize", "/sign-in", "/select-account", "/consent", "/logout", "/logout/confirm",
				"/reset", "/reset/password", "/email", "/email/confirm", "/sign-up", "/sign-up/finish",
				"/invitation", "/sign-in/passkey", "/second-factor", "/second-factor/{step}"),
			route("authorize", []string{"ANY"}, "/upstream", "/upstream/{provider}/callback", "/upstream/signed-out", "/connect"),
			route("authorize", []string{"POST"}, "/upstream/{provider}/logout"), // of programs
			route("authorize", []string{"POST"}, "/sign-in"),                    // throttled by itself
			route("account", []string{"ANY"}, "/account", "/account/{page+}"),
			route("account", []string{"GET"}, "/.well-known/change-password"),
			route("admin", []string{"ANY"}, "/admin", "/admin/{page+}"), // the Admin API is below /admin/api
			route("token", []string{"POST", "OPTIONS"}, "/token", "/revoke", "/introspect"),
			route("token", []string{"POST"}, "/register"),
			route("token", []string{"GET", "PUT", "DELETE"}, "/register/{client_id}"),
			route("userinfo", []string{"GET", "POST", "OPTIONS"}, "/userinfo"),
			// An HTTP API takes /x and /x/ for two routes.
			route("discovery", []string{"GET"},
				"/jwks.json", "/jwks.json/",
				"/.well-known/openid-configuration", "/.well-known/openid-configuration/",
				"/.well-known/oauth-authorization-server", "/.well-known/oauth-authorization-server/",
				"/.well-known/oauth-authorization-server/{issuer+}"), // RFC 8414 §3.1, an issuer with a path
			route("status", []string{"GET"}, "/status", "/status/{list}"),
		),
	}, {
		Name:  "demo",
		Kind:  REST,
		Stage: "live",
		Authorizers: []Authorizer{{
			Name: "authorizer", Function: "authorizer", Type: "REQUEST",
			IdentitySource: []string{"Authorization"}, TTL: 10,
		}},
		Routes: []Route{
			{Method: "GET", Path: "/protected", Function: "protected", Authorizer: "authorizer"},
			{Method: "GET", Path: "/.well-known/oauth-protected-resource", Function: "protected"}, // RFC 9728 §3
		},
		Responses: map[string]Response{
			"UNAUTHORIZED": {
				Status:  401,
				Headers: map[string]string{"WWW-Authenticate": "'Bearer'"}, // RFC 6750 §3
				Body:    `{"error":"invalid_token","message":$context.error.messageString}`,
			},
			"ACCESS_DENIED": {
				Status:  403,
				Headers: map[string]string{"WWW-Authenticate": "context.authorizer.challenge"}, // RFC 6750 §3.1, RFC 9470 §3
				Body:    `{"error":"$context.authorizer.error","message":$context.error.messageString}`,
			},
		},
	}}
}

func route(function string, methods []string, paths ...string) []Route {
	var routes []Route
	for _, path := range paths {
		for _, method := range methods {
			routes = append(routes, Route{Method: method, Path: path, Function: function})
		}
	}
	return routes
}

func join(parts ...[]Route) []Route {
	var all []Route
	for _, part := range parts {
		all = append(all, part...)
	}
	return all
}
