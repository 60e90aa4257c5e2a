// Command userinfo is the Lambda of /userinfo.
package main

import (
	"github.com/ostiary-auth/ostiary/functions/internal/wiring"
	"github.com/ostiary-auth/ostiary/pkg/endpoint"
)

func main() { wiring.Serve((*endpoint.Provider).Userinfo) }
