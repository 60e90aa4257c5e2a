// Command admin is the Lambda of the Admin API and of the admin page. It alone may change everything, and
// nothing but administrators' requests reaches it.
package main

import (
	"github.com/ostiary-auth/ostiary/functions/internal/wiring"
	"github.com/ostiary-auth/ostiary/pkg/admin/api"
	"github.com/ostiary-auth/ostiary/pkg/gateway"
	"github.com/ostiary-auth/ostiary/pkg/pages"
)

func main() {
	p := wiring.Open()
	doors, err := pages.New(p.Parts, p.Log)
	gateway.Check(err)
	letters, err := pages.OpenLetters(p.Config)
	gateway.Check(err)
	mails := api.Letters{Reset: letters.Reset(), Invitation: letters.Invitation()}
	p.Start(api.New(p.Parts, mails, p.Log).Handler(doors.Admin()))
}
