// Command discovery is the Lambda of what everybody may read: metadata and keys.
package main

import (
	"github.com/ostiary-auth/ostiary/functions/internal/wiring"
	"github.com/ostiary-auth/ostiary/pkg/endpoint"
)

func main() { wiring.Serve((*endpoint.Provider).Discovery) }
