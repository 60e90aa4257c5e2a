package issue_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// answering is a hook that says this, and tells what it was asked last.
func answering(t *testing.T, document string) (issue.TokenHook, *issue.TokenQuestion) {
	t.Helper()
	answer, err := issue.ParseTokenAnswer([]byte(document))
	must(t, err)
	var asked issue.TokenQuestion
	return issue.TokenHook{Ask: func(_ context.Context, q issue.TokenQuestion) (issue.TokenAnswer, error) {
		asked = q
		return answer, nil
	}}, &asked
}

func TestAHookIsToldWhoAndWhy(t *testing.T) {
	s := employed(t)
	hook, asked := answering(t, `{}`)
	s.issuer.HookTokens(hook)
	client, err := s.clients.Get(t.Context(), deskID)
	must(t, err)
	granted := s.code(deskID, "scope=openid groups")
	approval, err := s.issuer.Grants()[oauth.AuthorizationCode].Approve(t.Context(), issue.Request{Client: client, Params: s.params(url.Values{
		"code": {granted}, "redirect_uri": {callback}, "code_verifier": {verifier},
	})})
	must(t, err)
	approval.GrantType = oauth.AuthorizationCode
	_, err = s.issuer.Mint(t.Context(), approval)
	must(t, err)
	encoded, err := json.Marshal(asked)
	must(t, err)
	var question map[string]any
	must(t, json.Unmarshal(encoded, &question))
	delete(question, "auth_time")
	delete(question["user"].(map[string]any), "updated_at")
	want := map[string]any{
		"version": 1.0, "iss": issuer, "grant_type": "authorization_code", "tokens": []any{"access_token", "id_token"},
		"client": map[string]any{"client_id": deskID}, "sub": s.alice.ID, "scope": "openid groups", "aud": []any{issuer},
		"acr": oauth.ACRPassword, "amr": []any{"pwd"},
		"user": map[string]any{
			"id": s.alice.ID, "username": "alice", "name": "Alice Example", "email": "alice@example.com", "email_verified": true,
			"groups": []any{"editors"}, "roles": []any{"EDIT", "OWN", "READ"},
			"attributes": map[string]any{"department": "Wonderland", "level": 3.0, "motto": "Curiouser"},
		},
	}
	if diff := cmp.Diff(want, question); diff != "" {
		t.Error(diff)
	}
	_, err = s.grant(oauth.ClientCredentials, deskID, s.params(url.Values{"scope": {"groups"}}))
	must(t, err)
	if asked.User != nil || asked.Subject != deskID || len(asked.Tokens) != 1 {
		t.Errorf("of a client that acts for itself: %+v", asked)
	}
}

func TestAHookAddsClaimsAndTakesScope(t *testing.T) {
	s := employed(t)
	hook, _ := answering(t, `{"access_token":{"plan":"gold","level":9,"email":"a@example.com"},"id_token":{"plan":{"is":"gold"}},"remove_scope":"groups admin:users:read other"}`)
	s.issuer.HookTokens(hook)
	tokens := s.tokens(deskID, s.code(deskID, "scope=openid employment groups offline_access admin:users:read"))
	if got := tokens.Scope.String(); got != "openid employment offline_access" {
		t.Errorf("got the scope %s", got)
	}
	accessToken, idToken := claimsOf(t, tokens.AccessToken), claimsOf(t, tokens.IDToken)
	if diff := cmp.Diff(map[string]any{"plan": "gold", "level": 9.0, "email": "a@example.com"}, beside(accessToken)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]any{"plan": map[string]any{"is": "gold"}}, beside(idToken)); diff != "" {
		t.Error(diff)
	}
	if accessToken["scope"] != "openid employment offline_access" {
		t.Errorf("the token says %s", accessToken["scope"])
	}
	s.issuer.HookTokens(issue.TokenHook{}) // what was taken of tokens was not taken of the grant
	again, err := s.refresh(deskID, tokens.RefreshToken)
	must(t, err)
	if got := again.Scope.String(); got != "openid employment groups offline_access admin:users:read" {
		t.Errorf("refreshed: %s", got)
	}
}

// Whatever a hook says, tokens are judged by what we say alone.
func TestAHookSaysNothingThatTokensAreJudgedBy(t *testing.T) {
	s := employed(t)
	add := func(claim string) string { return `{"access_token":{"` + claim + `":"x"}}` }
	cases := map[string]string{
		"J28 a claim in another spelling": add("Sub"),
		"J40 a name with a quote":         `{"access_token":{"a\"b":1}}`,
		"a verification":                  `{"id_token":{"email_verified":true}}`,
		"4 kB of claims":                  `{"access_token":{"a":"` + strings.Repeat("a", 4<<10) + `"}}`,
		"51 claims":                       `{"access_token":{` + strings.TrimPrefix(manyClaims(51), ",") + `}}`,
		"no person":                       `{"remove_scope":"openid"}`,
		"no refresh token":                `{"remove_scope":"offline_access"}`,
		"a novel instead of tokens":       `{"deny":"` + strings.Repeat("a", 201) + `"}`,
	}
	for _, claim := range []string{
		"iss", "sub", "aud", "exp", "nbf", "iat", "jti", "client_id", "scope", "auth_time", "acr", "amr", "nonce", "azp",
		"sid", "at_hash", "c_hash", "cnf", "act", "may_act", "status", "grant_id", "usageIdentifierKey", "_sd_alg", "_claim_names",
	} {
		cases["the claim "+claim] = add(claim)
	}
	for name, document := range cases {
		hook, _ := answering(t, document)
		s.issuer.HookTokens(hook)
		granted := s.code(deskID, "scope=openid offline_access")
		_, err := s.redeem(deskID, granted)
		if code(err) != oauth.TemporarilyUnavailable {
			t.Errorf("%s: got %v", name, err)
		}
		var told error
		hook.FailOpen = func(_ context.Context, err error) { told = err }
		s.issuer.HookTokens(hook)
		tokens, err := s.redeem(deskID, granted) // which was not spent
		if err != nil || told == nil || len(beside(claimsOf(t, tokens.AccessToken))) > 0 || len(beside(claimsOf(t, tokens.IDToken))) > 0 {
			t.Errorf("%s, open: %v, told %v", name, err, told)
		}
	}
}

