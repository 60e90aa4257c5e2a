// Command go-oidc is a client made of coreos/go-oidc and x/oauth2, as the former's
// examples are: confidential, the way to authenticate found out by trying.
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"net/url"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/ostiary-auth/ostiary/test/interop/go/talk"
)

func main() {
	ctx, self := context.Background(), talk.Begin()
	provider, err := oidc.NewProvider(ctx, self.Issuer)
	talk.Must(err)
	var metadata struct {
		EndSession  string `json:"end_session_endpoint"`
		Backchannel bool   `json:"backchannel_logout_session_supported"`
	}
	talk.Must(provider.Claims(&metadata))
	talk.Want(metadata.EndSession != "" && metadata.Backchannel, "logout is not advertised")
	talk.Did("discovery")

	config := oauth2.Config{
		ClientID: self.ClientID, ClientSecret: self.ClientSecret, Endpoint: provider.Endpoint(), RedirectURL: self.RedirectURI,
		Scopes: []string{oidc.ScopeOpenID, "profile", "email", oidc.ScopeOfflineAccess},
	}
	verifier, nonce, state := oauth2.GenerateVerifier(), rand.Text(), rand.Text()
	authorize := func(prompt string) url.Values {
		arrived := talk.Visit(config.AuthCodeURL(state, oauth2.S256ChallengeOption(verifier), oidc.Nonce(nonce), oauth2.SetAuthURLParam("prompt", prompt)))
		talk.Want(arrived.Query().Get("state") == state, "the state is lost: ", arrived)
		return arrived.Query()
	}
	code := authorize("consent").Get("code")
	_, err = config.Exchange(ctx, code, oauth2.VerifierOption(oauth2.GenerateVerifier()))
	// Which error it is cannot be told: x/oauth2 tries the other way to authenticate
	// after the first failure, and shows what that one gave.
	var refused *oauth2.RetrieveError
	talk.Want(errors.As(err, &refused), "a wrong verifier: ", err)
	tokens, err := config.Exchange(ctx, authorize("consent").Get("code"), oauth2.VerifierOption(verifier))
	talk.Must(err)
	talk.Did("code")

	idTokens := provider.Verifier(&oidc.Config{ClientID: self.ClientID})
	raw, _ := tokens.Extra("id_token").(string)
	idToken, err := idTokens.Verify(ctx, raw)
	talk.Must(err)
	talk.Want(idToken.Nonce == nonce, "another nonce: ", idToken.Nonce)
	if idToken.AccessTokenHash != "" {
		talk.Must(idToken.VerifyAccessToken(tokens.AccessToken))
	}
	var session struct {
		ID string `json:"sid"`
	}
	talk.Must(idToken.Claims(&session))
	talk.Did("id_token")

	userinfo(ctx, provider, tokens, idToken.Subject, self)
	talk.Did("userinfo")

	refreshed, err := config.TokenSource(ctx, &oauth2.Token{RefreshToken: tokens.RefreshToken}).Token()
	talk.Must(err)
	talk.Want(refreshed.AccessToken != tokens.AccessToken, "the access token is the old one")
	userinfo(ctx, provider, refreshed, idToken.Subject, self)
	talk.Did("refresh")

	left := talk.Visit(metadata.EndSession + "?" + url.Values{
		"id_token_hint": {raw}, "post_logout_redirect_uri": {self.PostLogoutRedirectURI}, "state": {state},
	}.Encode())
	talk.Want(left.String() == self.PostLogoutRedirectURI+"?state="+state, "sent to ", left)
	talk.Did("logout")

	ended, err := idTokens.VerifyLogout(ctx, talk.LogoutToken())
	talk.Must(err)
	talk.Want(session.ID != "" && ended.SessionID == session.ID, "another sid: ", ended.SessionID)
	talk.Want(ended.Subject == "" || ended.Subject == idToken.Subject, "another sub: ", ended.Subject)
	talk.Did("back-channel logout")

	talk.Want(authorize("none").Get("error") == "login_required", "still signed in")
	talk.Did("signed out")
}

func userinfo(ctx context.Context, provider *oidc.Provider, tokens *oauth2.Token, subject string, self talk.Self) {
	info, err := provider.UserInfo(ctx, oauth2.StaticTokenSource(tokens))
	talk.Must(err)
	var claims struct {
		Name string `json:"name"`
	}
	talk.Must(info.Claims(&claims))
	talk.Want(info.Subject == subject && info.Email == self.Email && info.EmailVerified && claims.Name == self.Name, info, claims)
}
