package identity

import "github.com/ostiary-auth/ostiary/pkg/store"

// TakeTurn keeps everybody else from hashing until the returned func is called.
func (u *Users) TakeTurn() (done func()) {
	u.hasher.turn <- struct{}{}
	return func() { <-u.hasher.turn }
}

// Opened returns what the clients are kept in and sealed by.
func Opened(c *Clients) (store.Table, Sealer) { return c.table, c.sealer }

// ClientKey is where a client lies.
func ClientKey(id string) store.Key { return clientKey(id) }
