// Command status is the Lambda of what was revoked. Every gate asks it every few
// seconds, and it signs its answers: it stands apart from discovery, so that
// neither its load nor an outage of KMS keeps anybody from the metadata and keys.
package main

import (
	"github.com/ostiary-auth/ostiary/functions/internal/wiring"
	"github.com/ostiary-auth/ostiary/pkg/endpoint"
)

func main() { wiring.Serve((*endpoint.Provider).Status) }
