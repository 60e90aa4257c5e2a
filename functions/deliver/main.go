// Command deliver is the Lambda that drains the outbox: it tells clients that a
// session has ended, and sends mails. The state table's stream calls it at once, and a
// schedule for what must be tried again; then it also finishes deletions that broke off.
package main

import (
	"github.com/ostiary-auth/ostiary/functions/internal/wiring"
	"github.com/ostiary-auth/ostiary/pkg/endpoint"
	"github.com/ostiary-auth/ostiary/pkg/gateway"
)

func main() {
	p := wiring.Open()
	send, err := sender(p.Config)
	gateway.Check(err)
	wiring.Schedule(p, func(provider *endpoint.Provider) *endpoint.Provider { return provider.WithMail(send) }, (*endpoint.Provider).Tidy)
}
