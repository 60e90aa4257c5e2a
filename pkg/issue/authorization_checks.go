package issue

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/ostiary-auth/ostiary/pkg/config"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/verify"
)

// Bounds of what is kept of a request.
const (
	maxNonceBytes = 512
	maxHintBytes  = 256
	maxACRBytes   = 1 << 10 // of acr_values
	maxLocales    = 10
)

// ResponseModes are the ways in which an authorization response can travel.
func ResponseModes() []oauth.ResponseMode {
	return []oauth.ResponseMode{oauth.Query, oauth.FormPost}
}

// Prompts are the values of prompt that are understood: create where people may create
// accounts (Initiating User Registration §4.1).
func Prompts(cfg config.Config) []oauth.Prompt {
	prompts := []oauth.Prompt{oauth.PromptNone, oauth.PromptLogin, oauth.PromptConsent, oauth.PromptSelectAccount}
	if cfg.SignsUp() {
		prompts = append(prompts, oauth.PromptCreate)
	}
	return prompts
}

// Displays are the values of display that are understood: the pages fit all.
func Displays() []string { return []string{"page", "popup", "touch", "wap"} }

// UILocales are the languages of the pages: package pages has a catalogue of each, or
// the folder of TEMPLATE_DIR does.
func UILocales(cfg config.Config) []string {
	return union([]string{"en", "ar", "de", "es", "fr", "ja"}, cfg.Catalogues())
}

func checkResponseMode(_ context.Context, d *draft) error {
	mode := oauth.ResponseMode(d.params.Get("response_mode"))
	if mode == "" {
		mode = oauth.Query // Multiple Response Types §5, of code
	}
	if !slices.Contains(ResponseModes(), mode) {
		return oauth.InvalidRequest.Errorf("parameter response_mode must be query or form_post")
	}
	d.request.ResponseMode = mode
	return nil
}

func checkResponseType(_ context.Context, d *draft) error {
	kind, err := d.params.Require("response_type")
	if err != nil {
		return err
	}
	if kind != oauth.ResponseTypeCode { // RFC 9700 §2.1.2
		return oauth.UnsupportedResponseType.Errorf("parameter response_type must be code")
	}
	types := d.client.ResponseTypes
	if !d.client.Allows(oauth.AuthorizationCode) || types != nil && !slices.Contains(types, oauth.ResponseTypeCode) {
		return oauth.UnauthorizedClient.Errorf("the client is not registered for the authorization_code grant type")
	}
	return nil
}

// checkCodeChallenge demands PKCE of everybody, which also ties a code to the
// browser that asked for it (RFC 9700 §2.1.1). A confidential client, and no other,
// can be registered without, for libraries that know none: its secret keeps a stolen
// code useless, but not an injected one, against which it is left to check the nonce.
func checkCodeChallenge(_ context.Context, d *draft) error {
	challenge, method := d.params.Get("code_challenge"), d.params.Get("code_challenge_method")
	if challenge == "" && method == "" && d.client.WithoutPKCE {
		return nil
	}
	if challenge == "" {
		return oauth.InvalidRequest.Errorf("parameter code_challenge is missing")
	}
	if err := verify.CodeChallenge(challenge, method); err != nil {
		return err
	}
	d.request.CodeChallenge = challenge
	return nil
}

func checkNonce(_ context.Context, d *draft) error {
	d.request.Nonce = d.params.Get("nonce")
	if len(d.request.Nonce) > maxNonceBytes {
		return oauth.InvalidRequest.Errorf("parameter nonce is longer than %d bytes", maxNonceBytes)
	}
	return nil
}

func (i *Issuer) checkPrompt(_ context.Context, d *draft) error {
	for _, word := range strings.Fields(d.params.Get("prompt")) {
		prompt := oauth.Prompt(word)
		if !slices.Contains(Prompts(i.cfg), prompt) {
			return oauth.InvalidRequest.Errorf("parameter prompt has a value that is not supported")
		}
		if !slices.Contains(d.request.Prompt, prompt) {
			d.request.Prompt = append(d.request.Prompt, prompt)
		}
	}
	if d.request.prompts(oauth.PromptNone) && len(d.request.Prompt) > 1 { // OpenID Connect Core §3.1.2.1
		return oauth.InvalidRequest.Errorf("parameter prompt has none beside another value")
	}
	return nil
}

