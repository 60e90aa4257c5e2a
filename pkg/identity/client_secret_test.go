package identity_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

func TestJ22SecretsShorterThanTheHashAreRefused(t *testing.T) {
	clients, _ := newClients(t)
	for name, c := range map[string]struct {
		secret oauth.Secret
		method oauth.AuthMethod
		code   oauth.Code
	}{
		"32 bytes":                    {oauth.Secret(strings.Repeat("s", 32)), oauth.ClientSecretBasic, ""},
		"31 bytes":                    {oauth.Secret(strings.Repeat("s", 31)), oauth.ClientSecretBasic, oauth.InvalidClientMetadata},
		"257 bytes":                   {oauth.Secret(strings.Repeat("s", 257)), oauth.ClientSecretPost, oauth.InvalidClientMetadata},
		"a line break at the end":     {oauth.Secret(strings.Repeat("s", 40) + "\n"), oauth.ClientSecretPost, oauth.InvalidClientMetadata},
		"not ASCII":                   {oauth.Secret(strings.Repeat("é", 32)), oauth.ClientSecretPost, oauth.InvalidClientMetadata},
		"of a client that needs none": {oauth.Secret(strings.Repeat("s", 32)), oauth.NoAuth, oauth.InvalidClientMetadata},
	} {
		for _, alg := range []oauth.Alg{"", oauth.HS256} {
			if c.method == oauth.NoAuth && alg != "" {
				continue
			}
			_, _, err := clients.Add(t.Context(), identity.Registration{Secret: c.secret, ClientMetadata: oauth.ClientMetadata{
				TokenEndpointAuthMethod: c.method, IDTokenSignedResponseAlg: alg, GrantTypes: []oauth.GrantType{oauth.Password},
			}})
			if code(err) != c.code {
				t.Errorf("%s, %q: got %v, want %q", name, alg, err, c.code)
			}
			if err != nil && strings.Contains(err.Error(), string(c.secret)) {
				t.Errorf("%s: the error shows the secret", name)
			}
		}
	}
}

func TestASecretIsHashedUnlessHMACNeedsIt(t *testing.T) {
	clients, _ := newClients(t)
	for alg, sealed := range map[oauth.Alg]bool{"": false, oauth.ES256: false, oauth.HS256: true} {
		client, secret := register(t, clients, identity.Registration{ClientMetadata: oauth.ClientMetadata{AccessTokenSignedResponseAlg: alg}})
		kept := client.Secrets[0]
		if !bytes.Equal(kept.Hash, secret.Hash()) || (kept.Sealed != nil) != sealed {
			t.Errorf("%q: kept %+v", alg, kept)
		}
		record, err := json.Marshal(client)
		if err != nil || strings.Contains(string(record), string(secret)) {
			t.Errorf("%q: the record shows the secret, %v", alg, err)
		}
		switch clear, err := clients.SecretInClear(t.Context(), client); {
		case sealed && (err != nil || clear != secret):
			t.Errorf("%q: the secret in clear: %v", alg, err)
		case !sealed && code(err) != oauth.ServerError:
			t.Errorf("%q: got %v", alg, err)
		}
	}
}

func TestASealedSecretOpensForItsClientOnly(t *testing.T) {
	clients, _ := newClients(t)
	hmac := oauth.ClientMetadata{IDTokenSignedResponseAlg: oauth.HS256}
	a, _ := register(t, clients, identity.Registration{ID: "a", ClientMetadata: hmac})
	b, _ := register(t, clients, identity.Registration{ID: "b", ClientMetadata: hmac})
	b.Secrets = a.Secrets
	if _, err := clients.SecretInClear(t.Context(), b); err == nil {
		t.Error("one client's sealed secret opened for another")
	}
}

