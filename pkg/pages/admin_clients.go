package pages

import (
	"net/http"
	"strings"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/admin"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// clientsView is what a search has found.
type clientsView struct {
	Asked   string
	Clients []clientRow
	Next    string
}

type clientRow struct{ ID, Name, Path string }

// showClients finds clients by the beginning of their ID, or of their name.
func (p *Pages) showClients(w http.ResponseWriter, v *visit, me administrator) error {
	view := clientsView{Asked: strings.TrimSpace(v.params.Get("q"))}
	page := store.Page{Limit: adminPageSize, After: v.params.Get("after")}
	found, next, err := p.desk.Clients(v.Context(), me.by, view.Asked, "", page)
	if err != nil {
		return err
	}
	if len(found) == 0 && view.Asked != "" {
		if found, next, err = p.desk.Clients(v.Context(), me.by, "", view.Asked, store.Page{Limit: 500, After: page.After}); err != nil {
			return err
		}
	}
	for _, client := range found {
		view.Clients = append(view.Clients, clientRow{client.ID, client.ClientName, "/clients/" + segment(client.ID)})
	}
	view.Next = nextQuery(v, next.After)
	return p.renderAdmin(w, v, me, view)
}

// adminClient is what an administrator sees of a client.
type adminClient struct {
	admin.Client
	Issued   moment
	Settings clientSettings
	Secret   string // that was just made, shown once
	Rotates  bool
	Log      string
	Segment  string // its ID in paths
}

// clientSettings are what its developer puts into a library.
type clientSettings struct{ Issuer, Discovery, TokenEndpoint string }

// showAdminClient shows a client and its settings.
func (p *Pages) showAdminClient(w http.ResponseWriter, v *visit, me administrator) error {
	client, _, err := p.desk.Client(v.Context(), me.by, v.PathValue("client"))
	if err != nil {
		return err
	}
	return p.renderClient(w, v, me, client, "")
}

func (p *Pages) renderClient(w http.ResponseWriter, v *visit, me administrator, client oauth.Client, secret oauth.Secret) error {
	me.at.name = "client" // also after its registration
	return p.renderAdmin(w, v, me, adminClient{
		Client: admin.Show(client), Issued: moment{client.IssuedAt}, Secret: string(secret), Rotates: client.NeedsSecret(),
		Settings: clientSettings{p.cfg.Issuer, p.cfg.Issuer + "/.well-known/openid-configuration", p.cfg.Issuer + "/token"},
		Log:      "/events?client_id=" + segment(client.ID), Segment: segment(client.ID),
	})
}

// secretOverlap is for how long a former secret stays good.
const secretOverlap = 24 * time.Hour

// rotateClientSecret gives a client a new secret, and shows it on the answer to the form.
func (p *Pages) rotateClientSecret(w http.ResponseWriter, v *visit, me administrator) (outcome, error) {
	overlap := secretOverlap
	if v.params.Get("at_once") != "" {
		overlap = 0
	}
	client, secret, err := p.desk.RotateSecret(v.Context(), me.by, v.PathValue("client"), overlap)
	if err != nil {
		return outcome{}, err
	}
	return outcome{}, p.renderClient(w, v, me, client, secret)
}

// deleteClient deletes a client whose ID was typed.
func (p *Pages) deleteClient(_ http.ResponseWriter, v *visit, me administrator) (outcome, error) {
	id := v.PathValue("client")
	_, version, err := p.desk.ChangedClient(v.Context(), me.by, id)
	if err != nil {
		return outcome{}, err
	}
	if v.params.Get("client_id") != id {
		return outcome{}, errNotTyped()
	}
	return outcome{"/clients", "admin_client_deleted"}, p.desk.DeleteClient(v.Context(), me.by, id, version)
}
