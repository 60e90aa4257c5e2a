package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// tokenGet signs a person in from a terminal, as a native app does (RFC 8252).
type tokenGet struct {
	*app
	issuer, client, scope, resource string
	redirectURI                     string
	authMethod                      string
	secretStdin, noBrowser          bool
	timeout                         time.Duration

	secret oauth.Secret
}

func (a *app) tokenGetCommand() *cobra.Command {
	g := &tokenGet{app: a}
	command := &cobra.Command{
		Use:   "get",
		Short: "Sign in with a browser and print the tokens",
		Long: `Sign in with a browser and print the tokens: the authorization code flow with PKCE,
as a native app does it. The answer comes to 127.0.0.1 on a random port, so the client
must be registered with the redirect URI http://127.0.0.1/callback (any port will do).

The issuer is --issuer, else the environment's ISSUER, else http://localhost:8080.`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error { return g.run(command.Context()) },
	}
	flags := command.Flags()
	flags.StringVar(&g.issuer, "issuer", "", "the issuer's URL")
	flags.StringVar(&g.client, "client", demoPublicClient, "client_id")
	flags.StringVar(&g.scope, "scope", oauth.OpenID, "scope, separated by spaces; with offline_access you are asked for consent")
	flags.StringVar(&g.resource, "resource", "", "the API that the access token is for; the issuer's default audience when empty")
	flags.StringVar(&g.redirectURI, "redirect-uri", "http://127.0.0.1/callback", "the client's redirect URI, on 127.0.0.1 or [::1]; a port in it is used")
	flags.BoolVar(&g.secretStdin, "secret-stdin", false, "the client has a secret: ask for it, or read it from standard input")
	flags.StringVar(&g.authMethod, "auth-method", string(oauth.ClientSecretBasic), "how the secret is sent: client_secret_basic or client_secret_post")
	flags.BoolVar(&g.noBrowser, "no-browser", false, "print the URL, and open no browser")
	flags.DurationVar(&g.timeout, "timeout", 5*time.Minute, "how long to wait for the person")
	return command
}

// run is the code flow, in its order.
func (g *tokenGet) run(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, g.timeout, fmt.Errorf("nobody came back from the browser within %s; if its page showed a mistake, the client needs what that says, such as the redirect URI %s", g.timeout, g.redirectURI))
	defer cancel()
	if err := g.settle(ctx); err != nil {
		return err
	}
	provider, err := discover(ctx, g.issuer)
	if err != nil {
		return err
	}
	callback, err := listenForCallback(g.redirectURI)
	if err != nil {
		return err
	}
	defer callback.close()

	if err := provider.probe(ctx, g, callback.redirectURI); err != nil {
		return err
	}
	asked := provider.ask(g, callback.redirectURI)
	g.show(asked.url)
	answer, err := callback.wait(ctx, asked.state, provider)
	if err != nil {
		return err
	}
	tokens, err := provider.exchange(ctx, g, asked, answer.Get("code"))
	if err != nil {
		return err
	}
	if err := provider.checkIDToken(ctx, g, asked, tokens.IDToken); err != nil {
		return fmt.Errorf("the id_token is not good: %w", err)
	}
	return tokens.print(g.app)
}

// settle completes the flags, and gets the secret before a browser opens.
func (g *tokenGet) settle(ctx context.Context) (err error) {
	if g.issuer == "" {
		g.issuer = issuerHere()
	}
	if _, err := oauth.ParseScope(g.scope); err != nil {
		return explained(err)
	}
	switch oauth.AuthMethod(g.authMethod) {
	case oauth.ClientSecretBasic, oauth.ClientSecretPost:
	default:
		return fmt.Errorf("--auth-method is client_secret_basic or client_secret_post, not %s", g.authMethod)
	}
	if g.secretStdin {
		g.secret, err = g.askOnce(ctx, "Secret of "+g.client)
	}
	return err
}

