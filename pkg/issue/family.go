package issue

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/keys"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// ErrReplay is the cause of an invalid_grant that ended a grant, because a token
// was in two hands.
var ErrReplay = errors.New("token in two hands, grant revoked")

// family is the record of a grant: what one sign-in at one client gave, and the
// refresh token that is current. It lies in its person's partition, so that all
// grants of a person are one List.
type family struct {
	ClientID string      `json:"client_id"`
	Scope    oauth.Scope `json:"scope"`
	Audience []string    `json:"audience"`
	AuthTime time.Time   `json:"auth_time"`
	Opened   time.Time   `json:"opened"`
	Epoch    int         `json:"epoch"` // the person's, at the sign-in

	SessionID string        `json:"sid,omitempty"`
	ACR       string        `json:"acr,omitempty"`
	AMR       []string      `json:"amr,omitempty"`
	Claims    ClaimsRequest `json:"claims,omitzero"`

	// MACKey, sealed, authenticates the family's refresh tokens; empty when the
	// client does not refresh.
	MACKey         []byte    `json:"mac_key,omitempty"`
	Generation     int       `json:"generation"`
	Rotated        time.Time `json:"rotated"`
	RefreshExpires time.Time `json:"refresh_expires"`

	Status grantStatus `json:"status,omitzero"`

	version string
	macKey  []byte // in clear, where a refresh token was opened
}

func decodeFamily(r store.Record) (family, error) {
	f, err := store.Decode[family](r)
	f.version = r.Version
	return f, err
}

// refreshHandle is what a refresh token says: whose, which grant, and how many
// rotations old. On the wire it is locator.generation.MAC, where the locator is
// the sealed pair of user and grant: it tells its holder nothing, and a made-up
// one is refused before anything is read.
type refreshHandle struct {
	locator     string
	user, grant string
	generation  int
}

const (
	locatorPurpose = "refresh token locator"
	macKeyPurpose  = "refresh family MAC key of "
)

func grantKey(user, grant string) store.Key {
	return store.Key{Partition: identity.Partition(user), Sort: "grant#" + grant}
}

func (h refreshHandle) key() store.Key { return grantKey(h.user, h.grant) }

func errGrantGone() error {
	return oauth.InvalidGrant.Errorf("the refresh token is unknown, expired or revoked")
}

// offline reports whether the grant outlives its session (OpenID Connect Core
// §11). One that never had a session does.
func (f family) offline() bool { return f.SessionID == "" || f.Scope.Has(oauth.OfflineAccess) }

// openGrant adds to the approval a new grant, which opens when the tokens are made.
// See newGrant.
func (i *Issuer) openGrant(ctx context.Context, a Approval) (Approval, error) {
	a, opening, err := i.newGrant(ctx, a)
	a.commit = func(ctx context.Context) error { return i.open(ctx, a, opening) }
	return a, err
}

// newGrant adds to the approval the id of a new grant and, where the client may
// refresh, a refresh token. The grant is open once the change has been written.
func (i *Issuer) newGrant(ctx context.Context, a Approval) (Approval, store.Change, error) {
	now := i.now()
	index, err := i.grantIndex(ctx, a.Client)
	if err != nil {
		return Approval{}, store.Change{}, err
	}
	a.status = index
	f := family{
		ClientID: a.Client.ID, Scope: a.Scope, Audience: a.Audience, AuthTime: a.AuthTime, Opened: now,
		Epoch: a.User.Epoch, SessionID: a.SessionID, ACR: a.ACR, AMR: a.AMR, Claims: a.Claims,
		Generation: 1, Rotated: now, RefreshExpires: i.refreshExpires(now, now),
		Status: grantStatus{Index: index, Since: now.Unix()},
	}
	a.GrantID = newID()
	handle := refreshHandle{user: a.User.ID, grant: a.GrantID, generation: 1}
	if a.Client.Allows(oauth.RefreshToken) && f.offline() {
		locator, err := i.sealer.Seal(ctx, []byte(a.User.ID+"\x00"+a.GrantID), locatorPurpose)
		if err != nil {
			return Approval{}, store.Change{}, err
		}
		handle.locator = base64.RawURLEncoding.EncodeToString(locator)
		key := make([]byte, sha256.Size)
		_, _ = rand.Read(key) // never fails
		if f.MACKey, err = i.sealer.Seal(ctx, key, macKeyPurpose+a.GrantID); err != nil {
			return Approval{}, store.Change{}, err
		}
		a.RefreshToken = encodeRefreshToken(handle, key, 1)
	}
	return a, store.Put(handle.key(), f).Until(i.grantExpires(now, f)).IfAbsent(), nil
}

