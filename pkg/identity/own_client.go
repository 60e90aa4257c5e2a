package identity

import (
	"slices"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// The IDs of the provider's own pages, to which people are led as to a client.
const (
	AccountClient = "ostiary-account"
	AdminClient   = "ostiary-admin"
)

// IsOwnClient reports whether the ID is that of pages of the provider. No client is
// registered by it, or known by it if one was before there were such pages: it would
// sign people in under the provider's own name.
func IsOwnClient(id string) bool { return slices.Contains([]string{AccountClient, AdminClient}, id) }

func errOwnClient() error {
	return oauth.InvalidClientMetadata.Errorf("the client_id is one of the provider's own: %w", ErrTaken)
}

func errNoClient() error {
	return oauth.InvalidClient.Errorf("unknown client: %w", store.ErrNotFound)
}