// issuerHere is the issuer of the environment, else that of `ostiary serve`.
func issuerHere() string {
	if issuer := os.Getenv("ISSUER"); issuer != "" {
		return issuer
	}
	return "http://localhost:8080"
}

// askOnce gets a secret that exists already, so that a slip of the finger is told
// by whoever knows it.
func (a *app) askOnce(ctx context.Context, prompt string) (oauth.Secret, error) {
	if terminal, ok := a.in.(*os.File); ok && term.IsTerminal(int(terminal.Fd())) {
		line, err := a.hidden(ctx, terminal, prompt)
		return oauth.Secret(line), err
	}
	return secretLine(a.in)
}

// show leads the person to the URL. Where nobody looks at a terminal no browser
// would be looked at either.
func (g *tokenGet) show(target string) {
	if terminal, ok := g.err.(*os.File); ok && !g.noBrowser && term.IsTerminal(int(terminal.Fd())) && openBrowser(target) == nil {
		fmt.Fprintf(g.err, "Sign in with the browser that opens, or go to\n\n  %s\n\n", target)
		return
	}
	fmt.Fprintf(g.err, "Sign in at\n\n  %s\n\n", target)
}

// asked is an authorization request, with what must come back or be proven.
type asked struct {
	url, redirectURI, state, nonce, verifier string
}

// ask makes an authorization request (RFC 6749 §4.1.1, RFC 7636 §4.3).
func (p provider) ask(g *tokenGet, redirectURI string) asked {
	a := asked{redirectURI: redirectURI, state: rand.Text(), nonce: rand.Text(), verifier: rand.Text() + rand.Text()}
	digest := sha256.Sum256([]byte(a.verifier))
	query := url.Values{
		"response_type": {oauth.ResponseTypeCode}, "client_id": {g.client}, "redirect_uri": {redirectURI}, "scope": {g.scope},
		"state": {a.state}, "nonce": {a.nonce},
		"code_challenge":        {base64.RawURLEncoding.EncodeToString(digest[:])},
		"code_challenge_method": {oauth.CodeChallengeMethodS256},
	}
	if oauth.Scope(strings.Fields(g.scope)).Has(oauth.OfflineAccess) { // OpenID Connect Core §11
		query.Set("prompt", string(oauth.PromptConsent))
	}
	if g.resource != "" {
		query.Set("resource", g.resource)
	}
	separator := "?"
	if strings.Contains(p.AuthorizationEndpoint, "?") { // RFC 6749 §3.1
		separator = "&"
	}
	a.url = p.AuthorizationEndpoint + separator + query.Encode()
	return a
}

// tokens are a token response (RFC 6749 §5.1), kept as the issuer wrote it.
type tokens struct {
	AccessToken  string `json:"access_token"`
	TokenType    string `json:"token_type"`
	ExpiresIn    int    `json:"expires_in"`
	Scope        string `json:"scope"`
	RefreshToken string `json:"refresh_token"`
	IDToken      string `json:"id_token"`

	raw json.RawMessage
}

func parseTokens(body []byte) (tokens, error) {
	t := tokens{raw: body}
	if err := json.Unmarshal(body, &t); err != nil {
		return tokens{}, fmt.Errorf("the token response is no JSON: %w", err)
	}
	if t.AccessToken == "" || !strings.EqualFold(t.TokenType, "Bearer") {
		return tokens{}, errors.New("the token response holds no bearer token")
	}
	return t, nil
}

func (t tokens) print(a *app) error {
	return a.print(t.raw, func(w io.Writer) {
		for _, member := range []struct{ name, value string }{
			{"access_token", t.AccessToken},
			{"token_type", t.TokenType},
			{"expires_in", fmt.Sprint(t.ExpiresIn)},
			{"scope", t.Scope},
			{"refresh_token", t.RefreshToken},
			{"id_token", t.IDToken},
		} {
			if member.value != "" {
				fmt.Fprintf(w, "%-13s  %s\n", member.name, member.value)
			}
		}
	})
}
