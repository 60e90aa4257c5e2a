package api

import "slices"

// route is one operation of the API. What a door does before it acts, and what the
// description says of it, follows from it.
type route struct {
	method, path string
	name         string // operationId (OpenAPI 3.1 §4.8.10)
	summary      string
	scope        string
	open         bool // it needs no token

	query      []parameter
	in         any // the zero value of what is sent; nil for nothing
	inOptional bool
	out        any // the zero value of what is answered; nil for nothing
	status     int
	created    bool // Location says where
	etag       bool // ETag says at which version

	// version returns the version of what is to be changed. A route that has it demands
	// If-Match.
	version func(*call) (string, error)

	act func(*call) (answer, error)
}

// parameter is one of a route's query.
type parameter struct {
	name, text string
	integer    bool
}

// paging are the parameters of every list.
func paging(more ...parameter) []parameter {
	return append(more,
		parameter{name: "limit", text: "How many at most, 1 to 200; 50 where it is left out.", integer: true},
		parameter{name: "cursor", text: "Where to go on: next of the page before, with the same other parameters."})
}

// routes is the API.
func (a *API) routes() []route {
	return slices.Concat(a.aboutItself(), a.userRoutes(), a.userActRoutes(), a.invitationRoutes(), a.factorRoutes(), a.sessionRoutes(),
		a.groupRoutes(), a.clientRoutes(), a.keyRoutes(), a.providerRoutes(), a.eventRoutes())
}

// aboutItself are the routes that everybody may read.
func (a *API) aboutItself() []route {
	return []route{
		{
			method: "GET", path: "/openapi.json", name: "describe", summary: "This description", open: true,
			out: map[string]any{}, status: 200, act: func(*call) (answer, error) {
				text, err := a.openAPI()
				return answer{status: 200, body: rawJSON(text)}, err
			},
		},
		{
			method: "GET", path: "/problems", name: "listProblems", summary: "What can go wrong", open: true,
			out: []Problem{}, status: 200, act: func(*call) (answer, error) { return answer{status: 200, body: a.problems()}, nil },
		},
	}
}
