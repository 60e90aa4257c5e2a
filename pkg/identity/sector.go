package identity

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strings"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// Sector returns the sector identifier of a pairwise client (OpenID Connect Core
// §8.1): clients of one sector know a person by the same sub, others by another.
// It is the host of sector_identifier_uri, else the one that all redirect URIs
// share. The error is invalid_client_metadata.
func (c *Clients) Sector(client oauth.Client) (string, error) { return sector(client.ClientMetadata) }

func sector(m oauth.ClientMetadata) (string, error) {
	if m.SectorIdentifierURI != "" {
		return host(m.SectorIdentifierURI), nil
	}
	var shared string
	for i, uri := range m.RedirectURIs {
		of := host(uri)
		switch {
		case of == "":
			return "", oauth.InvalidClientMetadata.Errorf("subject_type pairwise needs sector_identifier_uri, for %s has no host", uri)
		case m.ApplicationType == nativeApplication && oauth.Loopback(of):
			// Every native app has this host: they would all be one sector.
			return "", oauth.InvalidClientMetadata.Errorf("subject_type pairwise of a native client on a loopback address needs sector_identifier_uri")
		case i > 0 && of != shared:
			return "", oauth.InvalidClientMetadata.Errorf("subject_type pairwise needs sector_identifier_uri, for redirect_uris have several hosts")
		}
		shared = of
	}
	if shared == "" {
		return "", oauth.InvalidClientMetadata.Errorf("subject_type pairwise needs redirect_uris or sector_identifier_uri")
	}
	return shared, nil
}

// host returns the host without its port, as hosts are compared: in lower case. What
// stands in its place in a URI of a private scheme is no host: any app may choose it.
func host(uri string) string {
	u, err := url.Parse(uri)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" {
		return ""
	}
	return strings.ToLower(u.Hostname())
}

// preparePairwise does what a pairwise client needs before it is registered.
func (c *Clients) preparePairwise(ctx context.Context, before, after oauth.ClientMetadata) error {
	if after.SectorIdentifierURI != "" &&
		(after.SectorIdentifierURI != before.SectorIdentifierURI || !slices.Equal(after.RedirectURIs, before.RedirectURIs)) {
		if err := c.checkSectorDocument(ctx, after); err != nil {
			return err
		}
	}
	if after.SubjectType != oauth.PairwiseSubject {
		return nil
	}
	return c.makeSalt(ctx)
}

// checkSectorDocument asks the sector whether it knows the client's redirect URIs
// (OpenID Connect Core §8.1). Otherwise anybody could register into a sector and
// learn by which sub its clients know a person.
func (c *Clients) checkSectorDocument(ctx context.Context, m oauth.ClientMetadata) error {
	if len(m.RedirectURIs) == 0 { // by which the sector would know the client
		return oauth.InvalidClientMetadata.Errorf("sector_identifier_uri needs redirect_uris")
	}
	if c.fetch == nil {
		return oauth.InvalidClientMetadata.Errorf("sector_identifier_uri cannot be fetched from here")
	}
	document, err := c.fetch(ctx, m.SectorIdentifierURI)
	if err != nil && ctx.Err() != nil { // ours, or who asked has gone
		return err
	}
	if err != nil { // a slow site is no outage of ours: of err only the text counts
		return oauth.InvalidClientMetadata.Errorf("sector_identifier_uri cannot be fetched: %w", errors.New(err.Error()))
	}
	var listed []string
	if err := json.Unmarshal(document, &listed); err != nil {
		return oauth.InvalidClientMetadata.Errorf("sector_identifier_uri is no JSON array of redirect URIs: %w", err)
	}
	for _, uri := range m.RedirectURIs {
		if !slices.Contains(listed, uri) {
			return oauth.InvalidClientMetadata.Errorf("sector_identifier_uri does not list %s", uri)
		}
	}
	return nil
}
