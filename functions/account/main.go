// Command account is the Lambda of the account page, on which people look after their
// account themselves. It stands apart from authorize, because it alone may delete what
// lies with a person.
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
	p.Start(doors.Account())
}
