package identity

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// SessionLimits bound how long somebody stays signed in. Under the zero value no
// session is good.
type SessionLimits struct {
	Idle     time.Duration // without being used
	Absolute time.Duration // since the last time that the person proved who they are
}

// Session is what a browser and a person have in common after a sign-in.
type Session struct {
	ID        string    `json:"sid"` // stays the same when the person signs in once more
	UserID    string    `json:"sub"`
	AuthTime  time.Time `json:"auth_time"`
	AMR       []string  `json:"amr,omitempty"` // how they signed in (RFC 8176)
	ACR       string    `json:"acr,omitempty"`
	Created   time.Time `json:"created"`
	Used      time.Time `json:"used"`    // to the minute
	Expires   time.Time `json:"expires"` // unless it is used before
	Epoch     int       `json:"epoch"`   // the person's, at the sign-in
	UserAgent string    `json:"user_agent,omitempty"`
	Address   string    `json:"address,omitempty"`

	Elsewhere *Elsewhere `json:"elsewhere,omitempty"` // the sign-in at another provider that it rests on

	Clients []SessionClient `json:"clients,omitempty"` // that were told of it
}

// SessionClient is a client that a person has gone to in a session.
type SessionClient struct {
	ID     string    `json:"client_id"`
	Joined time.Time `json:"joined"` // before a client's IssuedAt: it was another of the same ID
}

// SignedIn is a session that is good, and whose it is. Its only sources are Begin
// and Open, so who holds one has seen the person's password, or their cookie.
type SignedIn struct {
	Session
	User User
}

// Authentication is how a person proved who they are.
type Authentication struct {
	Time      time.Time
	AMR       []string
	ACR       string
	UserAgent string // shown to the person among their sessions
	Address   string // likewise

	Elsewhere *Elsewhere // where another provider vouched for them
}

// Elsewhere is a sign-in at another provider.
type Elsewhere struct {
	Provider  string `json:"provider"` // our ID of it
	Issuer    string `json:"iss"`
	Subject   string `json:"sub"`
	SessionID string `json:"sid,omitempty"`      // its own
	IDToken   []byte `json:"id_token,omitempty"` // sealed; kept where signing out is to reach it

	AuthTime time.Time `json:"auth_time,omitzero"` // when they signed in there, as far as it says
}

// Proved is when the person last proved who they are, here or, where another provider
// vouched for them, there.
func (s Session) Proved() time.Time {
	if s.Elsewhere != nil && !s.Elsewhere.AuthTime.IsZero() && s.Elsewhere.AuthTime.Before(s.AuthTime) {
		return s.Elsewhere.AuthTime
	}
	return s.AuthTime
}

// By is the provider that the sign-in rests on, oauth.LocalProvider for none.
func (s Session) By() string {
	if s.Elsewhere == nil {
		return oauth.LocalProvider
	}
	return s.Elsewhere.Provider
}

// Sessions are who is signed in where. They lie in their person's partition of
// the state table, so that a person's sessions are one List.
type Sessions struct {
	state  store.Table
	users  *Users
	limits SessionLimits
	trail  *audit.Trail
	now    func() time.Time
}

// sessionRecord is what lies at sessionKey.
type sessionRecord struct {
	Session
	Secret []byte `json:"secret"` // SHA-256
}

// NewSessions keeps sessions in the state table.
func NewSessions(state store.Table, users *Users, limits SessionLimits) *Sessions {
	return &Sessions{state: state, users: users, limits: limits, now: time.Now}
}

const sessionPrefix = "session#"

func sessionKey(userID, sid string) store.Key {
	return store.Key{Partition: Partition(userID), Sort: sessionPrefix + sid}
}

// put writes the record so that it is gone when the session is over.
func (s *Sessions) put(kept sessionRecord) store.Change {
	return store.Put(sessionKey(kept.UserID, kept.ID), kept).Until(kept.Expires)
}

