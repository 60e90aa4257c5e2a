// Command token is the Lambda of the doors for clients: /token, /introspect,
// /revoke, /register.
package main

import (
	"github.com/ostiary-auth/ostiary/functions/internal/wiring"
	"github.com/ostiary-auth/ostiary/pkg/endpoint"
	"github.com/ostiary-auth/ostiary/pkg/invoke"
)

func main() { wiring.Open().WithTokenHook(invoke.Open).Serve((*endpoint.Provider).Token) }
