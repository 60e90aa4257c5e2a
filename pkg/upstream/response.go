package upstream

import (
	"errors"
	"strings"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/verify"
)

// checkIssuer applies RFC 9207 §2.4: iss is the provider's wherever it stands, and it
// stands there where the provider's metadata promise it. Without that promise a client
// could be made to take one provider's code to another (mix-up: RFC 9700 §4.4).
func checkIssuer(p Provider, m metadata, params oauth.Params) error {
	named := params.Get("iss")
	switch {
	case named == "" && m.sendsIssuer:
		return errors.New("the answer has no iss, which the metadata promise")
	case named == "" || named == p.Issuer:
		return nil
	case strings.Contains(p.Issuer, TenantPattern) && p.tenantOf(named) != "":
		return nil
	default:
		return errors.New("the answer is another issuer's: its iss says so")
	}
}

// tenantOf returns the tenant that an issuer is of, "" when it is none of the pattern's.
func (s Settings) tenantOf(issuer string) string {
	before, after, _ := strings.Cut(s.Issuer, TenantPattern)
	rest, ok := strings.CutPrefix(issuer, before)
	tenant, last := strings.CutSuffix(rest, after)
	if !ok || !last || strings.ContainsAny(tenant, "/?#") {
		return ""
	}
	return tenant
}

// Speaks reports whether the provider says who somebody is at the issuer.
func (s Settings) Speaks(issuer string) bool {
	if strings.Contains(s.Issuer, TenantPattern) {
		return s.tenantOf(issuer) != ""
	}
	return issuer == s.Issuer || s.Kind == GitHub && issuer == strings.TrimSuffix(s.Issuer, "/")
}

// wanted refuses people whom the operator does not want, by what was signed of them.
func (v Vouched) wanted() error {
	for name, values := range v.Provider.RequiredClaims {
		if !verify.ClaimIs(v.all[name], values) {
			return errors.New("the claim " + name + " is missing or has another value than is required")
		}
	}
	return nil
}

// authSkew is how far apart two clocks may be about when somebody signed in.
const authSkew = time.Minute

// recent decides when the person proved who they are. Where the errand wants that to be
// recent, auth_time is judged as an OP's client judges it (OpenID Connect Core §3.1.3.7,
// step 13); where a provider never says, the operator decides what that means.
func (r *RelyingParty) recent(v *Vouched, e Errand) error {
	at, present, err := v.all.Time("auth_time")
	if err != nil {
		return err
	}
	if e.kept.MaxAge != nil {
		oldest := e.kept.Began.Add(-time.Duration(*e.kept.MaxAge)*time.Second - authSkew)
		switch {
		case present && at.Before(oldest):
			return errors.New("the person was to sign in anew, and did not")
		case !present && e.Provider.RequireAuthTime:
			return errors.New("the provider does not say when the person signed in")
		}
	}
	v.AuthTime = at
	return nil
}
