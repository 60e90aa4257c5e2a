package openid_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// everything is a person of whom all standard claims are known (OpenID Connect Core
// §5.1).
func everything() map[string]any {
	return map[string]any{
		"name": "Alice Example", "given_name": "Alice", "family_name": "Example", "middle_name": "M.", "nickname": "Al",
		"preferred_username": "al", "profile": "https://alice.example.com/", "picture": "https://alice.example.com/me.png",
		"website": "https://alice.example.com/blog", "gender": "female", "birthdate": "1990-05-01", "zoneinfo": "Europe/Berlin",
		"locale": "de-DE", "email": "alice@example.com", "email_verified": true,
		"phone_number": "+49 30 123456", "phone_number_verified": false,
		"address": map[string]any{
			"formatted": "1 Some Street\n10115 Berlin", "street_address": "1 Some Street", "locality": "Berlin", "region": "Berlin",
			"postal_code": "10115", "country": "DE",
		},
	}
}

// claims: the claims of a scope come from userinfo, with their values and types, and of
// no other scope.
func claims(t *testing.T, p *provider) {
	all := everything()
	profile := []string{
		"name", "given_name", "family_name", "middle_name", "nickname", "preferred_username", "profile", "picture", "website", "gender",
		"birthdate", "zoneinfo", "locale",
	}
	email, address, phone := []string{"email", "email_verified"}, []string{"address"}, []string{"phone_number", "phone_number_verified"}
	c := p.newClient(t, nil)
	for scope, names := range map[string][]string{
		"openid": nil, "openid profile": profile, "openid email": email, "openid address": address, "openid phone": phone,
		"phone address email profile openid": append(append(append(append([]string{}, profile...), email...), address...), phone...),
	} {
		made := c.signIn(t, "scope="+scope)
		want := map[string]any{}
		for _, name := range names {
			want[name] = all[name]
		}
		got := c.userinfo(t, made)
		if updated, there := got["updated_at"]; there {
			seconds, isNumber := updated.(float64)
			if _, asked := want["name"]; !asked || !isNumber || seconds < 1.7e9 || seconds > 1e11 { // not milliseconds
				t.Errorf("%s: updated_at is %v", scope, updated)
			}
		} else if len(names) >= len(profile) {
			t.Errorf("%s: no updated_at", scope)
		}
		delete(got, "sub")
		delete(got, "updated_at")
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("scope %s: %s", scope, diff)
		}
	}
	// claims-essential, for both targets.
	made := c.signIn(t, `claims={"userinfo":{"name":{"essential":true}},"id_token":{"email":null,"auth_time":{"essential":true}}}`)
	if got := c.userinfo(t, made); got["name"] != all["name"] || got["email"] != nil {
		t.Errorf("userinfo says %v", got)
	}
	if got := c.idToken(t, made); got["email"] != all["email"] || got["name"] != nil || got["auth_time"] == nil {
		t.Errorf("the id_token says %v", got)
	}
}
