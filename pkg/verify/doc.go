// Package verify answers "is it genuine?": access tokens, proofs of whose they are,
// and client credentials.
// It never touches a store, which keeps the authorizer small.
//
// issuers.go chooses the issuer of a token and access_token.go judges it, as a
// policy says and with the rules that a profile fills in; remote.go keeps the
// documents of issuers, keys and metadata; introspection.go and userinfo.go ask
// about one token, and answers.go remembers what was said.
package verify
