package template_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/admin/api"
	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/keys"
	"github.com/ostiary-auth/ostiary/pkg/mail"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// office is the Admin API as the admin function opens it, and a token for all of it.
func (d *doors) office() (http.Handler, string) {
	d.t.Helper()
	d.cfg.Mail, d.cfg.MailFrom = "ses", "no-reply@example.com"
	_, _, err := identity.NewClients(d.users, d.sealer).Add(d.t.Context(), identity.Registration{
		ID: "robot", Secret: doorsSecret, ClientMetadata: oauth.ClientMetadata{
			GrantTypes: []oauth.GrantType{oauth.ClientCredentials}, Scope: oauth.AdminScopes(), Audience: []string{d.cfg.Issuer + "/admin/api"},
		},
	})
	check(d.t, err)
	users, state := guarded{d.users, d.t, "admin", "UserTable"}, guarded{d.state, d.t, "admin", "StateTable"}
	parts, err := issue.NewParts(d.cfg, users, state, d.sealer, keys.OpenRing(users, d.sealer, keys.PolicyFrom(d.cfg)))
	check(d.t, err)
	parts.RecordIn(d.trail("admin"))
	letter := func(link, _ string) (mail.Content, error) {
		return mail.Content{Subject: "s", Text: link, HTML: link}, nil
	}
	r := httptest.NewRequest("POST", d.cfg.Issuer+"/token", strings.NewReader(url.Values{
		"grant_type": {"client_credentials"}, "resource": {d.cfg.Issuer + "/admin/api"},
	}.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetBasicAuth("robot", doorsSecret)
	token := fmt.Sprint(d.send(d.as("token").Token(), r)["access_token"])
	return api.New(parts, api.Letters{Reset: letter, Invitation: letter}, slog.New(slog.DiscardHandler)).Handler(http.NotFoundHandler()), token
}

// TestTheRoleAllowsWhatAdministratorsDo has a program do everything that the Admin API
// knows, with the function's tables guarded by its role.
func TestTheRoleAllowsWhatAdministratorsDo(t *testing.T) {
	t.Parallel()
	d := openDoors(t)
	office, token := d.office()
	do := func(method, path string, content any) map[string]any {
		t.Helper()
		var body string
		if content != nil {
			encoded, err := json.Marshal(content)
			check(t, err)
			body = string(encoded)
		}
		r := httptest.NewRequest(method, d.cfg.Issuer+"/admin/api"+path, strings.NewReader(body))
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set("If-Match", "*")
		r.Header.Set("Idempotency-Key", method+path)
		r.Header.Set("Content-Type", "application/json")
		if method == http.MethodPatch {
			r.Header.Set("Content-Type", "application/merge-patch+json")
		}
		made := d.send(office, r)
		if status, failed := made["status"].(float64); failed {
			t.Errorf("%s %s: got %v %v", method, path, status, made)
		}
		return made
	}
	type object = map[string]any
	person := "/users/" + fmt.Sprint(do("POST", "/users", object{"username": "carol", "email": "c@example.com", "email_verified": true, "password": doorsPerson})["sub"])
	do("PATCH", person, object{"username": "caroline"})
	for _, act := range []string{"/disable", "/enable", "/unlock", "/reset"} {
		do("POST", person+act, nil)
	}
	do("PUT", person+"/password", object{"password": "a crumb of moonlight"})
	do("POST", "/clients", object{
		"client_id": "new", "redirect_uris": []string{"https://new.example.com/"}, "subject_type": "pairwise", "resource": []string{"https://new.example.com/api"},
		"allowed_cors_origins": []string{doorsOrigin},
	})
	do("PATCH", "/clients/new", object{"resource": nil, "allowed_cors_origins": nil})
	do("POST", "/clients/new/secret", nil)
	do("POST", "/invitations", object{"email": "dora@example.com"})
	do("POST", "/invitations/dora@example.com/renew", nil)
	do("DELETE", "/invitations/dora@example.com", nil)
	for _, list := range []string{"/users?prefix=c", "/clients", "/invitations", "/keys", person, person + "/lockout", person + "/sessions", person + "/consents"} {
		do("GET", list, nil)
	}
	do("POST", "/groups", object{"name": "support", "roles": []string{"agent"}})
	do("PATCH", "/groups/support", object{"description": "They help"})
	do("PUT", "/groups/support/members/"+strings.TrimPrefix(person, "/users/"), nil)
	for _, list := range []string{"/groups", "/groups/support", "/groups/support/members", "/audit", person + "/factors"} {
		do("GET", list, nil)
	}
	do("DELETE", "/groups/support", nil)
	do("POST", "/providers", object{"id": "partner", "issuer": "https://partner.example.com", "client_id": "us", "client_secret": doorsSecret})
	do("PATCH", "/providers/partner", object{"name": "Partner"})
	do("GET", "/providers", nil)
	do("DELETE", "/providers/partner", nil)
	do("DELETE", person+"/sessions", nil)
	do("DELETE", person, nil)
	do("DELETE", "/clients/new", nil)
	do("POST", "/keys/rotate", object{"algs": []string{"ES256"}})
	do("POST", "/keys/withdraw", object{"algs": []string{"EdDSA"}})
}
