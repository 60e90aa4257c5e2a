package issue

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/ostiary-auth/ostiary/pkg/jose"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// Bounds of what a hook says: a token must stay short enough for a header, and for the
// authorizer, which takes 8 kB.
const (
	maxHookedClaims  = 50
	maxHookedBytes   = 4 << 10 // of the claims of one token
	maxDenyBytes     = 200
	maxDocumentBytes = 16 << 10
)

// TokenAnswer is what a hook says. The zero value changes nothing.
type TokenAnswer struct {
	AccessToken claims      // to add
	IDToken     claims      // likewise
	RemoveScope oauth.Scope // what the tokens are not good for
	Deny        string      // why there are to be none; the client is told
}

// ParseTokenAnswer reads a hook's answer: an object whose members all have a meaning, for
// a mistyped refusal would be none.
func ParseTokenAnswer(document []byte) (TokenAnswer, error) {
	if len(document) > maxDocumentBytes {
		return TokenAnswer{}, fmt.Errorf("the answer is longer than %d bytes", maxDocumentBytes)
	}
	if _, err := jose.ParseClaims(document); err != nil { // strictly: no member twice
		return TokenAnswer{}, errors.New("the answer is not one strict JSON object")
	}
	var members map[string]json.RawMessage // by exact name, which a struct would not ask for
	if err := json.Unmarshal(document, &members); err != nil {
		return TokenAnswer{}, errors.New("the answer is no JSON object")
	}
	var a TokenAnswer
	into := map[string]any{
		"access_token": &a.AccessToken, "id_token": &a.IDToken, "remove_scope": &a.RemoveScope, "deny": &a.Deny,
	}
	for name, value := range members {
		if into[name] == nil {
			return TokenAnswer{}, errors.New("the answer has a member that means nothing")
		}
		if string(value) == "null" || json.Unmarshal(value, into[name]) != nil {
			return TokenAnswer{}, fmt.Errorf("%s is not of its type", name)
		}
	}
	if _, asked := members["deny"]; asked && a.Deny == "" {
		return TokenAnswer{}, errors.New("deny gives no reason")
	}
	return a, nil
}

// check refuses an answer that says more than a hook may: claims by which tokens are
// judged, and a scope other than a smaller one.
func (a TokenAnswer) check(q TokenQuestion) error {
	for _, said := range []claims{a.AccessToken, a.IDToken} {
		if err := checkHooked(said); err != nil {
			return err
		}
	}
	if len(a.IDToken) > 0 && !slices.Contains(q.Tokens, oauth.InIDToken) {
		return errors.New("the answer has claims of an id_token, and there is none")
	}
	for _, kept := range []string{oauth.OpenID, oauth.OfflineAccess} { // which decide what tokens there are
		if a.RemoveScope.Has(kept) {
			return fmt.Errorf("remove_scope cannot hold %s", kept)
		}
	}
	if len(a.Deny) > maxDenyBytes {
		return fmt.Errorf("deny is longer than %d bytes", maxDenyBytes)
	}
	return nil
}

func checkHooked(said claims) error {
	if len(said) > maxHookedClaims {
		return fmt.Errorf("the answer has more than %d claims", maxHookedClaims)
	}
	total := 0
	for name, value := range said {
		switch {
		case !oauth.IsClaimName(name):
			return errors.New("the answer has a claim whose name is none")
		case oauth.IsProtocolClaim(name):
			return fmt.Errorf("the answer has the claim %s, which is for the provider alone to say", name)
		case oauth.IsVerification(name):
			return fmt.Errorf("the answer has the claim %s, which is not a hook's to say", name)
		}
		total += len(name) + len(value)
	}
	if total > maxHookedBytes {
		return fmt.Errorf("the claims are longer than %d bytes", maxHookedBytes)
	}
	return nil
}
