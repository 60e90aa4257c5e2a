package keys_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/jose"
	"github.com/ostiary-auth/ostiary/pkg/keys"
)

// FuzzSign: what is signed, we read back, and it has no name that JSON must escape.
func FuzzSign(f *testing.F) {
	for _, claims := range []string{
		`{"sub":"a"}`, `{"a\"b":1}`, `{"a":{"b\\":[1,"x\"",{}]}}`, `{"a":"\"","b":"\\"}`, `{"a":1,"a":2}`, `[]`, `{"\u0061":1}`,
	} {
		f.Add(claims, "at+jwt")
	}
	secret := make([]byte, 32)
	f.Fuzz(func(t *testing.T, claims, typ string) {
		token, err := keys.SignHS256(secret, typ, json.RawMessage(claims))
		if err != nil {
			return
		}
		parsed, err := jose.ParseCompact(token, jose.MaxAssertionBytes)
		if err != nil {
			t.Fatalf("signed %s, which we do not read: %v", token, err)
		}
		if parsed.Header.Type != typ {
			t.Errorf("typ is %q, want %q", parsed.Header.Type, typ)
		}
		read, err := jose.ParseClaims(parsed.Payload)
		if err != nil {
			t.Fatalf("signed %s, which we do not read: %v", parsed.Payload, err)
		}
		wantPlainNames(t, map[string]any(read))
	})
}

func wantPlainNames(t *testing.T, value any) {
	t.Helper()
	switch v := value.(type) {
	case map[string]any:
		for name, member := range v {
			if strings.ContainsAny(name, "\"\\\n\r\t\x00") {
				t.Errorf("signed a claim named %q", name)
			}
			wantPlainNames(t, member)
		}
	case []any:
		for _, element := range v {
			wantPlainNames(t, element)
		}
	}
}
