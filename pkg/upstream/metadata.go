package upstream

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/ostiary-auth/ostiary/pkg/fetch"
	"github.com/ostiary-auth/ostiary/pkg/jose"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/verify"
)

// metadata are the members of a provider's metadata that are of use here (OpenID Connect
// Discovery §3, RFC 9207 §3, RP-Initiated Logout §2.1).
type metadata struct {
	authorization, token, userinfo, endSession string

	algs          []oauth.Alg // by which it signs id_tokens, and that are verified here
	assertionAlgs []string    // by which it takes assertions; empty: it does not say
	sendsIssuer   bool        // iss comes with every answer
}

// document is a provider's metadata and keys, fetched when they are needed and kept.
type document struct {
	metadata *verify.Metadata
	keys     verify.KeySource
}

// documents are those of all providers that were needed so far. There are as many as an
// operator has added, in the life of a process.
type documents struct {
	client *fetch.Client

	mu   sync.Mutex
	kept map[[2]string]document
}

// of returns a provider's document. Where the settings change, another is kept.
func (d *documents) of(p Provider) document {
	d.mu.Lock()
	defer d.mu.Unlock()
	key := [2]string{p.Issuer, p.DiscoveryURI}
	found, ok := d.kept[key]
	if ok {
		return found
	}
	if p.DiscoveryURI != "" {
		found.metadata = verify.NewMetadataAt(d.client, p.DiscoveryURI, p.Issuer)
	} else {
		found.metadata = verify.NewMetadata(d.client, p.Issuer)
	}
	found.keys = verify.NewDiscoveredKeys(d.client, found.metadata, verify.ForeignKeysMaxAge)
	if d.kept == nil {
		d.kept = map[[2]string]document{}
	}
	d.kept[key] = found
	return found
}

// metadata returns what is to be known of a provider.
func (r *RelyingParty) metadata(ctx context.Context, p Provider) (metadata, error) {
	if p.Kind == GitHub {
		return githubMetadata(p), nil
	}
	members, err := r.documents.of(p).metadata.Members(ctx)
	if err != nil {
		return metadata{}, err
	}
	return readMetadata(p, members)
}

func readMetadata(p Provider, members jose.Claims) (metadata, error) {
	var m metadata
	for _, member := range []struct {
		name  string
		value *string
	}{
		{"authorization_endpoint", &m.authorization},
		{"token_endpoint", &m.token},
		{"userinfo_endpoint", &m.userinfo},
		{"end_session_endpoint", &m.endSession},
	} {
		var err error
		if *member.value, _, err = members.String(member.name); err != nil {
			return metadata{}, fmt.Errorf("metadata: %w", err)
		}
		if err := checkEndpoint(p, *member.value); err != nil {
			return metadata{}, fmt.Errorf("metadata: %s: %w", member.name, err)
		}
	}
	if m.authorization == "" || m.token == "" {
		return metadata{}, errors.New("metadata: there is no authorization_endpoint or token_endpoint")
	}
	m.sendsIssuer, _ = members["authorization_response_iss_parameter_supported"].(bool)
	m.assertionAlgs, _, _ = members.Strings("token_endpoint_auth_signing_alg_values_supported") // malformed: it does not say
	var err error
	m.algs, err = signingAlgs(p, members)
	return m, err
}

// checkEndpoint keeps people off plain http, whoever wrote the metadata: codes and
// cookies travel there. What we call ourselves the dialer checks once more.
func checkEndpoint(p Provider, uri string) error {
	if uri == "" {
		return nil
	}
	u, err := url.Parse(uri)
	if err != nil || u.Host == "" || u.User != nil || u.Fragment != "" {
		return errors.New("it is no URL")
	}
	if !oauth.SecureURI(u) || u.Scheme == "http" && !strings.HasPrefix(p.Issuer, "http://") {
		return errors.New("it is not https")
	}
	return nil
}

// signingAlgs is what both sides know, without HS256, which would let whoever knows the
// client secret say who somebody is. An operator who wants that says so by IDTokenAlg.
func signingAlgs(p Provider, members jose.Claims) ([]oauth.Alg, error) {
	if p.IDTokenAlg != "" {
		return []oauth.Alg{p.IDTokenAlg}, nil
	}
	named, present, err := members.Strings("id_token_signing_alg_values_supported")
	if err != nil {
		return nil, fmt.Errorf("metadata: %w", err)
	}
	if !present {
		return []oauth.Alg{oauth.RS256}, nil // OpenID Connect Core §3.1.3.7, step 7
	}
	algs := slices.DeleteFunc(verify.ProfileIDToken.Algs(), func(alg oauth.Alg) bool { return !slices.Contains(named, string(alg)) })
	if len(algs) == 0 {
		return nil, errors.New("metadata: id_tokens are signed by no algorithm that is verified here")
	}
	return algs, nil
}
