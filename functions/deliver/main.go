// Command deliver is the Lambda that drains the outbox: it tells clients that a
// session has ended. The state table's stream calls it at once, and a schedule for
// what must be tried again.
package main

import (
	"github.com/ostiary-auth/ostiary/functions/internal/wiring"
	"github.com/ostiary-auth/ostiary/pkg/endpoint"
)

func main() { wiring.Schedule((*endpoint.Provider).Deliver) }
