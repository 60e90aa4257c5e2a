package authorizer

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/config"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/verify"
)

// Whether tokens may, or must, be bound to their sender.
const (
	allowed  = "allowed"
	required = "required"
)

// bound checks that a token is its sender's: by a DPoP proof (RFC 9449 §7) or by the
// client certificate of the connection (RFC 8705 §3). The zero value takes bearer
// tokens only.
type bound struct {
	dpop, mtls string // "", allowed or required
	base       string // of the API, as callers write it
	proofs     *verify.Proofs
}

// bound reads what the settings say about senders. An answer that API Gateway kept
// would be handed to whoever shows the same token, unproven: it is refused here, at
// the start, and not found out by a thief.
func (s Settings) bound(ttl time.Duration) (bound, config.Faults) {
	b := bound{dpop: on(s.DPoP.Mode), mtls: on(s.MTLS), base: strings.TrimSuffix(s.DPoP.BaseURL, "/")}
	var faults config.Faults
	for name, mode := range map[string]string{"dpop.mode": b.dpop, "mtls": b.mtls} {
		if mode != "" && ttl > 0 {
			faults = append(faults, fmt.Sprintf("settings: %s is %s, and a kept answer would skip the proof: "+
				"set result_ttl to 0s here and the result TTL of the API to 0", name, mode))
		}
		for i, source := range s.Sources {
			if mode == required && source.APIKeyHeader != "" {
				faults = append(faults, fmt.Sprintf("settings: sources[%d] takes API keys, which nothing binds to their sender, and %s is required: "+
					"make it allowed, or leave the source out", i, name))
			}
		}
	}
	if b.dpop == "" {
		return b, faults
	}
	faults = append(faults, s.DPoP.faults()...)
	once := verify.NewReplayMemory().Once
	if s.DPoP.Replay == "table" {
		once = s.tables.Once
	}
	if once == nil {
		return b, append(faults, "settings: dpop.replay is table, which takes the function authorizer_table: "+
			"deploy infra/authorizer-table.yaml, or make it memory")
	}
	b.proofs, _ = verify.NewProofs(once, nil) // its one error is that there is no memory
	return b, faults
}

// on is the mode, "" for off.
func on(mode string) string {
	if mode == "off" {
		return ""
	}
	return mode
}

// faults wants to know under which address the API's callers know it. It never comes
// from a request: whoever chose it could use what was made for another server (O31).
func (s DPoPSettings) faults() config.Faults {
	u, err := url.Parse(s.BaseURL)
	if err != nil || u.User != nil || u.RawQuery != "" || u.Fragment != "" || !oauth.SecureURI(u) {
		return config.Faults{"settings: dpop.base_url must be the API's https URL as its callers write it, " +
			"such as https://api.example.com, without query and fragment"}
	}
	return nil
}

// describe says in the API's metadata how tokens may be bound (RFC 9728 §2).
func (b bound) describe(r *oauth.ProtectedResource) {
	if b.dpop != "" {
		r.DPoPSigningAlgs = verify.DPoPAlgs()
	}
	r.DPoPRequired, r.CertificatesBound = b.dpop == required, b.mtls != ""
}

// carries refuses events that tell neither headers nor certificate, so that nobody
// takes for a bad token what is a wrong kind of authorizer.
func (b bound) carries(k kind) error {
	if k == restToken && b != (bound{}) {
		return fmt.Errorf("authorizer: a TOKEN authorizer is not told the DPoP header or the client certificate: " +
			"make it a REQUEST authorizer (AWS::ApiGateway::Authorizer Type: REQUEST)")
	}
	return nil
}

// check is the third step of Check. It returns invalid_token or invalid_dpop_proof.
func (b bound) check(ctx context.Context, r Request, c credential, t oauth.AccessToken) error {
	confirmation, err := verify.ConfirmationOf(t)
	if err != nil {
		return err
	}
	if err := b.checkCertificate(r, confirmation.Certificate); err != nil {
		return err
	}
	return b.checkProof(ctx, r, c, confirmation.Thumbprint)
}

func (b bound) checkCertificate(r Request, thumbprint string) error {
	switch {
	case thumbprint == "" && b.mtls == required:
		return oauth.InvalidToken.Errorf("the token is not bound to a client certificate, which is required here")
	case thumbprint == "":
		return nil
	case b.mtls == "":
		return oauth.InvalidToken.Errorf("the token is bound to a client certificate, of which nothing is known here")
	}
	return verify.ClientCertificate(thumbprint, r.ClientCert)
}

func (b bound) checkProof(ctx context.Context, r Request, c credential, thumbprint string) error {
	shown := r.byDPoP(c.token)
	switch {
	case thumbprint == "" && shown: // RFC 9449 §7.1: the key must be the token's
		return oauth.InvalidToken.Errorf("the token is not bound to a key, and was sent as if it were")
	case thumbprint == "" && b.dpop == required:
		return oauth.InvalidToken.Errorf("the token is not bound to a key, which is required here")
	case thumbprint == "":
		return nil
	case b.dpop == "":
		return oauth.InvalidToken.Errorf("the token is bound to a key, and no proofs are checked here")
	case !shown: // RFC 9449 §7.2: it may be stolen
		return oauth.InvalidToken.Errorf("the token is bound to a key, and was not sent by the DPoP scheme")
	}
	_, err := b.proofs.Verify(ctx, verify.Proven{
		Proofs: r.Header["Dpop"], Method: cmp.Or(r.sent, r.Method), URL: b.address(r), Token: c.token, Thumbprint: thumbprint,
	})
	return err
}

// address is what the caller asked for, as it is known from outside. A WebSocket API
// tells no path: it has one address.
func (b bound) address(r Request) string {
	if r.Route == "$connect" {
		return b.base
	}
	return b.base + escaped.Replace(r.Path)
}

// escaped keeps a path that an event has decoded a path: all of it is compared.
var escaped = strings.NewReplacer("?", "%3F", "#", "%23")

// byDPoP reports whether the token came by the Authorization header's DPoP scheme (RFC
// 9449 §7.1).
func (r Request) byDPoP(token string) bool {
	for _, sent := range r.Header["Authorization"] {
		if scheme, shown, _ := strings.Cut(sent, " "); strings.EqualFold(scheme, "DPoP") && strings.Trim(shown, " ") == token {
			return true
		}
	}
	return false
}

// dpopAlgs are the algorithms of proofs, as a challenge lists them.
func dpopAlgs() string {
	var algs []string
	for _, alg := range verify.DPoPAlgs() {
		algs = append(algs, string(alg))
	}
	return strings.Join(algs, " ")
}
