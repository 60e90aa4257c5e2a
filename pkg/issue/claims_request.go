package issue

import (
	"context"
	"maps"
	"slices"

	"github.com/ostiary-auth/ostiary/pkg/jose"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// ClaimsRequest is what the claims parameter asks for, by target and claim
// (OpenID Connect Core §5.5). Claims that nobody here has are left out.
type ClaimsRequest struct {
	Userinfo map[string]ClaimRequest `json:"userinfo,omitempty"`
	IDToken  map[string]ClaimRequest `json:"id_token,omitempty"`
}

// ClaimRequest says how one claim is wanted (OpenID Connect Core §5.5.1).
type ClaimRequest struct {
	Essential bool  `json:"essential,omitempty"`
	Value     any   `json:"value,omitempty"`
	Values    []any `json:"values,omitempty"`
}

// maxClaimsBytes bounds the claims parameter; the names of all claims, twice, have
// a tenth of it.
const maxClaimsBytes = 8 << 10

// Names returns the claims asked for that a person may have to agree to, at either
// target, sorted.
func (c ClaimsRequest) Names() []string {
	names := map[string]bool{}
	for _, target := range []map[string]ClaimRequest{c.Userinfo, c.IDToken} {
		for name := range target {
			if name != "sub" && name != "acr" && name != "auth_time" {
				names[name] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// essentialACR returns the values one of which acr must have, nil when any will do.
func (c ClaimsRequest) essentialACR() []string {
	wanted := c.IDToken["acr"]
	if !wanted.Essential {
		return nil
	}
	return wanted.texts()
}

// texts are the values asked for that are strings.
func (r ClaimRequest) texts() []string {
	var texts []string
	for _, value := range append([]any{r.Value}, r.Values...) {
		if text, ok := value.(string); ok {
			texts = append(texts, text)
		}
	}
	return texts
}

func (i *Issuer) checkClaims(ctx context.Context, d *draft) error {
	text := d.params.Get("claims")
	if text == "" || !d.request.Scope.Has(oauth.OpenID) { // without openid there is nowhere to put them
		return nil
	}
	if len(text) > maxClaimsBytes {
		return oauth.InvalidRequest.Errorf("parameter claims is longer than %d bytes", maxClaimsBytes)
	}
	targets, err := jose.ParseClaims([]byte(text))
	if err != nil {
		return oauth.InvalidRequest.Errorf("parameter claims is not a JSON object: %w", err)
	}
	known, err := i.claimsWithin(ctx, d.client.Scope)
	if err != nil {
		return err
	}
	if d.request.Claims.Userinfo, err = parseTarget(targets["userinfo"], known); err != nil {
		return err
	}
	if d.request.Claims.IDToken, err = parseTarget(targets["id_token"], known); err != nil {
		return err
	}
	for _, target := range []map[string]ClaimRequest{d.request.Claims.IDToken, d.request.Claims.Userinfo} {
		if subjects := target["sub"].texts(); len(subjects) == 1 { // OpenID Connect Core §5.5.1
			if d.request.HintSubject != "" && d.request.HintSubject != subjects[0] {
				return oauth.InvalidRequest.Errorf("parameter claims names two persons")
			}
			d.request.HintSubject = subjects[0]
		}
	}
	return nil
}

// claimsWithin are the claims that a client may ask for one by one: those that it
// could have by the scope that it is registered for. The others are not refused but
// ignored, as OpenID Connect Core §5.5.1 wants of a claim that cannot be had.
func (i *Issuer) claimsWithin(ctx context.Context, scope oauth.Scope) ([]string, error) {
	schema, err := i.users.KnownAttributes(ctx)
	return append([]string{"sub", "acr", "auth_time"}, released(scope, schema)...), err
}

func parseTarget(target any, known []string) (map[string]ClaimRequest, error) {
	if target == nil {
		return nil, nil
	}
	asked, ok := target.(map[string]any)
	if !ok {
		return nil, oauth.InvalidRequest.Errorf("parameter claims has a target that is not an object")
	}
	requests := map[string]ClaimRequest{}
	for name, how := range asked {
		request, err := parseClaimRequest(how)
		if err != nil {
			return nil, err
		}
		if slices.Contains(known, name) {
			requests[name] = request
		}
	}
	return requests, nil
}

// parseClaimRequest reads null or an object; members that are not understood are
// ignored.
func parseClaimRequest(how any) (r ClaimRequest, err error) {
	if how == nil {
		return r, nil
	}
	members, ok := how.(map[string]any)
	if !ok {
		return r, oauth.InvalidRequest.Errorf("parameter claims asks for a claim by neither null nor an object")
	}
	if value, present := members["essential"]; present {
		if r.Essential, ok = value.(bool); !ok {
			return r, oauth.InvalidRequest.Errorf("parameter claims has an essential that is not a boolean")
		}
	}
	if value, present := members["values"]; present {
		if r.Values, ok = value.([]any); !ok {
			return r, oauth.InvalidRequest.Errorf("parameter claims has values that are no array")
		}
	}
	r.Value = members["value"]
	return r, nil
}
