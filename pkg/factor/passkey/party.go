// Package passkey answers "did their passkey sign this, here?": the two ceremonies of
// WebAuthn, for a person who adds a passkey and for one who signs in by it. It is the only
// importer of go-webauthn, which checks signatures, origins and hashes; what is
// remembered, and by whom, is package factor's. It never begins a session.
package passkey

import (
	"crypto/sha256"
	"fmt"
	"net/netip"
	"net/url"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/ostiary-auth/ostiary/pkg/factor"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// timeout is how long a browser lets a person look for their passkey.
const timeout = 5 * time.Minute

// Party is the relying party of one issuer (Web Authentication Level 3 §4).
type Party struct {
	ceremonies *webauthn.WebAuthn
	factors    *factor.Factors
}

// New returns the party whose ID is the issuer's host, so that passkeys stay good on
// another port and are good on no other host. It is nil where the host is an address,
// which can have no passkeys.
func New(issuer, name string, factors *factor.Factors) (*Party, error) {
	u, err := url.Parse(issuer)
	if err != nil {
		return nil, fmt.Errorf("passkey: %w", err)
	}
	if _, err := netip.ParseAddr(u.Hostname()); err == nil {
		return nil, nil
	}
	limits := webauthn.TimeoutConfig{Timeout: timeout, TimeoutUVD: timeout}
	ceremonies, err := webauthn.New(&webauthn.Config{
		RPID: u.Hostname(), RPDisplayName: name, RPOrigins: []string{u.Scheme + "://" + u.Host},
		AttestationPreference: protocol.PreferNoAttestation, // whose make it is makes no difference
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementRequired, RequireResidentKey: protocol.ResidentKeyRequired(),
			UserVerification: protocol.VerificationRequired,
		},
		Timeouts: webauthn.TimeoutsConfig{Login: limits, Registration: limits},
	})
	if err != nil {
		return nil, fmt.Errorf("passkey: %w", err)
	}
	return &Party{ceremonies, factors}, nil
}

// holder is a person as their authenticator knows them.
type holder struct {
	id, username, name string
	passkeys           []factor.Passkey
}

// handle is what passkeys remember their person by. An imported sub may be a name, or
// longer than what they hold, so it is a hash (Web Authentication Level 3 §14.6.1).
func handle(userID string) []byte {
	sum := sha256.Sum256([]byte("user handle\x00" + userID))
	return sum[:]
}

// WebAuthnID implements webauthn.User.
func (h holder) WebAuthnID() []byte { return handle(h.id) }

// WebAuthnName implements webauthn.User.
func (h holder) WebAuthnName() string { return h.username }

// WebAuthnDisplayName implements webauthn.User.
func (h holder) WebAuthnDisplayName() string { return h.name }

// WebAuthnCredentials implements webauthn.User.
func (h holder) WebAuthnCredentials() []webauthn.Credential {
	credentials := make([]webauthn.Credential, len(h.passkeys))
	for i, p := range h.passkeys {
		credentials[i] = webauthn.Credential{
			ID: p.ID, PublicKey: p.PublicKey, Transport: transports(p),
			Flags:         webauthn.CredentialFlags{UserPresent: true, UserVerified: true, BackupEligible: p.Synced, BackupState: p.BackedUp},
			Authenticator: webauthn.Authenticator{AAGUID: p.AAGUID, SignCount: p.SignCount},
		}
	}
	return credentials
}

func transports(p factor.Passkey) []protocol.AuthenticatorTransport {
	all := make([]protocol.AuthenticatorTransport, len(p.Transports))
	for i, each := range p.Transports {
		all[i] = protocol.AuthenticatorTransport(each)
	}
	return all
}

func descriptors(passkeys []factor.Passkey) []protocol.CredentialDescriptor {
	all := make([]protocol.CredentialDescriptor, len(passkeys))
	for i, p := range passkeys {
		all[i] = protocol.CredentialDescriptor{Type: protocol.PublicKeyCredentialType, CredentialID: p.ID, Transport: transports(p)}
	}
	return all
}

// refused is invalid_grant by factor.ErrWrong: of what a passkey signed, nobody learns
// more than that it was not good.
func refused(err error) error {
	return oauth.InvalidGrant.Errorf("the passkey was not accepted: %w", fmt.Errorf("%w: %w", factor.ErrWrong, err))
}
