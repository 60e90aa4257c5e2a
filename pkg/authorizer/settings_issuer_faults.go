package authorizer

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/config"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/verify"
)

// Bounds of what may be configured.
const (
	maxKeysAge = verify.ForeignKeysMaxAge // THREATS J39
	minKeysAge = 30 * time.Second         // an issuer is not asked more often
	minAnswer  = time.Second
	maxAnswer  = 5 * time.Minute // that an answer about an opaque token is believed
)

// complete returns the settings with what is empty filled in.
func (s IssuerSettings) complete() IssuerSettings {
	if s.Profile == "" {
		if s.Profile = verify.ProfileRFC9068; s.SecretVariable != "" {
			s.Profile = verify.ProfileHS256
		}
	}
	if len(s.Algs) == 0 {
		s.Algs = s.Profile.Algs()
	}
	if s.MaxLifetime == 0 {
		s.MaxLifetime = Duration(oauth.MaxAccessTokenLifetime)
	}
	if s.KeysMaxAge == 0 {
		if s.KeysMaxAge = Duration(verify.ForeignKeysMaxAge); s.Own {
			s.KeysMaxAge = Duration(verify.OwnKeysMaxAge)
		}
	}
	if s.Status == "" && s.Own {
		s.Status = "fail-closed"
	}
	if len(s.Audience) == 0 && !s.NoAud && s.ClientID != "" {
		s.Audience = []string{s.ClientID}
	}
	s.Discovery = s.Discovery || !s.Own && s.JWKSURI == "" && s.JWKSFile == "" && s.SecretVariable == ""
	return s
}

// faults lists what is wrong with the settings, whatever the world looks like.
func (s IssuerSettings) faults(where string) config.Faults {
	f := faultsAt{where: where}
	f.when(s.Issuer == "", "issuer is missing")
	f.when(!slices.Contains(verify.Profiles(), s.Profile), "there is no profile %q; there are %v", s.Profile, verify.Profiles())
	f.audience(s.Audience, s.NoAud)
	for _, alg := range s.Algs {
		f.when(!slices.Contains(s.Profile.Algs(), alg), "the profile %s has no algorithm %q", s.Profile, alg)
	}
	shared := s.Profile == verify.ProfileHS256
	f.when(shared != (s.SecretVariable != ""), "the profile hs256 has a secret_variable, and no other profile has")
	f.when(s.NoIss && !shared, "no_iss is for the profile hs256: others write iss")
	f.when(s.NoAud && !shared, "no_aud is for the profile hs256: others write aud")
	f.when(shared && (s.Own || s.Status != "" && s.Status != "off" || len(s.Userinfo) > 0 || s.ClientID != ""),
		"own, status, userinfo and client_id are not for the profile hs256, whose issuer cannot be asked")
	sources := 0
	for _, given := range []bool{s.JWKSURI != "", s.JWKSFile != "", s.SecretVariable != "", s.Discovery} {
		if given {
			sources++
		}
	}
	f.when(sources > 1, "give one of jwks_uri, jwks_file, secret_variable and discovery")
	f.when(s.JWKSURI != "" && !fetchable(s.JWKSURI, s.Issuer), "jwks_uri must be an https URL")
	asked := s.Discovery || s.Own && sources == 0 || len(s.Userinfo) > 0 || s.ClientSecretVariable != ""
	f.when(asked && !fetchable(s.Issuer, s.Issuer), "issuer must be an https URL without query and fragment, for it is asked")
	f.when(s.Profile == verify.ProfileEntra && !oneTenant(s.Issuer),
		"issuer must name one tenant: tokens never have common, organizations or {tenantid} in iss")
	f.when(s.ClientID == "" && s.ClientSecretVariable != "", "client_secret_variable goes with a client_id")
	f.when(len(s.Userinfo) > 0 && s.Profile == verify.ProfileIDToken, "userinfo is for access tokens: an id_token opens nothing")
	f.when(!slices.Contains([]string{"", "off", "fail-open", "fail-closed"}, s.Status), "status is %q; it may be off, fail-open or fail-closed", s.Status)
	age := time.Duration(s.KeysMaxAge)
	f.when(age < minKeysAge || age > maxKeysAge, "keys_max_age is %s; it may be from %s to %s", age, minKeysAge, maxKeysAge)
	f.claims("required_claims", s.RequiredClaims)
	return f.list
}