func TestRotatedSecretsOverlap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		clients, _ := newClients(t)
		_, first := register(t, clients, identity.Registration{ID: "app", ClientMetadata: oauth.ClientMetadata{IDTokenSignedResponseAlg: oauth.HS256}})
		rotate := func(overlap time.Duration) (oauth.Client, oauth.Secret) {
			t.Helper()
			client, secret, err := clients.RotateSecret(t.Context(), "app", overlap)
			if err != nil {
				t.Fatal(err)
			}
			return client, secret
		}
		want := func(client oauth.Client, secrets ...oauth.Secret) {
			t.Helper()
			got, err := clients.SecretsInClear(t.Context(), client)
			if err != nil || len(got) != len(secrets) {
				t.Fatalf("%d secrets are good, %v; want %d", len(got), err, len(secrets))
			}
			for i, secret := range secrets {
				if got[i] != secret || !bytes.Equal(client.Secrets[i].Hash, secret.Hash()) {
					t.Errorf("secret %d is another", i)
				}
			}
		}
		client, second := rotate(time.Hour)
		want(client, second, first)
		client, third := rotate(time.Hour)
		want(client, third, second) // never three
		<-time.After(time.Hour)
		want(client, third)
		client, fourth := rotate(0)
		want(client, fourth)
		if len(client.Secrets) != 1 {
			t.Errorf("%d secrets are kept, want 1", len(client.Secrets))
		}
	})
}

func TestOfTwoSecretsOneIsWithdrawn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		clients, _ := newClients(t)
		_, first := register(t, clients, identity.Registration{ID: "app"})
		withdraw := func(place string, stays oauth.Secret) {
			t.Helper()
			client, err := clients.WithdrawSecretAt(t.Context(), "app", "", place)
			if err != nil || len(client.Secrets) != 1 || !bytes.Equal(client.Secrets[0].Hash, stays.Hash()) || !client.Secrets[0].Expires.IsZero() {
				t.Fatalf("%s: got %+v, %v", place, client.Secrets, err)
			}
		}
		refuse := func(name, at, place string, want func(error) bool) {
			t.Helper()
			if _, err := clients.WithdrawSecretAt(t.Context(), "app", at, place); !want(err) {
				t.Errorf("%s: got %v", name, err)
			}
		}
		metadata := func(err error) bool { return code(err) == oauth.InvalidClientMetadata }
		refuse("the only one", "", "current", metadata)
		rotate := func() oauth.Secret {
			_, secret, err := clients.RotateSecret(t.Context(), "app", time.Hour)
			if err != nil {
				t.Fatal(err)
			}
			return secret
		}
		rotate()
		refuse("another version", "0", "former", func(err error) bool { return errors.Is(err, identity.ErrVersion) })
		refuse("no such place", "", "third", func(err error) bool { return code(err) == oauth.InvalidRequest })
		withdraw("current", first) // which ends no more
		second := rotate()
		withdraw("former", second)
		rotate()
		<-time.After(time.Hour)
		refuse("the former has ended", "", "current", metadata)
	})
}

func TestRotateSecretRefuses(t *testing.T) {
	clients, _ := newClients(t)
	register(t, clients, identity.Registration{ID: "app"})
	register(t, clients, identity.Registration{ID: "public", ClientMetadata: oauth.ClientMetadata{
		TokenEndpointAuthMethod: oauth.NoAuth, GrantTypes: []oauth.GrantType{oauth.Password},
	}})
	for name, c := range map[string]struct {
		id      string
		overlap time.Duration
		code    oauth.Code
	}{
		"a public client":        {"public", 0, oauth.InvalidClientMetadata},
		"an unknown client":      {"unknown", 0, oauth.InvalidClient},
		"an overlap of a year":   {"app", 365 * 24 * time.Hour, oauth.InvalidRequest},
		"an overlap in the past": {"app", -time.Second, oauth.InvalidRequest},
	} {
		if _, _, err := clients.RotateSecret(t.Context(), c.id, c.overlap); code(err) != c.code {
			t.Errorf("%s: got %v, want %q", name, err, c.code)
		}
	}
}
