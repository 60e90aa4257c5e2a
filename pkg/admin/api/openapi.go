package api

import (
	"encoding/json"
	"net/http"
	"reflect"
	"strconv"
	"strings"

	"github.com/ostiary-auth/ostiary/pkg/admin"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// object is one of JSON.
type object = map[string]any

func rawJSON(text []byte) json.RawMessage { return text }

// problems is the table of what can go wrong, with whole types.
func (a *API) problems() []Problem {
	table := kindTable()
	for i := range table {
		table[i].Type = a.issuer + admin.Path + "/problems#" + table[i].Type
	}
	return table
}

// describe computes the OpenAPI 3.1 description from the routes.
func (a *API) describe() ([]byte, error) {
	types := schemas{}
	types.of(reflect.TypeFor[Problem]())
	paths := object{}
	for _, r := range a.routes() {
		operations, ok := paths[r.path].(object)
		if !ok {
			operations = object{}
			if in := pathParameters(r.path); len(in) > 0 {
				operations["parameters"] = in
			}
			paths[r.path] = operations
		}
		operations[strings.ToLower(r.method)] = types.operation(r)
	}
	return json.Marshal(object{
		"openapi": "3.1.0",
		"info": object{
			"title": "Ostiary Admin API", "version": "1",
			"description": "What administrators do, for programs. Failures are problems of RFC 9457; a list goes on by its cursor; " +
				"what is changed is named by its ETag; a POST with an Idempotency-Key is done once within 24 hours.",
		},
		"servers": []object{{"url": a.issuer + admin.Path}},
		"paths":   paths,
		"components": object{
			"schemas": types,
			"securitySchemes": object{"oauth2": object{"type": "oauth2", "flows": object{
				"clientCredentials": object{"tokenUrl": a.issuer + "/token", "scopes": scopeTexts()},
				"authorizationCode": object{
					"authorizationUrl": a.issuer + "/authorize", "tokenUrl": a.issuer + "/token", "scopes": scopeTexts(),
				},
			}}},
			"responses": object{"Problem": object{
				"description": "A problem",
				"content":     object{"application/problem+json": object{"schema": reference("Problem")}},
			}},
		},
	})
}

func scopeTexts() object {
	texts := object{}
	for _, scope := range oauth.AdminScopes() {
		parts := strings.Split(scope, ":")
		texts[scope] = parts[2] + " " + parts[1]
	}
	return texts
}

func reference(name string) object { return object{"$ref": "#/components/schemas/" + name} }

// pathParameters are the names in braces.
func pathParameters(path string) []object {
	var found []object
	for segment := range strings.SplitSeq(path, "/") {
		if name, ok := strings.CutPrefix(segment, "{"); ok {
			found = append(found, object{
				"name": strings.TrimSuffix(name, "}"), "in": "path", "required": true, "schema": object{"type": "string"},
			})
		}
	}
	return found
}

// operation describes one route.
func (s schemas) operation(r route) object {
	o := object{"operationId": r.name, "summary": r.summary, "responses": s.responses(r)}
	if r.open {
		o["security"] = []object{}
	} else {
		o["security"] = []object{{"oauth2": []string{r.scope}}}
	}
	if in := r.parameters(); len(in) > 0 {
		o["parameters"] = in
	}
	if r.in != nil {
		schema := s.of(reflect.TypeOf(r.in))
		if r.method == http.MethodPatch {
			schema = s.patch(reflect.TypeOf(r.in))
		}
		o["requestBody"] = object{"required": !r.inOptional, "content": object{r.takes(): object{"schema": schema}}}
	}
	return o
}

func (r route) parameters() []object {
	var found []object
	for _, p := range r.query {
		kind := "string"
		if p.integer {
			kind = "integer"
		}
		found = append(found, object{"name": p.name, "in": "query", "description": p.text, "schema": object{"type": kind}})
	}
	header := func(name, text string, required bool) {
		found = append(found, object{"name": name, "in": "header", "description": text, "required": required, "schema": object{"type": "string"}})
	}
	if r.version != nil {
		header("If-Match", "The ETag that was read, or *.", true)
	}
	if r.method == http.MethodPost {
		header("Idempotency-Key", "Whoever sends the same request with it again gets the same answer.", false)
	}
	return found
}

func (s schemas) responses(r route) object {
	good := object{"description": http.StatusText(r.status)}
	if r.out != nil {
		good["content"] = object{jsonType: object{"schema": s.of(reflect.TypeOf(r.out))}}
	}
	headers := object{}
	text := object{"schema": object{"type": "string"}}
	if r.etag {
		headers["ETag"] = text
	}
	if r.created {
		headers["Location"] = text
	}
	if len(headers) > 0 {
		good["headers"] = headers
	}
	responses := object{strconv.Itoa(r.status): good, "default": object{"$ref": "#/components/responses/Problem"}}
	if r.etag && r.method == http.MethodGet {
		responses["304"] = object{"description": http.StatusText(http.StatusNotModified)}
	}
	return responses
}
