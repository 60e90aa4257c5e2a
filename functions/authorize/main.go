// Command authorize is the Lambda of the doors for people: /authorize, sign-in,
// choice of an account, consent, sign-out.
package main

import (
	"github.com/ostiary-auth/ostiary/functions/internal/wiring"
	"github.com/ostiary-auth/ostiary/pkg/gateway"
	"github.com/ostiary-auth/ostiary/pkg/pages"
)

func main() {
	p := wiring.Open()
	doors, err := pages.New(p.Parts, p.Log)
	gateway.Check(err)
	p.Start(doors.Handler())
}
