package identity

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
	"github.com/ostiary-auth/ostiary/pkg/store/bolt"
)

// A client that was registered before the provider had pages of that name is none: it
// can neither have tokens nor be changed, but it can be cleared away.
func TestAClientThatTookTheNameOfOwnPagesIsUnknown(t *testing.T) {
	db, err := bolt.Open(filepath.Join(t.TempDir(), "test.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	table := db.Table("user")
	clients := NewClients(table, nil)
	old := oauth.Client{ID: AccountClient, IssuedAt: time.Now(), ClientMetadata: oauth.ClientMetadata{
		TokenEndpointAuthMethod: oauth.NoAuth, GrantTypes: []oauth.GrantType{oauth.Password},
	}}
	if err := table.Write(t.Context(), store.Put(clientKey(old.ID), old)); err != nil {
		t.Fatal(err)
	}
	if _, err := clients.Get(t.Context(), old.ID); !oauth.InvalidClient.In(err) || !isNotFound(err) {
		t.Errorf("Get: got %v", err)
	}
	_, err = clients.Update(t.Context(), old.ID, func(m *oauth.ClientMetadata) error { m.ClientName = "Mine"; return nil })
	if !oauth.InvalidClient.In(err) {
		t.Errorf("Update: got %v", err)
	}
	if err := clients.Delete(t.Context(), old.ID); err != nil {
		t.Errorf("Delete: got %v", err)
	}
}
