package main

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// A session that the command line ends beside a running server is told to its client
// by that server.
func TestServeDeliversLogoutTokens(t *testing.T) {
	heard := make(chan string, 1)
	client := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		heard <- r.PostFormValue("logout_token")
	}))
	defer client.Close()
	folder, sids := signedInFolder(t)
	b, err := (&app{data: folder, err: t.Output()}).open(t.Context())
	check(t, err)
	_, err = identity.NewClients(b.users, b.sealer).Update(t.Context(), "app", func(m *oauth.ClientMetadata) error {
		m.BackchannelLogoutURI = client.URL
		return nil
	})
	check(t, err)
	check(t, b.close())

	start(t, "--data", folder)
	_, err = ostiary(t, "session", "revoke", "alice", sids[0], "--data", folder)
	check(t, err)
	select {
	case token := <-heard:
		if token == "" {
			t.Error("the client was told without a logout token")
		}
	case <-t.Context().Done():
	}
}
