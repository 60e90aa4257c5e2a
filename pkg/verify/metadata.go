package verify

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/ostiary-auth/ostiary/pkg/fetch"
	"github.com/ostiary-auth/ostiary/pkg/jose"
)

// Metadata is an issuer's discovery document (OpenID Connect Discovery §4), fetched
// when it is needed and kept.
type Metadata struct{ remote[endpoints] }

// endpoints are the members of metadata that we use: OpenID Connect Discovery §3,
// RFC 8414 §2.
type endpoints struct {
	jwks, introspection, userinfo string

	all jose.Claims
}

// NewMetadata returns the metadata of an issuer, which its URL alone leads to.
func NewMetadata(client *fetch.Client, issuer string) *Metadata {
	return NewMetadataAt(client, strings.TrimSuffix(issuer, "/")+"/.well-known/openid-configuration", issuer) // OpenID Connect Discovery §4
}

// NewMetadataAt is NewMetadata of an issuer that is no URL, such as a pattern for many,
// and whose document lies elsewhere.
func NewMetadataAt(client *fetch.Client, uri, issuer string) *Metadata {
	read := func(document []byte) (endpoints, error) { return readMetadata(issuer, document) }
	return &Metadata{newRemote(client, ForeignKeysMaxAge, at(uri), read)}
}

// Members returns the whole document, for who speaks to the issuer as its client. It is
// not to be changed.
func (m *Metadata) Members(ctx context.Context) (jose.Claims, error) {
	e, err := m.get(ctx, func(endpoints) bool { return true })
	if err != nil {
		return nil, fmt.Errorf("discover the issuer: %w", err)
	}
	return e.all, nil
}

func readMetadata(issuer string, document []byte) (endpoints, error) {
	members, err := jose.ParseClaims(document)
	if err != nil {
		return endpoints{}, fmt.Errorf("read the issuer's metadata: %w", err)
	}
	// Whoever can place a document somewhere must not speak for another: OpenID
	// Connect Discovery §4.3.
	if named, _, err := members.String("issuer"); err != nil || named != issuer {
		return endpoints{}, errors.New("read the issuer's metadata: it is another issuer's")
	}
	e := endpoints{all: members}
	for name, uri := range map[string]*string{
		"jwks_uri": &e.jwks, "introspection_endpoint": &e.introspection, "userinfo_endpoint": &e.userinfo,
	} {
		if *uri, _, err = members.String(name); err != nil {
			return endpoints{}, fmt.Errorf("read the issuer's metadata: %w", err)
		}
	}
	return e, nil
}

func (m *Metadata) jwksURI(ctx context.Context) (string, error) {
	return m.address(ctx, "jwks_uri", func(e endpoints) string { return e.jwks })
}

func (m *Metadata) introspectionEndpoint(ctx context.Context) (string, error) {
	return m.address(ctx, "introspection_endpoint", func(e endpoints) string { return e.introspection })
}

func (m *Metadata) userinfoEndpoint(ctx context.Context) (string, error) {
	return m.address(ctx, "userinfo_endpoint", func(e endpoints) string { return e.userinfo })
}

// address returns one, which is fetched from only if it is https: see fetch.
func (m *Metadata) address(ctx context.Context, name string, of func(endpoints) string) (string, error) {
	e, err := m.get(ctx, func(endpoints) bool { return true })
	if err != nil {
		return "", fmt.Errorf("discover %s: %w", name, err)
	}
	if of(e) == "" {
		return "", fmt.Errorf("discover %s: the issuer names none", name)
	}
	return of(e), nil
}
