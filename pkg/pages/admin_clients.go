package pages

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/admin"
	"github.com/ostiary-auth/ostiary/pkg/identity"
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
	if err == nil && len(found) == 0 && view.Asked != "" {
		found, next, err = p.clientsByName(v.Context(), me, view.Asked, page)
	}
	if err != nil {
		return err
	}
	for _, client := range found {
		view.Clients = append(view.Clients, clientRow{client.ID, client.ClientName, "/clients/" + segment(client.ID)})
	}
	view.Next = nextQuery(v, next.After)
	return p.renderAdmin(w, v, me, view)
}

// clientsByName finds clients by the beginning of their name, which has no index: it looks
// through so many, and the next page goes on where it left off.
func (p *Pages) clientsByName(ctx context.Context, me administrator, name string, page store.Page) ([]oauth.Client, store.Page, error) {
	var found []oauth.Client
	for range 20 {
		more, next, err := p.desk.Clients(ctx, me.by, "", name, store.Page{Limit: 200, After: page.After})
		found = append(found, more...)
		if err != nil || next == (store.Page{}) && len(found) <= adminPageSize {
			return found, next, err
		}
		if page = next; len(found) > adminPageSize {
			found = found[:adminPageSize]
			return found, store.Page{After: found[adminPageSize-1].ID}, nil
		}
	}
	return found, page, nil
}

// adminClient is what an administrator sees of a client.
type adminClient struct {
	admin.Client
	Issued   moment
	Settings clientSettings
	Secret   string // that was just made, shown once
	Rotates  bool
	Good     []secretRow // its secrets that are good
	Version  string
	Log      string
	Path     string
	Deletion deletion
}

// secretRow is one of a client's two secrets.
type secretRow struct {
	Place            string // as identity.Clients.WithdrawSecretAt has it
	Name             string // word
	Created, Expires moment
}

// clientSettings are what its developer puts into a library.
type clientSettings struct{ Issuer, Discovery, TokenEndpoint string }

// showAdminClient shows a client and its settings.
func (p *Pages) showAdminClient(w http.ResponseWriter, v *visit, me administrator) error {
	client, version, err := p.desk.Client(v.Context(), me.by, v.PathValue("client"))
	if err != nil {
		return err
	}
	return p.renderClient(w, v, me, client, version, "")
}

// newClientSecret shows a client with the secret that it has just got, if any.
func (p *Pages) newClientSecret(w http.ResponseWriter, v *visit, me administrator, id string, secret oauth.Secret) error {
	client, version, err := p.desk.ChangedClient(v.Context(), me.by, id)
	if err != nil {
		return err
	}
	return p.renderClient(w, v, me, client, version, secret)
}

func (p *Pages) renderClient(w http.ResponseWriter, v *visit, me administrator, client oauth.Client, version string, secret oauth.Secret) error {
	path := "/clients/" + segment(client.ID)
	me.at.name, me.here = "client", p.path+adminPath+path // also after its registration
	view := adminClient{
		Client: admin.Show(client), Issued: moment{client.IssuedAt}, Secret: string(secret), Rotates: client.NeedsSecret(), Version: version,
		Settings: clientSettings{p.cfg.Issuer, p.cfg.Issuer + "/.well-known/openid-configuration", p.cfg.Issuer + "/token"},
		Log:      "/events?client_id=" + segment(client.ID), Path: path, Deletion: deletion{"client_id", "admin_confirm_client", version},
	}
	names := [2]string{"admin_secret_current", "admin_secret_former"}
	for i, place := range identity.SecretPlaces() {
		if i >= len(client.Secrets) {
			break
		}
		if kept := client.Secrets[i]; kept.Expires.IsZero() || p.now().Before(kept.Expires) {
			view.Good = append(view.Good, secretRow{place, names[i], moment{kept.Created}, moment{kept.Expires}})
		}
	}
	return p.renderAdmin(w, v, me, view)
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
	return outcome{}, p.newClientSecret(w, v, me, client.ID, secret)
}

// withdrawClientSecret ends one of a client's two secrets.
func (p *Pages) withdrawClientSecret(_ http.ResponseWriter, v *visit, me administrator) (outcome, error) {
	id := v.PathValue("client")
	version, err := seen(v)
	if err != nil {
		return outcome{}, err
	}
	_, err = p.desk.WithdrawSecret(v.Context(), me.by, id, version, v.params.Get("secret"))
	return outcome{"/clients/" + segment(id), "admin_secret_withdrawn"}, err
}

// deleteClient deletes a client whose ID was typed.
func (p *Pages) deleteClient(_ http.ResponseWriter, v *visit, me administrator) (outcome, error) {
	id := v.PathValue("client")
	if err := typedName(v, "client_id", id); err != nil {
		return outcome{}, err
	}
	version, err := seen(v)
	if err != nil {
		return outcome{}, err
	}
	return outcome{"/clients", "admin_client_deleted"}, p.desk.DeleteClient(v.Context(), me.by, id, version)
}
