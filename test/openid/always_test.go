package openid_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/lestrrat-go/jwx/v2/jws"
)

// always is section 0: what every profile looks at.
func always(t *testing.T, p *provider) {
	c := p.newClient(t, nil)
	answer := c.authorize(t, "scope=openid profile email")
	isHardToGuess(t, "code", answer.Get("code"))
	if len(answer) != 3 {
		t.Errorf("the response says more than code, iss and state: %v", answer)
	}
	made := c.redeem(t, answer)
	isHardToGuess(t, "access token", made.text("access_token"))
	if lifetime, whole := made["expires_in"].(float64); !whole || lifetime != math.Trunc(lifetime) || lifetime <= 0 || made.text("token_type") != "Bearer" {
		t.Errorf("got expires_in %v, token_type %v", made["expires_in"], made["token_type"])
	}
	claims := c.idToken(t, made)
	now := time.Now().Unix()
	if claims["iss"] != p.Issuer || claims["aud"] != c.ID || claims["nonce"] != "a nonce" || claims["sub"] == "" ||
		number(t, claims["exp"]) <= now || number(t, claims["iat"]) < now-300 || number(t, claims["iat"]) > now+5 {
		t.Errorf("the id_token says %v", claims)
	}
	if azp, there := claims["azp"]; there && azp != c.ID {
		t.Errorf("azp is %v", azp)
	}
	for _, claim := range []string{"name", "email", "given_name", "updated_at"} { // which userinfo has
		if _, there := claims[claim]; there {
			t.Errorf("%s is in the id_token, though nobody asked for it there", claim)
		}
	}
	message, err := jws.Parse([]byte(made.text("id_token")))
	check(t, err)
	header := message.Signatures()[0].ProtectedHeaders()
	if header.KeyID() == "" || header.Algorithm() != "RS256" {
		t.Errorf("the id_token has kid %q and alg %s", header.KeyID(), header.Algorithm())
	}
	sum := sha256.Sum256([]byte(made.text("access_token")))
	if hash, there := claims["at_hash"]; there && hash != base64.RawURLEncoding.EncodeToString(sum[:16]) {
		t.Errorf("at_hash is %v", hash)
	}
	if sub := c.userinfo(t, made)["sub"]; sub != claims["sub"] {
		t.Errorf("userinfo is about %v, the id_token about %v", sub, claims["sub"])
	}
	without := p.newClient(t, nil)
	arrived, err := without.person.Go(t.Context(), without.request("state=", "nonce="))
	check(t, err)
	if arrived.Params().Has("state") {
		t.Errorf("a state was invented: %v", arrived.Params())
	}
	if claims := without.idToken(t, without.redeem(t, arrived.Params())); claims["nonce"] != nil {
		t.Errorf("a nonce was invented: %v", claims)
	}
	errorBodies(t, c)
	discovery(t, p)
}

// isHardToGuess holds that a secret is long, and that what was measured of it has more
// than 96 bits of entropy (RFC 6749 §10.10).
func isHardToGuess(t *testing.T, name, secret string) {
	t.Helper()
	counts := map[rune]float64{}
	for _, r := range secret {
		counts[r]++
	}
	bits := 0.0
	for _, count := range counts {
		bits -= count * math.Log2(count/float64(len(secret)))
	}
	if len(secret)*8 < 128 || bits <= 96 {
		t.Errorf("%s: %d characters with %.0f bits", name, len(secret), bits)
	}
}

var describable = regexp.MustCompile(`^[\x20\x21\x23-\x5b\x5d-\x7e]*$`)

// errorBodies: RFC 6749 §5.2.
func errorBodies(t *testing.T, c *client) {
	t.Helper()
	for name, form := range map[string]url.Values{
		"invalid_grant":          {"grant_type": {"authorization_code"}, "code": {`no "code" \ of ours ü`}, "redirect_uri": {callback}},
		"unsupported_grant_type": {"grant_type": {"ü\n"}},
		"invalid_request":        {},
	} {
		status, got := c.token(t, form)
		if status != http.StatusBadRequest || got.text("error") != name || !describable.MatchString(got.text("error_description")) {
			t.Errorf("%s: got %d %v", name, status, got)
		}
	}
	stranger := *c
	stranger.Secret = strings.Repeat("x", 40)
	if status, got := stranger.token(t, url.Values{"grant_type": {"authorization_code"}}); status != http.StatusUnauthorized || got.text("error") != "invalid_client" {
		t.Errorf("invalid_client: got %d %v", status, got)
	}
}

// discovery is section 2.
func discovery(t *testing.T, p *provider) {
	t.Helper()
	status, header, body := p.get(t, "/.well-known/openid-configuration", "")
	var metadata map[string]any
	if err := json.Unmarshal(body, &metadata); err != nil || status != http.StatusOK || !strings.HasPrefix(header.Get("Content-Type"), "application/json") {
		t.Fatalf("got %d %s", status, body)
	}
	if metadata["issuer"] != p.Issuer {
		t.Errorf("issuer is %v", metadata["issuer"])
	}
	for member, value := range metadata {
		text, isText := value.(string)
		switch {
		case strings.HasSuffix(member, "_endpoint"), strings.HasSuffix(member, "_uri"):
			if !isText || !strings.HasPrefix(text, "https://") {
				t.Errorf("%s is %v", member, value)
			}
		case strings.HasSuffix(member, "_session_supported"), strings.HasSuffix(member, "logout_supported"),
			strings.HasSuffix(member, "_parameter_supported"):
			if _, isBool := value.(bool); !isBool {
				t.Errorf("%s is %v", member, value)
			}
		case strings.HasSuffix(member, "_supported"):
			if list, isList := value.([]any); !isList || len(list) == 0 {
				t.Errorf("%s is %v", member, value)
			}
		}
	}
	for member, want := range map[string]string{
		"response_types_supported": "code", "grant_types_supported": "refresh_token", "subject_types_supported": "public",
		"id_token_signing_alg_values_supported": "RS256", "scopes_supported": "openid", "claims_supported": "sub",
		"response_modes_supported": "form_post", "code_challenge_methods_supported": "S256",
		"token_endpoint_auth_methods_supported": "client_secret_post",
	} {
		found := false
		list, _ := metadata[member].([]any)
		for _, value := range list {
			found = found || value == want
		}
		if !found {
			t.Errorf("%s lists no %s: %v", member, want, list)
		}
	}
	for _, member := range []string{
		"backchannel_logout_supported", "backchannel_logout_session_supported", "frontchannel_logout_supported",
		"frontchannel_logout_session_supported", "authorization_response_iss_parameter_supported", "claims_parameter_supported",
	} {
		if metadata[member] != true {
			t.Errorf("%s is %v", member, metadata[member])
		}
	}
	for _, member := range []string{"end_session_endpoint", "userinfo_endpoint", "jwks_uri"} {
		if metadata[member] == nil {
			t.Errorf("there is no %s", member)
		}
	}
}