// expires is when a session used at this time ends, unless it is used again.
func (s *Sessions) expires(authTime, used time.Time) time.Time {
	idle, end := used.Add(s.limits.Idle), authTime.Add(s.limits.Absolute)
	if end.Before(idle) {
		return end
	}
	return idle
}

// Get returns a session that is good, for whoever knows its sid, without counting
// as use of it; store.ErrNotFound when it is over. Only Open proves that somebody
// may act in it.
func (s *Sessions) Get(ctx context.Context, userID, sid string) (Session, error) {
	kept, _, err := s.load(ctx, userID, sid)
	if err != nil {
		return Session{}, err
	}
	user, err := s.users.Get(ctx, userID)
	if err != nil {
		return Session{}, err
	}
	return kept.Session, s.over(kept.Session, user)
}

func (s *Sessions) load(ctx context.Context, userID, sid string) (sessionRecord, string, error) {
	if userID == "" || sid == "" {
		return sessionRecord{}, "", store.ErrNotFound
	}
	kept, version, err := store.Load[sessionRecord](ctx, s.state, sessionKey(userID, sid))
	return kept, version, wrap("load session", err)
}

// over returns store.ErrNotFound when the session has ended: by time, or because
// its person was disabled or has signed out everywhere.
func (s *Sessions) over(session Session, user User) error {
	switch {
	case !s.now().Before(session.Expires):
		return fmt.Errorf("the session has expired: %w", store.ErrNotFound)
	case user.Disabled:
		return fmt.Errorf("%w: %w", errDisabled, store.ErrNotFound)
	case user.Epoch != session.Epoch:
		return fmt.Errorf("signed out everywhere since: %w", store.ErrNotFound)
	}
	return nil
}

// AddClient remembers that the client was told of this session, so that it will
// hear of its end: the client itself, not one that had its ID before. store.ErrNotFound
// when the session has ended.
func (s *Sessions) AddClient(ctx context.Context, sid, userID string, client oauth.Client) error {
	for {
		kept, version, err := s.load(ctx, userID, sid)
		if err != nil || kept.knows(client) {
			return err
		}
		joined := SessionClient{client.ID, s.now().UTC()}
		others := slices.DeleteFunc(kept.Clients, func(c SessionClient) bool { return c.ID == client.ID })
		kept.Clients = append(others, joined)
		err = s.state.Write(ctx, s.put(kept).IfVersion(version))
		if !outrun(err, sessionKey(userID, sid)) {
			return wrap("add client to session", err)
		}
	}
}

func (s Session) knows(client oauth.Client) bool {
	return slices.ContainsFunc(s.Clients, func(c SessionClient) bool { return c.Is(client) })
}

// Is reports whether it is the client that joined, and none that was registered under
// its ID since.
func (c SessionClient) Is(client oauth.Client) bool {
	return c.ID == client.ID && !c.Joined.Before(client.IssuedAt)
}

// End ends a session. One that is over already stays over.
func (s *Sessions) End(ctx context.Context, userID, sid string) error {
	if userID == "" || sid == "" {
		return nil
	}
	err := s.state.Write(ctx, store.Delete(sessionKey(userID, sid)))
	if err == nil {
		s.trail.Record(ctx, audit.Event{Kind: audit.SessionEnded, Subject: userID, Session: sid})
	}
	return wrap("end session", err)
}

// List returns the person's sessions that are good, the oldest first.
func (s *Sessions) List(ctx context.Context, userID string) ([]Session, error) {
	user, err := s.users.Get(ctx, userID)
	if err != nil {
		return nil, err
	}
	records, err := store.All(ctx, s.state, sessionKey(userID, "").Partition, sessionPrefix)
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	sessions := []Session{}
	for _, record := range records {
		kept, err := store.Decode[sessionRecord](record)
		if err != nil {
			return nil, err
		}
		if s.over(kept.Session, user) == nil {
			sessions = append(sessions, kept.Session)
		}
	}
	slices.SortStableFunc(sessions, func(a, b Session) int { return a.Created.Compare(b.Created) })
	return sessions, nil
}

var errHandle = errors.New("not a session's handle")
