package upstream

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/ostiary-auth/ostiary/pkg/mail"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// mapped are the claims that a provider can fill in: texts, and the two that say whether
// an address is verified.
func mapped() []string {
	return []string{
		"name", "given_name", "family_name", "middle_name", "nickname", "preferred_username", "profile", "picture", "website",
		"gender", "birthdate", "zoneinfo", "locale", "email", "email_verified", "phone_number",
	}
}

const maxClaimBytes = 512

// believed makes of what a provider says the claims that a person may have here. What is
// malformed is left out: a picture is no reason to keep somebody out.
func (v Vouched) believed() oauth.StandardClaims {
	texts := map[string]any{}
	for _, ours := range mapped() {
		theirs := ours
		if other, set := v.Provider.Claims[ours]; set {
			theirs = other
		}
		value, ok := v.all[theirs].(string)
		if ok && ours != "email_verified" && harmless(ours, value) {
			texts[ours] = value
		}
	}
	var claims oauth.StandardClaims
	if encoded, err := json.Marshal(texts); err != nil || json.Unmarshal(encoded, &claims) != nil {
		return oauth.StandardClaims{}
	}
	if claims.Email != "" {
		verified := v.emailVerified()
		claims.EmailVerified = &verified
	}
	return claims
}

// emailVerified believes a provider that the operator trusts, and nobody else: whoever
// runs a tenant of their own can write any address into it, and claim that it was
// verified (THREATS.md O44).
func (v Vouched) emailVerified() bool {
	theirs := "email_verified"
	if other, set := v.Provider.Claims[theirs]; set {
		theirs = other
	}
	said := v.all[theirs]
	return v.Provider.TrustEmail && (said == true || said == "true") // Apple and Cognito write a text
}

func harmless(claim, value string) bool {
	if value == "" || len(value) > maxClaimBytes || !utf8.ValidString(value) || strings.ContainsFunc(value, unicode.IsControl) {
		return false
	}
	switch claim {
	case "profile", "picture", "website":
		u, err := url.Parse(value)
		return err == nil && u.Scheme == "https" && u.Host != ""
	case "email":
		_, err := mail.ParseAddress(value)
		return err == nil
	}
	return true
}

// methods says how the person proved who they are: by somebody else's word (RFC 8176 has
// no value for that; fed is what others write), and, where the operator trusts it, what
// that one says.
func (v Vouched) methods() (amr []string, acr string) {
	amr = []string{oauth.AMRFederated}
	if theirs, _, err := v.all.Strings("amr"); v.Provider.TrustAMR && err == nil {
		for _, method := range theirs[:min(len(theirs), maxMethods)] {
			if oauth.IsScopeToken(method) && len(method) <= 32 && !slices.Contains(amr, method) {
				amr = append(amr, method)
			}
		}
	}
	said, _, _ := v.all.String("acr") // malformed: none
	return amr, v.Provider.ACR[said]
}

const maxMethods = 10

// Name is what the person is called there, for them to know it again. It proves nothing.
func (v Vouched) Name() string {
	for _, name := range []string{v.Claims.Email, v.Claims.PreferredUsername, v.Claims.Name} {
		if name != "" {
			return name
		}
	}
	return v.Subject
}

// foldDomain is a domain as it is compared.
func foldDomain(domain string) string { return strings.ToLower(strings.TrimSuffix(domain, ".")) }
