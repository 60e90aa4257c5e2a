package passkey

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/ostiary-auth/ostiary/pkg/factor"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// encoded is a challenge as clients repeat it (Web Authentication Level 3 §5.8.1).
func encoded(challenge []byte) string { return base64.RawURLEncoding.EncodeToString(challenge) }

// Request is what a browser is to ask a passkey by, as JSON (Web Authentication Level 3
// §5.1.10). userID is of the person who must answer; where it is empty, anybody may, and
// their passkey must verify them, for it is all that they show.
func (p *Party) Request(ctx context.Context, userID string, challenge []byte) (string, error) {
	options := protocol.PublicKeyCredentialRequestOptions{
		Challenge: challenge, Timeout: int(timeout.Milliseconds()), RelyingPartyID: p.ceremonies.Config.RPID,
		UserVerification: verification(userID),
	}
	if userID != "" {
		set, err := p.factors.Of(ctx, userID)
		if err != nil {
			return "", err
		}
		options.AllowedCredentials = descriptors(set.Passkeys)
	}
	text, err := json.Marshal(options)
	return string(text), err
}

func verification(userID string) protocol.UserVerificationRequirement {
	if userID == "" {
		return protocol.VerificationRequired
	}
	return protocol.VerificationPreferred
}

// Proof is what a passkey has shown.
type Proof struct {
	UserID   string
	Verified bool // the passkey knew its user, by a finger or a PIN
	Synced   bool // it may be on several devices
}

// AMR says by what (RFC 8176 §2).
func (p Proof) AMR() []string {
	amr := []string{oauth.AMRHardwareKey}
	if p.Synced {
		amr[0] = oauth.AMRSoftwareKey
	}
	if p.Verified {
		amr = append(amr, oauth.AMRUser)
	}
	return amr
}

// Prove judges what a browser answered to Request for the same person and challenge (Web
// Authentication Level 3 §7.2), and notes that the passkey was used. Everything that is
// not good is invalid_grant by factor.ErrWrong.
func (p *Party) Prove(ctx context.Context, userID string, challenge []byte, answer string) (Proof, error) {
	proof, err := p.prove(ctx, userID, challenge, answer)
	p.factors.Refused(ctx, userID, err)
	return proof, err
}

func (p *Party) prove(ctx context.Context, userID string, challenge []byte, answer string) (Proof, error) {
	parsed, err := protocol.ParseCredentialRequestResponseBytes([]byte(answer))
	if err != nil {
		return Proof{}, refused(err)
	}
	owner, passkey, err := p.find(ctx, userID, parsed)
	if err != nil {
		return Proof{}, err
	}
	person := holder{id: owner, passkeys: []factor.Passkey{passkey}}
	used, err := p.ceremonies.ValidateLogin(person, webauthn.SessionData{
		Challenge: encoded(challenge), UserID: person.WebAuthnID(), UserVerification: verification(userID),
	}, parsed)
	if err != nil {
		return Proof{}, refused(err)
	}
	signed := parsed.Response.AuthenticatorData
	if err := p.factors.UsedPasskey(ctx, owner, passkey.ID, signed.Counter, used.Flags.BackupState); err != nil {
		return Proof{}, err
	}
	return Proof{UserID: owner, Verified: signed.Flags.HasUserVerified(), Synced: passkey.Synced}, nil
}

// find returns the passkey that has answered, and whose it is: of the person who must
// answer, and of nobody else.
func (p *Party) find(ctx context.Context, userID string, answer *protocol.ParsedCredentialAssertionData) (string, factor.Passkey, error) {
	// A passkey that was found by itself says whose it is, which ValidateLogin compares
	// with whom we gave it to.
	if userID == "" && len(answer.Response.UserHandle) == 0 {
		return "", factor.Passkey{}, refused(errors.New("no user handle"))
	}
	owner := userID
	if owner == "" {
		var err error
		if owner, err = p.factors.Owner(ctx, answer.RawID); err != nil {
			return "", factor.Passkey{}, unknown(err)
		}
	}
	passkey, err := p.factors.Passkey(ctx, owner, answer.RawID)
	if err != nil {
		return "", factor.Passkey{}, unknown(err)
	}
	return owner, passkey, nil
}

func unknown(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return refused(fmt.Errorf("an unknown passkey: %w", err))
	}
	return err
}
