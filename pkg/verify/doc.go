// Package verify answers "is it genuine?": access tokens, proofs of whose they are,
// and client credentials. It never touches a store, which keeps the authorizer small.
//
// issuers.go chooses the issuer of a token and access_token.go judges it, as a
// policy says and with the rules that a profile fills in; status_list.go asks whether
// it was revoked, dpop.go and client_certificate.go whether it is its sender's.
// client_secret.go, private_key_jwt.go and pkce.go are about clients.
//
// remote.go keeps the documents of issuers, keys and metadata, and
// status_list_kept.go their status lists; introspection.go and userinfo.go ask about
// one token, and answers.go remembers what was said.
package verify
