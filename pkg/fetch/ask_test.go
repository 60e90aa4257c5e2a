package fetch_test

import (
	"errors"
	"net/http"
	"net/url"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/fetch"
)

func TestAsk(t *testing.T) {
	client, address := serve(t, func(w http.ResponseWriter, r *http.Request) {
		user, password, ok := r.BasicAuth()
		if !ok || user != "a+b%3A" || password != "%25s" || r.FormValue("token") != "x&y" || r.URL.RawQuery != "" { // RFC 6749 §2.3.1
			t.Errorf("got %s %q %q %v", r.URL, user, password, r.Form)
		}
		_, _ = w.Write([]byte("{}"))
	})
	got, err := client.Ask(t.Context(), address, url.Values{"token": {"x&y"}}, "a b:", "%s")
	if err != nil || string(got.Body) != "{}" {
		t.Errorf("got %s %v", got.Body, err)
	}
}

func TestGetAs(t *testing.T) {
	client, address := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer secret.token" {
			w.WriteHeader(http.StatusUnauthorized)
		}
	})
	if _, err := client.GetAs(t.Context(), address, "secret.token"); err != nil {
		t.Error(err)
	}
	var status *fetch.StatusError
	if _, err := client.GetAs(t.Context(), address, "another"); !errors.As(err, &status) || status.Status != http.StatusUnauthorized {
		t.Errorf("got %v", err)
	}
}

// A redirect could lead anywhere, with the secret or the token.
func TestO27CredentialsFollowNoRedirect(t *testing.T) {
	asked := 0
	client, address := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if asked++; r.URL.Path == "" || r.URL.Path == "/" {
			http.Redirect(w, r, "/there", http.StatusTemporaryRedirect)
		}
	})
	_, err := client.Ask(t.Context(), address, url.Values{}, "a", "b")
	_, err2 := client.GetAs(t.Context(), address, "a")
	if err == nil || err2 == nil || asked != 2 {
		t.Errorf("got %v and %v after %d requests", err, err2, asked)
	}
}
