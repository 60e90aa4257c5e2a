package identity

// TakeTurn keeps everybody else from hashing until the returned func is called.
func (u *Users) TakeTurn() (done func()) {
	u.hasher.turn <- struct{}{}
	return func() { <-u.hasher.turn }
}
