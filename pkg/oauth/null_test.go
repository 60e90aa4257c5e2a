package oauth_test

import (
	"encoding/json"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

func TestNullInList(t *testing.T) {
	for document, want := range map[string]string{
		`{"contacts":["a",null]}`:                           "contacts[1]",
		`{"claims_mapping":[{"from":null}]}`:                "claims_mapping[0].from",
		`{"claims_mapping":[{"value":{"a":null,"b":[1]}}]}`: "",
		`{"claims_mapping":[{"value":[null]}]}`:             "",
		`{"jwks":{"keys":[{"kid":null}]}}`:                  "jwks.keys[0].kid",
		`{"required_claims":{"hd":[null]}}`:                 "required_claims.hd[0]",
		`{"address":{"locality":null},"name":null}`:         "",
		`{"a":[[null]]}`:                                    "",
		`{"a":[],"b":[1,"null",{}]}`:                        "",
	} {
		var given map[string]json.RawMessage
		if err := json.Unmarshal([]byte(document), &given); err != nil {
			t.Fatal(err)
		}
		if got := oauth.NullInList(given); got != want {
			t.Errorf("%s: got %q, want %q", document, got, want)
		}
	}
}
