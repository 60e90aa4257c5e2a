package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// unfinishedFolder is a signedInFolder where alice's deletion broke off an hour ago, and
// whose client hears at uri of sessions that end.
func unfinishedFolder(t *testing.T, uri string) string {
	t.Helper()
	folder, _ := signedInFolder(t)
	b, err := (&app{data: folder, err: t.Output()}).open(t.Context())
	check(t, err)
	defer b.close()
	_, err = identity.NewClients(b.users, b.sealer).Update(t.Context(), "app", func(m *oauth.ClientMetadata) error {
		m.BackchannelLogoutURI = uri
		return nil
	})
	check(t, err)
	alice, err := b.people().ByUsername(t.Context(), "alice")
	check(t, err)
	check(t, b.people().BeginDeletion(t.Context(), alice.ID, ""))
	check(t, b.users.Write(t.Context(), store.Put(store.Key{Partition: "leaving", Sort: alice.ID}, map[string]any{
		"sub": alice.ID, "since": time.Now().Add(-time.Hour),
	})))
	return folder
}

// A deletion that broke off is finished by a server, and her client hears that alice's
// session has ended.
func TestServeFinishesDeletions(t *testing.T) {
	heard := make(chan string, 1)
	client := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		heard <- r.PostFormValue("logout_token")
	}))
	defer client.Close()
	folder := unfinishedFolder(t, client.URL)
	server := start(t, "--data", folder)
	select {
	case <-heard:
	case <-t.Context().Done():
	}
	check(t, server.stop())
	out, err := ostiary(t, "audit", "list", "--kind", "session.ended", "--data", folder)
	if err != nil || !strings.Contains(out, "deletion") {
		t.Errorf("got %v\n%s", err, out)
	}
}

func TestDoctorTellsOfUnfinishedDeletions(t *testing.T) {
	folder := unfinishedFolder(t, "")
	out, _ := ostiary(t, "doctor", "--data", folder)
	if !strings.Contains(out, "1 deletion broke off") || !strings.Contains(out, "ostiary user delete --unfinished") {
		t.Errorf("got\n%s", out)
	}
	if out, err := ostiary(t, "user", "delete", "--unfinished", "--data", folder); err != nil || out != "1 deletion finished\n" {
		t.Errorf("got %v %s", err, out)
	}
	if out, _ := ostiary(t, "doctor", "--data", folder); strings.Contains(out, "broke off") {
		t.Errorf("got\n%s", out)
	}
}
