package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/jose/josetest"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

func TestAuthorizeExplainsEveryStep(t *testing.T) {
	signer := josetest.New(oauth.ES256)
	folder := t.TempDir()
	keys, settings := filepath.Join(folder, "jwks.json"), filepath.Join(folder, "settings.json")
	write(t, keys, `{"keys":[`+signer.JWK("k1", "")+`]}`)
	write(t, settings, fmt.Sprintf(`{"issuers":[{"issuer":"https://id.example.com","audience":["https://api.example.com"],"jwks_file":%q}],
		"routes":[{"method":"GET","path":"/pets/{id}","all":["pets"]},{"method":"GET","path":"/open","public":true}]}`, keys))
	signed := func(more map[string]any) string {
		claims := map[string]any{
			"iss": "https://id.example.com", "sub": "alice", "aud": "https://api.example.com", "client_id": "app", "jti": "j1",
			"iat": time.Now().Unix(), "exp": time.Now().Add(time.Hour).Unix(), "scope": "pets",
		}
		maps.Copy(claims, more)
		payload, err := json.Marshal(claims)
		if err != nil {
			t.Fatal(err)
		}
		return signer.Token("at+jwt", "k1", string(payload))
	}
	for name, c := range map[string]struct {
		token, path string
		want        []string
		err         string
	}{
		"allowed": {signed(nil), "/pets/{id}", []string{
			"event     rest request\n", "1. What do they show?   passed: a token from the Authorization header\n",
			`from https://id.example.com for alice through client app, scope "pets", good until `,
			"3. Is it theirs?        passed: it is bound to no key\n", "4. May it pass here?    passed: by GET /pets/{id}\n",
			"outcome   allowed\n", `"principalId": "alice"`,
		}, ""},
		"denied":       {signed(map[string]any{"scope": "toys"}), "/pets/{id}", []string{"4. May it pass here?    refused: the token's scope does not reach here: it takes pets\n", `challenge Bearer error="insufficient_scope", scope="pets"`}, ""},
		"expired":      {signed(map[string]any{"exp": 1}), "/pets/{id}", []string{"2. Is it genuine?       refused: invalid_token: the token has expired\n", "3. Is it theirs?        not reached\n", "answer    the invocation fails: Unauthorized\n"}, ""},
		"bound":        {signed(map[string]any{"cnf": map[string]any{"jkt": "x"}}), "/pets/{id}", []string{"3. Is it theirs?        refused: invalid_token: the token is bound"}, ""},
		"public":       {"", "/open", []string{"passed: nothing, and the route is public\n", "outcome   allowed\n"}, ""},
		"not an event": {"", "", []string{"outcome   failed\n", "reason    authorizer: this is not the event of an authorizer\n"}, "does not know this event"},
	} {
		t.Run(name, func(t *testing.T) {
			header := ""
			if c.token != "" {
				header = fmt.Sprintf(`"Authorization":"Bearer %s"`, c.token)
			}
			event := fmt.Sprintf(`{"type":"REQUEST","methodArn":"arn:aws:execute-api:eu-central-1:123456789012:a1/live/GET%s",
				"resource":%q,"path":%[2]q,"headers":{%s}}`, strings.Replace(c.path, "{id}", "1", 1), c.path, header)
			if c.path == "" {
				event = `{}`
			}
			for _, more := range [][]string{nil, {"--json"}} {
				var out bytes.Buffer
				root := (&app{in: strings.NewReader(event), out: &out, err: &out}).root()
				root.SetArgs(append([]string{"authorize", "-", "--settings", settings}, more...))
				err := root.ExecuteContext(t.Context())
				if (c.err == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), c.err) {
					t.Errorf("got %v", err)
				}
				if c.path == "" && strings.HasPrefix(out.String(), "event ") {
					t.Errorf("an event of no name in\n%s", &out)
				}
				for _, want := range c.want {
					if more == nil && !strings.Contains(out.String(), want) {
						t.Errorf("no %q in\n%s", want, &out)
					}
				}
				if more != nil && !json.Valid(out.Bytes()) {
					t.Errorf("got %s", &out)
				}
				if c.token != "" && strings.Contains(out.String(), c.token[:20]) {
					t.Errorf("the token is in\n%s", &out)
				}
			}
		})
	}
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