func manyClaims(n int) (text string) {
	for i := range n {
		text += fmt.Sprintf(`,"c%d":1`, i)
	}
	return text
}

func TestAHookRefuses(t *testing.T) {
	s := employed(t)
	hook, _ := answering(t, `{"deny":"alice has not paid","access_token":{"a":1}}`)
	hook.FailOpen = func(_ context.Context, err error) { t.Errorf("a refusal is no failure: %v", err) }
	s.issuer.HookTokens(hook)
	_, err := s.redeem(deskID, s.code(deskID, "scope=openid"))
	wants(t, err, oauth.AccessDenied)
	if got := oauth.AsError(err).Description; got != "alice has not paid" {
		t.Errorf("the client is told %q", got)
	}
}

// An outage of the hook, and its refusal, spend neither a code nor a refresh token.
func TestF26WhatAHookStopsIsNotSpent(t *testing.T) {
	s := employed(t)
	for name, hook := range map[string]issue.TokenHook{
		"outage": {Ask: func(context.Context, issue.TokenQuestion) (issue.TokenAnswer, error) {
			return issue.TokenAnswer{}, errors.New("away")
		}},
		"refusal": {Ask: func(context.Context, issue.TokenQuestion) (issue.TokenAnswer, error) {
			return issue.TokenAnswer{Deny: "no"}, nil
		}},
	} {
		t.Run(name, func(t *testing.T) {
			s.t = t
			granted := s.code(deskID, "scope=openid offline_access")
			s.issuer.HookTokens(hook)
			if _, err := s.redeem(deskID, granted); err == nil {
				t.Fatal("got tokens")
			}
			s.issuer.HookTokens(issue.TokenHook{})
			tokens := s.tokens(deskID, granted)
			s.issuer.HookTokens(hook)
			if _, err := s.refresh(deskID, tokens.RefreshToken); err == nil {
				t.Fatal("got tokens")
			}
			if _, err := s.grant(oauth.ClientCredentials, deskID, s.params(url.Values{})); err == nil {
				t.Error("a client that acts for itself got a token")
			}
			s.issuer.HookTokens(issue.TokenHook{})
			next, err := s.refresh(deskID, tokens.RefreshToken)
			must(t, err)
			if next.RefreshToken == tokens.RefreshToken {
				t.Error("the refresh token did not move on")
			}
		})
	}
}

func TestAHookThatNobodyWaitsForIsNoOutage(t *testing.T) {
	s := employed(t)
	ctx, hangUp := context.WithCancel(t.Context())
	s.issuer.HookTokens(issue.TokenHook{
		Ask: func(context.Context, issue.TokenQuestion) (issue.TokenAnswer, error) {
			hangUp()
			return issue.TokenAnswer{}, context.Canceled
		},
		FailOpen: func(context.Context, error) { t.Error("tokens are made for nobody") },
	})
	client, err := s.clients.Get(t.Context(), deskID)
	must(t, err)
	approval, err := s.issuer.Grants()[oauth.ClientCredentials].Approve(ctx, issue.Request{Client: client, Params: s.params(url.Values{})})
	must(t, err)
	if _, err := s.issuer.Mint(ctx, approval); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestAnswersOfHooksThatAreNone(t *testing.T) {
	for name, document := range map[string]string{
		"nothing":                 ``,
		"a page":                  `<html>`,
		"a list":                  `[]`,
		"null":                    `null`,
		"two":                     `{}{}`,
		"a member twice":          `{"deny":"no","deny":""}`,
		"a member twice, escaped": `{"deny":"no","\u0064eny":""}`,
		"J28 another spelling":    `{"Deny":"no"}`,
		"a mistyped refusal":      `{"denied":true}`,
		"a refusal of no reason":  `{"deny":""}`,
		"a refusal that is true":  `{"deny":true}`,
		"no refusal":              `{"deny":null}`,
		"claims that are a list":  `{"access_token":["a"]}`,
		"claims that are null":    `{"access_token":null}`,
		"a scope that is a list":  `{"remove_scope":["groups"]}`,
		"a scope that cannot be":  `{"remove_scope":"\""}`,
		"depth without end":       `{"access_token":{"a":` + strings.Repeat("[", 9) + strings.Repeat("]", 9) + `}}`,
		"17 kB":                   `{"deny":"` + strings.Repeat("a", 17<<10) + `"}`,
	} {
		if answer, err := issue.ParseTokenAnswer([]byte(document)); err == nil {
			t.Errorf("%s: got %+v", name, answer)
		}
	}
}

// FuzzTokenAnswer: what comes out was said once, by its exact name, and fits into a token.
func FuzzTokenAnswer(f *testing.F) {
	for _, seed := range []string{`{}`, `{"deny":"no"}`, `{"access_token":{"a":[1]},"id_token":{},"remove_scope":"a b"}`, `{"Deny":1}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, document []byte) {
		answer, err := issue.ParseTokenAnswer(document)
		if err != nil {
			return
		}
		for name := range answer.AccessToken {
			if !json.Valid(answer.AccessToken[name]) {
				t.Errorf("%s is no JSON: %s", name, document)
			}
		}
		if len(document) > 16<<10 {
			t.Errorf("%d bytes were read", len(document))
		}
	})
}
