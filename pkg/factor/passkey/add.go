package passkey

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/ostiary-auth/ostiary/pkg/factor"
	"github.com/ostiary-auth/ostiary/pkg/identity"
)

// Creation is what a browser is to create a passkey by, as JSON (Web Authentication
// Level 3 §5.1.8), for a challenge of factor.OfferPasskey. Authenticators that hold a
// passkey of the person already are left out.
func (p *Party) Creation(ctx context.Context, user identity.User, challenge []byte) (string, error) {
	set, err := p.factors.Of(ctx, user.ID)
	if err != nil {
		return "", err
	}
	creation, _, err := p.ceremonies.BeginRegistration(holderOf(user, set.Passkeys),
		func(o *protocol.PublicKeyCredentialCreationOptions) error {
			o.Challenge, o.CredentialExcludeList = challenge, descriptors(set.Passkeys)
			return nil
		})
	if err != nil {
		return "", fmt.Errorf("begin creation: %w", err)
	}
	text, err := json.Marshal(creation.Response)
	return string(text), err
}

func holderOf(user identity.User, passkeys []factor.Passkey) holder {
	name := user.Name
	if name == "" {
		name = user.Username
	}
	return holder{id: user.ID, username: user.Username, name: name, passkeys: passkeys}
}

// Add judges what a browser answered (Web Authentication Level 3 §7.1) and gives the
// person the passkey, by the name that they chose. The error is invalid_grant, by
// factor.ErrWrong or what factor.AddPasskey says.
func (p *Party) Add(ctx context.Context, user identity.User, challenge []byte, answer, name string) (factor.Passkey, error) {
	parsed, err := protocol.ParseCredentialCreationResponseBytes([]byte(answer))
	if err != nil {
		return factor.Passkey{}, refused(err)
	}
	person := holderOf(user, nil)
	made, err := p.ceremonies.CreateCredential(person, webauthn.SessionData{
		Challenge: encoded(challenge), UserID: person.WebAuthnID(), UserVerification: protocol.VerificationRequired,
		CredParams: webauthn.CredentialParametersDefault(),
	}, parsed)
	if err != nil {
		return factor.Passkey{}, refused(err)
	}
	passkey := factor.Passkey{
		ID: made.ID, PublicKey: made.PublicKey, SignCount: made.Authenticator.SignCount, Name: name,
		AAGUID: made.Authenticator.AAGUID, Synced: made.Flags.BackupEligible, BackedUp: made.Flags.BackupState,
	}
	for _, each := range made.Transport {
		passkey.Transports = append(passkey.Transports, string(each))
	}
	return p.factors.AddPasskey(ctx, user.ID, passkey)
}
