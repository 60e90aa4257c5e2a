// Package upstream answers "who vouches for them elsewhere?": other identity providers,
// by which people sign in here. It never takes an e-mail address for a person: who
// somebody is elsewhere is an issuer and its subject, and nothing else links.
//
// providers.go keeps the providers, whose settings are in provider.go and preset.go.
// begin.go sends a person there, finish.go judges how they come back: response.go what
// the browser brings, tokens.go what the provider gives for the code, id_token.go what it
// says of whom, and claims.go what of that is believed. accounts.go decides whose account
// that is. kept_tokens.go keeps what the provider gave, for clients that may have it, and
// renew_tokens.go renews it. logout.go and logout_token.go end what began there.
package upstream