// faults lists what is wrong with the settings, whatever the world looks like.
func (s IntrospectionSettings) faults(where string) config.Faults {
	f := faultsAt{where: where}
	f.when(s.Issuer == "", "issuer is missing")
	f.when(s.Endpoint != "" && !fetchable(s.Endpoint, s.Issuer), "endpoint must be an https URL")
	f.when(s.Endpoint == "" && !fetchable(s.Issuer, s.Issuer), "issuer must be an https URL without query and fragment, or endpoint be given")
	f.when(s.ClientID == "" || s.ClientSecretVariable == "", "client_id and client_secret_variable are required")
	f.audience(s.Audience, s.NoAud)
	if s.TTL != nil {
		ttl := time.Duration(*s.TTL)
		f.when(ttl < minAnswer || ttl > maxAnswer, "ttl is %s; it may be from %s to %s", ttl, minAnswer, maxAnswer)
	}
	f.claims("required_claims", s.RequiredClaims)
	return f.list
}

// faultsAt collects the faults of one entry.
type faultsAt struct {
	where string
	list  config.Faults
}

func (f *faultsAt) when(wrong bool, format string, args ...any) {
	if wrong {
		f.list = append(f.list, f.where+": "+fmt.Sprintf(format, args...))
	}
}

func (f *faultsAt) audience(audience []string, none bool) {
	f.when(slices.Contains(audience, ""), "audience has an empty entry")
	f.when(len(audience) == 0 && !none, "audience is missing")
	f.when(len(audience) > 0 && none, "audience and no_aud exclude each other")
}

func (f *faultsAt) claims(member string, required map[string][]string) {
	for name, values := range required {
		f.when(name == "" || slices.Contains(values, ""), "%s has an empty name or value", member)
	}
}

// fetchable reports whether a document may be fetched from there: by https, or from
// this machine where the issuer is on it, too.
func fetchable(address, issuer string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil || strings.ContainsAny(address, "#") || address == issuer && strings.Contains(address, "?") {
		return false
	}
	return oauth.SecureURI(u) && (u.Scheme == "https" || oauth.LoopbackURI(issuer))
}

func oneTenant(issuer string) bool {
	segments := strings.Split(issuer, "/")
	return !slices.ContainsFunc(segments, func(segment string) bool {
		return slices.Contains([]string{"common", "organizations", "consumers"}, segment) || strings.ContainsAny(segment, "{}")
	})
}

// issuersFaults lists the faults of all entries, and what is wrong between them.
func issuersFaults(issuers []IssuerSettings, asked []IntrospectionSettings) config.Faults {
	all := faultsAt{where: "settings"}
	all.when(len(issuers)+len(asked) == 0, "issuers is empty: nobody's token would be good")
	names, noIss := map[string]bool{}, 0
	for i, s := range issuers {
		all.list = append(all.list, s.faults(fmt.Sprintf("settings: issuers[%d]", i))...)
		all.when(names[s.Issuer], "two issuers are called %s", s.Issuer)
		if names[s.Issuer] = true; s.NoIss {
			noIss++
		}
	}
	all.when(noIss > 1, "two issuers have no_iss: nobody could tell whose a token is")
	for i, s := range asked {
		all.list = append(all.list, s.faults(fmt.Sprintf("settings: introspection[%d]", i))...)
		for _, other := range asked[:i] {
			all.when(s.Prefix == other.Prefix, "introspection of %s and of %s: one may have no prefix, and no two the same, "+
				"for nobody's token may be shown to another", other.Issuer, s.Issuer)
		}
	}
	return all.list
}
