package pages

import (
	"context"

	"github.com/ostiary-auth/ostiary/pkg/admin"
)

// consentRow is what a client may have of somebody.
type consentRow struct {
	Client, Path string // Path is where the client is, "" for who may not see clients
	Scope        string
	Claims       []string
	Given        moment
}

// consentsOf lists them for who may see them.
func (p *Pages) consentsOf(ctx context.Context, me administrator, id string) ([]consentRow, error) {
	if me.by.May(admin.ConsentsRead) != nil {
		return nil, nil
	}
	found, err := p.desk.Consents(ctx, me.by, id)
	if err != nil {
		return nil, err
	}
	rows := make([]consentRow, len(found))
	for i, c := range found {
		rows[i] = consentRow{Client: c.ClientID, Scope: c.Scope.String(), Claims: c.Claims, Given: moment{c.Since}}
		if me.by.May(admin.ClientsRead) == nil {
			rows[i].Path = "/clients/" + segment(c.ClientID)
		}
	}
	return rows, nil
}
