// Command token is the Lambda of the doors for clients: /token, /introspect,
// /revoke, /register.
package main

import (
	"github.com/ostiary-auth/ostiary/functions/internal/wiring"
	"github.com/ostiary-auth/ostiary/pkg/endpoint"
)

func main() { wiring.Serve((*endpoint.Provider).Token) }
