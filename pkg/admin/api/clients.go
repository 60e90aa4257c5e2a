package api

import (
	"net/http"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/admin"
	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// NewClient is a client with the secret that was just made for it: the only time that
// one is shown.
type NewClient struct {
	Secret        string `json:"client_secret,omitempty"`
	SecretExpires *int64 `json:"client_secret_expires_at,omitempty"` // 0, required beside a secret: never
	admin.Client
}

// Rotation is how a secret takes another's place.
type Rotation struct {
	Overlap int `json:"overlap,omitempty"` // for how many seconds the one before stays good
}

func (a *API) clientRoutes() []route {
	const one = "/clients/{client}"
	return []route{
		{
			method: "GET", path: "/clients", name: "listClients", summary: "List clients in the order of their IDs", scope: admin.ClientsRead,
			query: paging(parameter{name: "prefix", text: "What IDs begin with."},
				parameter{name: "name", text: "What names begin with, however written. A page may hold fewer clients than its limit."}),
			out: List[admin.Client]{}, status: 200, act: a.listClients,
		},
		{
			method: "POST", path: "/clients", name: "addClient", summary: "Register a client; its secret is in the answer, once",
			scope: admin.ClientsWrite, in: identity.Registration{}, out: NewClient{}, status: 201, created: true, etag: true, act: a.addClient,
		},
		{
			method: "GET", path: one, name: "getClient", summary: "Get a client", scope: admin.ClientsRead,
			out: admin.Client{}, status: 200, etag: true, act: a.getClient,
		},
		{
			method: "PUT", path: one, name: "replaceClient", summary: "Replace a client's metadata; what is left out is gone, or its default",
			scope: admin.ClientsWrite, in: oauth.ClientMetadata{}, out: admin.Client{}, status: 200, etag: true,
			version: a.clientVersion, act: a.replaceClient,
		},
		{
			method: "PATCH", path: one, name: "changeClient", summary: "Change a client's metadata", scope: admin.ClientsWrite,
			in: oauth.ClientMetadata{}, out: admin.Client{}, status: 200, etag: true, version: a.clientVersion, act: a.patchClient,
		},
		{
			method: "DELETE", path: one, name: "deleteClient", summary: "Delete a client, and end all tokens that it was given",
			scope: admin.ClientsWrite, status: 204, version: a.clientVersion, act: func(c *call) (answer, error) {
				return answer{status: 204}, a.desk.DeleteClient(c.Context(), c.by, c.PathValue("client"), c.at)
			},
		},
		{
			method: "POST", path: one + "/secret", name: "rotateSecret", summary: "Give a client a new secret; it is in the answer, once",
			scope: admin.ClientsWrite, in: Rotation{}, inOptional: true, out: NewClient{}, status: 200, etag: true, act: a.rotateSecret,
		},
		{
			method: "DELETE", path: one + "/secrets/{secret}", name: "withdrawSecret",
			summary: "End the current or the former of a client's two secrets; the other one stays, and ends no more",
			scope:   admin.ClientsWrite, status: 204, version: a.clientVersion, act: func(c *call) (answer, error) {
				_, err := a.desk.WithdrawSecret(c.Context(), c.by, c.PathValue("client"), c.at, c.PathValue("secret"))
				return answer{status: 204}, err
			},
		},
	}
}

func (a *API) listClients(c *call) (answer, error) {
	page, err := a.page(c, "clients")
	if err != nil {
		return answer{}, err
	}
	query := c.URL.Query()
	found, next, err := a.desk.Clients(c.Context(), c.by, query.Get("prefix"), query.Get("name"), page)
	if err != nil {
		return answer{}, err
	}
	return listed(a, c, "clients", found, next, admin.Show)
}

func (a *API) addClient(c *call) (answer, error) {
	wanted, err := decode[identity.Registration](c.body)
	if err != nil {
		return answer{}, err
	}
	client, secret, err := a.desk.AddClient(c.Context(), c.by, wanted)
	if err != nil {
		return answer{}, err
	}
	made, err := a.newSecret(c, client.ID, secret)
	made.status, made.header = 201, http.Header{"Location": {a.location("clients", client.ID)}}
	return made, err
}

// newSecret answers with a client and the secret that it has just got, if any.
func (a *API) newSecret(c *call, id string, secret oauth.Secret) (answer, error) {
	client, version, err := a.desk.ChangedClient(c.Context(), c.by, id)
	shown := NewClient{Client: admin.Show(client)}
	if secret != "" {
		shown.Secret, shown.SecretExpires = string(secret), new(int64)
	}
	return answer{status: 200, body: shown, version: version}, err
}

func (a *API) getClient(c *call) (answer, error) {
	client, version, err := a.desk.Client(c.Context(), c.by, c.PathValue("client"))
	return answer{status: 200, body: admin.Show(client), version: version}, err
}

func (a *API) clientVersion(c *call) (string, error) {
	_, version, err := a.desk.ChangedClient(c.Context(), c.by, c.PathValue("client"))
	return version, err
}

func (a *API) replaceClient(c *call) (answer, error) {
	wanted, err := decode[oauth.ClientMetadata](c.body)
	if err != nil {
		return answer{}, err
	}
	return a.changeClient(c, func(m *oauth.ClientMetadata) error { *m = wanted; return nil })
}

func (a *API) patchClient(c *call) (answer, error) {
	return a.changeClient(c, func(m *oauth.ClientMetadata) (err error) {
		*m, err = patched(*m, c.body)
		return err
	})
}

func (a *API) changeClient(c *call, change func(*oauth.ClientMetadata) error) (answer, error) {
	id := c.PathValue("client")
	if _, err := a.desk.ChangeClient(c.Context(), c.by, id, c.at, change); err != nil {
		return answer{}, err
	}
	client, version, err := a.desk.ChangedClient(c.Context(), c.by, id)
	return answer{status: 200, body: admin.Show(client), version: version}, err
}

func (a *API) rotateSecret(c *call) (answer, error) {
	how, err := decode[Rotation](c.body)
	if err != nil {
		return answer{}, err
	}
	if how.Overlap < 0 || how.Overlap > int(identity.MaxSecretOverlap/time.Second) { // before it overflows as a Duration
		return answer{}, problem{invalid, "overlap is from 0 to 7776000 seconds"}
	}
	client, secret, err := a.desk.RotateSecret(c.Context(), c.by, c.PathValue("client"), time.Duration(how.Overlap)*time.Second)
	if err != nil {
		return answer{}, err
	}
	return a.newSecret(c, client.ID, secret)
}