// openRefreshToken finds the family of a refresh token and checks the token's MAC.
// A token that is not ours is noise: it revokes nothing.
func (i *Issuer) openRefreshToken(ctx context.Context, token string) (refreshHandle, family, error) {
	handle, mac, err := i.parseRefreshToken(ctx, token)
	if err != nil {
		return handle, family{}, err
	}
	record, err := i.state.Get(ctx, handle.key())
	if errors.Is(err, store.ErrNotFound) {
		return handle, family{}, errGrantGone()
	}
	if err != nil {
		return handle, family{}, err
	}
	f, err := decodeFamily(record)
	if err != nil {
		return handle, family{}, err
	}
	if len(f.MACKey) == 0 {
		return handle, family{}, errGrantGone()
	}
	f.macKey, err = i.sealer.Open(ctx, f.MACKey, macKeyPurpose+handle.grant)
	if err != nil {
		return handle, family{}, err
	}
	if !hmac.Equal(mac, refreshMAC(f.macKey, handle.grant, handle.generation)) || handle.generation > f.Generation {
		return handle, family{}, errGrantGone()
	}
	return handle, f, nil
}

func (i *Issuer) parseRefreshToken(ctx context.Context, token string) (refreshHandle, []byte, error) {
	locator, rest, _ := strings.Cut(token, ".")
	generation, encodedMAC, _ := strings.Cut(rest, ".")
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(locator)
	if err != nil || len(token) > 1024 || strings.ContainsAny(token, "\r\n") { // which Strict skips
		return refreshHandle{}, nil, errGrantGone()
	}
	mac, err := base64.RawURLEncoding.Strict().DecodeString(encodedMAC)
	if err != nil {
		return refreshHandle{}, nil, errGrantGone()
	}
	number, err := strconv.Atoi(generation)
	if err != nil || number < 1 || strconv.Itoa(number) != generation { // one token, one text
		return refreshHandle{}, nil, errGrantGone()
	}
	opened, err := i.sealer.Open(ctx, sealed, locatorPurpose)
	if errors.Is(err, keys.ErrForeign) {
		return refreshHandle{}, nil, errGrantGone()
	}
	if err != nil {
		return refreshHandle{}, nil, err
	}
	user, grant, _ := strings.Cut(string(opened), "\x00")
	return refreshHandle{locator: locator, user: user, grant: grant, generation: number}, mac, nil
}

// encodeRefreshToken writes the refresh token of a generation.
func encodeRefreshToken(h refreshHandle, key []byte, generation int) oauth.Secret {
	mac := base64.RawURLEncoding.EncodeToString(refreshMAC(key, h.grant, generation))
	return oauth.Secret(h.locator + "." + strconv.Itoa(generation) + "." + mac)
}

func refreshMAC(key []byte, grant string, generation int) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(grant + "." + strconv.Itoa(generation)))
	return mac.Sum(nil)
}

// refreshExpires is when a refresh token made now stops working: after the idle
// time, and never later than the family's whole life.
func (i *Issuer) refreshExpires(now, opened time.Time) time.Time {
	idle, end := now.Add(i.cfg.RefreshIdleLifetime), opened.Add(i.cfg.RefreshLifetime)
	if end.Before(idle) {
		return end
	}
	return idle
}

// grantExpires is when the record may go: not before the tokens that name it.
func (i *Issuer) grantExpires(now time.Time, f family) time.Time {
	last := now.Add(oauth.MaxAccessTokenLifetime)
	if len(f.MACKey) > 0 && f.RefreshExpires.After(last) {
		return f.RefreshExpires
	}
	return last
}

// liveUser loads the person of a grant, strongly consistent. It returns
// invalid_grant when the person is gone, disabled, or has signed out everywhere
// since the grant was made.
func (i *Issuer) liveUser(ctx context.Context, id string, epoch int) (identity.User, error) {
	user, err := i.users.Get(ctx, id)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return identity.User{}, errGrantGone()
	case err != nil:
		return identity.User{}, err
	case user.Disabled || user.Epoch != epoch:
		return identity.User{}, errGrantGone()
	}
	return user, nil
}
