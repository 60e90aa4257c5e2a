// Package verify answers "is it genuine?": access tokens, proofs of whose they are,
// and client credentials.
// It never touches a store, which keeps the authorizer small.
package verify
