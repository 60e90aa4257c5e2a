package authorizer

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// challenger writes WWW-Authenticate values (RFC 9110 §11.6.1). They name no realm:
// the resource's metadata says more.
type challenger struct {
	metadata string // address of the resource's metadata, or ""
	dpop     string // whether proofs may, or must, come with a token
}

// bare are the challenges to whoever showed nothing, which say of no error (RFC 6750
// §3.1).
func (c challenger) bare() []string { return c.either(c.bearer()) }

// about are the challenges that belong to the reason of a refusal.
func (c challenger) about(reason error) []string {
	var s *shortfall
	if errors.As(reason, &s) {
		return []string{c.lack(s)}
	}
	code := oauth.AsError(reason).Code
	if code == oauth.InvalidDPoPProof || code == oauth.UseDPoPNonce {
		return []string{c.challenge("DPoP", "error", string(code))}
	}
	return c.either(c.bearer("error", string(code)))
}

// either adds the scheme of proofs where both may be used (RFC 9449 §7.1).
func (c challenger) either(challenge string) []string {
	if c.dpop == allowed {
		return []string{challenge, c.challenge("DPoP")}
	}
	return []string{challenge}
}

// lack says what would do (RFC 6750 §3.1, RFC 9470 §3).
func (c challenger) lack(s *shortfall) string {
	parameters := []string{"error", string(s.code)}
	if len(s.scope) > 0 {
		parameters = append(parameters, "scope", s.scope.String())
	}
	if len(s.acr) > 0 {
		parameters = append(parameters, "acr_values", strings.Join(s.acr, " "))
	}
	if s.maxAge > 0 {
		parameters = append(parameters, "max_age", strconv.Itoa(int(s.maxAge.Seconds())))
	}
	return c.bearer(parameters...)
}

// all is the challenge of an answer that is used for many requests: what the token
// lacks where that is one thing, else the codes alone.
func (c challenger) all(lacking []*shortfall) (oauth.Code, string) {
	if len(lacking) == 0 {
		return oauth.InsufficientScope, c.bearer("error", string(oauth.InsufficientScope))
	}
	var specific, general []string
	for _, s := range lacking {
		specific = append(specific, c.lack(s))
		general = append(general, c.bearer("error", string(s.code)))
	}
	if slices.Sort(specific); len(slices.Compact(specific)) == 1 {
		return lacking[0].code, specific[0]
	}
	slices.Sort(general)
	return lacking[0].code, strings.Join(slices.Compact(general), ", ")
}

// bearer writes one challenge of the scheme by which tokens are shown.
func (c challenger) bearer(parameters ...string) string {
	if c.dpop == required {
		return c.challenge("DPoP", parameters...)
	}
	return c.challenge("Bearer", parameters...)
}

// challenge writes one of the scheme (RFC 6750 §3, RFC 9449 §7.1), with the address of
// the resource's metadata (RFC 9728 §5.1). No value has a quote or a backslash in it.
func (c challenger) challenge(scheme string, parameters ...string) string {
	if scheme == "DPoP" {
		parameters = append(parameters, "algs", dpopAlgs())
	}
	if c.metadata != "" {
		parameters = append(parameters, "resource_metadata", c.metadata)
	}
	challenge := strings.Builder{}
	challenge.WriteString(scheme)
	for i := 0; i < len(parameters); i += 2 {
		if i > 0 {
			challenge.WriteByte(',')
		}
		challenge.WriteString(" " + parameters[i] + `="` + parameters[i+1] + `"`)
	}
	return challenge.String()
}
