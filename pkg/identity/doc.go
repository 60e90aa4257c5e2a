// Package identity answers "who is it?": users and their passwords, sessions,
// clients and their secrets, API keys, and how often somebody may guess. It never speaks HTTP, and it
// never hands out a password's hash, but to an Archive.
//
// Where things lie in the user table: a user at user#ID, a client in one of 32
// shards of clients, an API key in one of 32 of its own, and two indexes of unique names, usernames (32 shards) and
// resource identifiers. In the state table guesses are counted, and a person's
// sessions lie at user#ID.
package identity
