// Package identity answers "who is it?": users and their passwords, groups, attributes and
// identities elsewhere, sessions, clients and their secrets, API keys, and how often
// somebody may guess. It never speaks HTTP, and it never hands out a password's hash, but
// to an Archive.
//
// What lies with a person lies at user#ID, in the user table and, as their sessions, in the
// state table. Usernames, addresses, groups, clients and API keys lie in 32 shards each, in
// order. Guesses are counted in the state table. docs/architecture.md names every key.
package identity
