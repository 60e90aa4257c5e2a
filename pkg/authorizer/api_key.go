package authorizer

import (
	"context"
	"net/http"
	"slices"

	"github.com/ostiary-auth/ostiary/pkg/config"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/verify"
)

// Lookup returns what an API key may do, as if a token said it. It returns
// invalid_token for one that is unknown, expired, disabled, or not for this API; any
// other error is ours.
type Lookup func(ctx context.Context, key string) (oauth.AccessToken, error)

// Tables are what a gate with tables can do more than one without: take API keys, and
// remember used DPoP proofs for all of its instances.
type Tables struct {
	APIKey Lookup
	Once   verify.Once
}

// With returns the settings for a gate that has tables.
func (s Settings) With(tables Tables) Settings {
	s.tables = tables
	return s
}

// apiKeys returns what looks API keys up, nil where no source has any.
func (s Settings) apiKeys() (Lookup, config.Faults) {
	for _, source := range s.Sources {
		if source.APIKeyHeader != "" && s.tables.APIKey == nil {
			return nil, config.Faults{"settings: api_key_header takes the function authorizer_table, which has the table of keys: " +
				"deploy infra/authorizer-table.yaml, or leave the source out"}
		}
	}
	return s.tables.APIKey, nil
}

// audiences are the identifiers of this API, by which every issuer may know it
// differently.
func (s Settings) audiences() []string {
	var all []string
	for _, issuer := range s.Issuers {
		all = append(all, issuer.Audience...)
	}
	for _, issuer := range s.Introspection {
		all = append(all, issuer.Audience...)
	}
	if s.Resource != nil {
		all = append(all, s.Resource.Resource)
	}
	return all
}

// checkAPIKey looks a key up. One that was made for another API is refused, like a
// token (RFC 8725 §3.9).
func (a *Authorizer) checkAPIKey(ctx context.Context, key string) (oauth.AccessToken, error) {
	t, err := a.keys(ctx, key)
	if err != nil {
		return oauth.AccessToken{}, err
	}
	if !slices.ContainsFunc(t.Audience, func(api string) bool { return slices.Contains(a.audience, api) }) {
		return oauth.AccessToken{}, oauth.InvalidToken.Errorf("the API key is for another API")
	}
	return t, nil
}

// fromAPIKeyHeader is a header with an API key and nothing else, so no scheme.
func fromAPIKeyHeader(name string) func(r Request) (string, error) {
	name = http.CanonicalHeaderKey(name)
	return func(r Request) (string, error) { return only(r.Header[name], name+" header") }
}

// usage is the usage plan's key that belongs to the credential. What a token says of
// it counts for nothing: its issuer does not own our usage plans.
func (c credential) usage(t oauth.AccessToken) string {
	if !c.apiKey {
		return ""
	}
	key, _ := t.Claims[oauth.UsageIdentifierKey].(string)
	return key
}
