package verify_test

import (
	"testing"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/verify"
)

func TestClientSecret(t *testing.T) {
	now := time.Now()
	remember := func(secret oauth.Secret, expires time.Time) oauth.ClientSecret {
		return oauth.ClientSecret{Hash: secret.Hash(), Expires: expires}
	}
	rotating := oauth.Client{Secrets: []oauth.ClientSecret{
		remember("new", time.Time{}), remember("old", now.Add(time.Second)), remember("older", now), remember("", now.Add(-time.Hour)),
	}}
	public := oauth.Client{Secrets: rotating.Secrets}
	public.TokenEndpointAuthMethod = oauth.NoAuth
	for name, row := range map[string]struct {
		client oauth.Client
		secret oauth.Secret
		good   bool
	}{
		"the new one":           {rotating, "new", true},
		"the old one meanwhile": {rotating, "old", true},
		"one that expires now":  {rotating, "older", false},
		"one that expired":      {rotating, "", false},
		"a wrong one":           {rotating, "guess", false},
		"the beginning":         {rotating, "ne", false},
		"the hash itself":       {rotating, oauth.Secret(oauth.Secret("new").Hash()), false},
		"no secrets":            {oauth.Client{}, "", false},
		"a secret without hash": {oauth.Client{Secrets: []oauth.ClientSecret{{}}}, "", false},
		"a public client":       {public, "new", false},
		"the same secret twice": {oauth.Client{Secrets: []oauth.ClientSecret{remember("a", time.Time{}), remember("a", time.Time{})}}, "a", true},
	} {
		err := verify.ClientSecret(row.client, row.secret, now)
		if (err == nil) != row.good {
			t.Errorf("%s: got %v", name, err)
		}
		if err != nil && !oauth.InvalidClient.In(err) {
			t.Errorf("%s: got %v, want invalid_client", name, err)
		}
	}
}