func (r AuthorizationRequest) prompts(p oauth.Prompt) bool { return slices.Contains(r.Prompt, p) }

// checkScope decides the scope as for any grant, and ignores offline_access where
// OpenID Connect Core §11 says so: the person must be asked for it, or the client
// be one that is trusted, or installed, by them.
func checkScope(_ context.Context, d *draft) error {
	scope, err := grantScope(Request{Client: d.client, Params: d.params})
	if err != nil {
		return err
	}
	offline := d.request.prompts(oauth.PromptConsent) || d.client.SkipConsent || d.client.ApplicationType == "native"
	if !offline || !d.client.Allows(oauth.RefreshToken) {
		scope = slices.DeleteFunc(slices.Clone(scope), func(s string) bool { return s == oauth.OfflineAccess })
	}
	d.request.Scope = scope
	return nil
}

func (i *Issuer) checkResource(_ context.Context, d *draft) (err error) {
	d.request.Audience, err = i.audience(Request{Client: d.client, Params: d.params}, d.request.Scope)
	return err
}

func checkMaxAge(_ context.Context, d *draft) error {
	d.request.MaxAge = d.client.DefaultMaxAge
	text := d.params.Get("max_age")
	if text == "" {
		return nil
	}
	seconds, err := strconv.ParseUint(text, 10, 31)
	if err != nil {
		return oauth.InvalidRequest.Errorf("parameter max_age must be a number of seconds")
	}
	age := int(seconds)
	d.request.MaxAge = &age
	return nil
}

// checkACRValues takes wishes, which bind nobody (OpenID Connect Core §3.1.2.1).
// An acr that the claims parameter calls essential does (§5.5.1.1): one that no
// sign-in here can reach is refused before anybody types a password.
func checkACRValues(_ context.Context, d *draft) error {
	d.request.ACRValues = d.client.DefaultACRValues
	wishes := d.params.Get("acr_values")
	if len(wishes) > maxACRBytes {
		return oauth.InvalidRequest.Errorf("parameter acr_values is longer than %d bytes", maxACRBytes)
	}
	if wishes != "" {
		d.request.ACRValues = strings.Fields(wishes)
	}
	needed := d.request.Claims.essentialACR()
	if needed != nil && !slices.ContainsFunc(needed, func(acr string) bool { return slices.Contains(oauth.ACRValues(), acr) }) {
		return oauth.UnmetAuthenticationRequirements.Errorf("parameter claims demands an acr that cannot be had here")
	}
	return nil
}

func (i *Issuer) checkIDTokenHint(ctx context.Context, d *draft) error {
	token := d.params.Get("id_token_hint")
	if token == "" {
		return nil
	}
	hint, err := i.openIDTokenHint(ctx, token)
	if err != nil {
		return err
	}
	if hint.ClientID != d.client.ID { // or one client could ask who uses another
		return oauth.InvalidRequest.Errorf("parameter id_token_hint was issued to another client")
	}
	if named := d.request.HintSubject; named != "" && named != hint.Subject {
		return oauth.InvalidRequest.Errorf("parameters id_token_hint and claims name two persons")
	}
	d.request.HintSubject = hint.Subject
	return nil
}

// checkHints keeps what may make a page better. A value that is not understood is
// no reason to fail.
func checkHints(_ context.Context, d *draft) error {
	if display := d.params.Get("display"); slices.Contains(Displays(), display) {
		d.request.Display = display
	}
	if hint := d.params.Get("login_hint"); len(hint) <= maxHintBytes {
		d.request.LoginHint = hint
	}
	if hint := d.params.Get("idp_hint"); len(hint) <= maxHintBytes { // in no specification; Keycloak's kc_idp_hint is much the same
		d.request.ProviderHint = hint
	}
	for _, locale := range strings.Fields(d.params.Get("ui_locales")) {
		if len(d.request.UILocales) < maxLocales && len(locale) <= 35 { // RFC 5646 §4.4.1
			d.request.UILocales = append(d.request.UILocales, locale)
		}
	}
	return nil
}
