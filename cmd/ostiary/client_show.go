package main

import (
	"fmt"
	"io"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// shownClient is a client as RFC 7591 §3.2.1 writes it, with when its secrets
// begin and end.
type shownClient struct {
	ID       string        `json:"client_id"`
	IssuedAt int64         `json:"client_id_issued_at"`
	Secrets  []shownSecret `json:"secrets,omitempty"`
	oauth.ClientMetadata
}

type shownSecret struct {
	Created time.Time `json:"created"`
	Expires time.Time `json:"expires,omitzero"`
}

func show(client oauth.Client) shownClient {
	shown := shownClient{ID: client.ID, IssuedAt: client.IssuedAt.Unix(), ClientMetadata: client.ClientMetadata}
	for _, secret := range client.Secrets {
		shown.Secrets = append(shown.Secrets, shownSecret{secret.Created, secret.Expires})
	}
	return shown
}

// newSecret is a client with the secret that was just made for it: the only time
// that a secret is shown.
type newSecret struct {
	Secret        string `json:"client_secret,omitempty"`
	SecretExpires *int64 `json:"client_secret_expires_at,omitempty"` // 0, required beside a secret: never
	shownClient
}

func (a *app) printNewSecret(client oauth.Client, secret oauth.Secret) error {
	made := newSecret{shownClient: show(client)}
	if secret != "" {
		made.Secret, made.SecretExpires = string(secret), new(int64)
	}
	return a.print(made, func(w io.Writer) {
		fmt.Fprintf(w, "client_id      %s\n", client.ID)
		if secret != "" {
			fmt.Fprintf(w, "client_secret  %s\n", made.Secret)
			fmt.Fprintln(a.err, "The secret is kept as a hash: note it down now.")
		}
	})
}
