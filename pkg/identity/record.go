package identity

import "github.com/ostiary-auth/ostiary/pkg/audit"

// RecordIn has what is decided about people recorded in the trail, which may be nil. It
// is called before anybody is served, as are those below.
func (u *Users) RecordIn(trail *audit.Trail) { u.trail = trail }

// RecordIn is Users.RecordIn of clients.
func (c *Clients) RecordIn(trail *audit.Trail) { c.trail = trail }

// RecordIn is Users.RecordIn of sessions.
func (s *Sessions) RecordIn(trail *audit.Trail) { s.trail = trail }

// RecordIn is Users.RecordIn of API keys.
func (k *APIKeys) RecordIn(trail *audit.Trail) { k.trail = trail }

// RecordIn is Users.RecordIn of wrong client secrets.
func (l *ClientLockout) RecordIn(trail *audit.Trail) { l.trail = trail }
