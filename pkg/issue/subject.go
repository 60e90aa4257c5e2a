package issue

import (
	"context"
	"encoding/base64"
	"errors"
	"strings"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/keys"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// subject is the sub by which the client knows the person, or itself when there is
// none (RFC 9068 §2.2). It stands in access tokens too: an API that two clients
// share must not become the place where their pairwise subs are joined.
func (i *Issuer) subject(ctx context.Context, client oauth.Client, user identity.User) (string, error) {
	if user.ID == "" {
		return client.ID, nil
	}
	return i.clients.Subject(ctx, client, user.ID)
}

// sessionID is the sid by which the client knows the session, "" for none.
func (i *Issuer) sessionID(ctx context.Context, client oauth.Client, sid string) (string, error) {
	return i.clients.SessionID(ctx, client, sid)
}

// names are what the client, and whoever reads its tokens, is told instead of the
// person, their session and their grant.
type names struct{ subject, sessionID, grantID string }

func (i *Issuer) names(ctx context.Context, a Approval) (n names, err error) {
	if n.subject, err = i.subject(ctx, a.Client, a.User); err != nil {
		return n, err
	}
	if n.sessionID, err = i.sessionID(ctx, a.Client, a.SessionID); err != nil {
		return n, err
	}
	n.grantID, err = i.grantReference(ctx, a.Client, a.User.ID, a.GrantID)
	return n, err
}

// username is what introspection tells beside the sub: nothing where the sub is
// meant to hide it.
func username(client oauth.Client, user identity.User) string {
	if client.SubjectType == oauth.PairwiseSubject {
		return ""
	}
	return user.Username
}

const grantReferencePurpose = "grant_id of an access token"

// grantReference is the grant_id of an access token, by which we find the token's
// grant and person again. A pairwise sub does not lead to the person, so there the
// reference does, sealed: it tells nobody else anything, and no two are the same.
func (i *Issuer) grantReference(ctx context.Context, client oauth.Client, user, grant string) (string, error) {
	if grant == "" || client.SubjectType != oauth.PairwiseSubject {
		return grant, nil
	}
	sealed, err := i.sealer.Seal(ctx, []byte(user+"\x00"+grant), grantReferencePurpose)
	return sealedMark + base64.RawURLEncoding.EncodeToString(sealed), err
}

// sealedMark tells a sealed reference from a grant's id, which is letters and digits.
const sealedMark = "."

// openGrantReference returns whose grant an access token of ours names, and which.
func (i *Issuer) openGrantReference(ctx context.Context, subject, reference string) (user, grant string, err error) {
	encoded, sealed := strings.CutPrefix(reference, sealedMark)
	if !sealed {
		return subject, reference, nil
	}
	text, err := base64.RawURLEncoding.DecodeString(encoded)
	if err != nil {
		return "", "", oauth.InvalidToken.Errorf("malformed grant_id: %w", err)
	}
	opened, err := i.sealer.Open(ctx, text, grantReferencePurpose)
	if errors.Is(err, keys.ErrForeign) { // who shares an HS256 secret can write anything
		return "", "", oauth.InvalidToken.Errorf("grant_id is not one of ours: %w", err)
	}
	if err != nil {
		return "", "", err
	}
	user, grant, _ = strings.Cut(string(opened), "\x00")
	return user, grant, nil
}
