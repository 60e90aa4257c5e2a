package verify

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/jose"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// judge reads an answer (RFC 7662 §2.2). The issuer has judged the token; what is
// checked here is that it is an access token, for this API, and still good.
func (v *Introspection) judge(answer jose.Claims, now time.Time) (oauth.AccessToken, error) {
	active, ok := answer["active"].(bool)
	if !ok {
		return oauth.AccessToken{}, errors.New("the answer has no active, or one that is not true or false")
	}
	if !active {
		return oauth.AccessToken{}, oauth.InvalidToken.Errorf("the issuer says that the token is not active")
	}
	if issuer, present, err := answer.String("iss"); err != nil || present && issuer != v.policy.Issuer {
		return oauth.AccessToken{}, oauth.InvalidToken.Errorf("not a token of this issuer")
	}
	if err := v.checkKind(answer); err != nil {
		return oauth.AccessToken{}, err
	}
	t := oauth.AccessToken{Issuer: v.policy.Issuer, Claims: answer}
	var err error
	if t.Audience, err = audienceClaim(Policy{Audience: v.policy.Audience, AnyAudience: v.policy.NoAud}, answer); err != nil {
		return oauth.AccessToken{}, err
	}
	if err := v.checkTimes(&t, answer, now); err != nil {
		return oauth.AccessToken{}, err
	}
	if answer["sub"] == nil { // a machine's token stands for its client
		answer["sub"] = answer["client_id"]
	}
	if err := profiles[ProfileHS256].read(&t, answer); err != nil {
		return oauth.AccessToken{}, err
	}
	return t, requireClaims(v.policy.RequiredClaims, answer)
}

// checkKind refuses a refresh token, about which an issuer may say active as well
// (RFC 7662 §2): an access token is of a type, or at least for an audience.
func (v *Introspection) checkKind(answer jose.Claims) error {
	kind, present, err := answer.String("token_type")
	accepted := func(accepted string) bool { return strings.EqualFold(kind, accepted) } // RFC 6749 §5.1
	if err != nil || present && !slices.ContainsFunc([]string{"Bearer", "DPoP", "access_token"}, accepted) {
		return oauth.InvalidToken.Errorf("token_type is not that of an access token")
	}
	if strings.EqualFold(kind, "DPoP") { // RFC 9449 §6.2: without the key it would pass for a bearer's
		members, _ := answer["cnf"].(map[string]any)
		if key, _, err := jose.Claims(members).String("jkt"); err != nil || key == "" {
			return oauth.InvalidToken.Errorf("token_type is DPoP, and cnf does not say of which key")
		}
	}
	if !present && v.policy.NoAud {
		return oauth.InvalidToken.Errorf("neither token_type nor aud says that it is an access token")
	}
	return says(answer, "token_use", "access", "access_token")
}

// checkTimes is AccessTokens.checkTimes for an answer, in which every time may be
// missing (RFC 7662 §2.2). Without exp the token is good for as long as the answer.
func (v *Introspection) checkTimes(t *oauth.AccessToken, answer jose.Claims, now time.Time) error {
	var err error
	var present bool
	if t.Expires, present, err = answer.Time("exp"); err != nil || present && !now.Before(t.Expires) {
		return oauth.InvalidToken.Errorf("the token has expired, or exp is malformed")
	}
	if !present {
		t.Expires = now.Add(v.policy.TTL)
	}
	if t.IssuedAt, _, err = answer.Time("iat"); err != nil || t.IssuedAt.After(now.Add(skew)) {
		return oauth.InvalidToken.Errorf("the token was issued in the future, or iat is malformed")
	}
	if notBefore, _, err := answer.Time("nbf"); err != nil || notBefore.After(now.Add(skew)) {
		return oauth.InvalidToken.Errorf("the token is not good yet")
	}
	return nil
}
