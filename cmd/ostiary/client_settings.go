package main

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"text/template"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

//go:embed settings
var settingsFiles embed.FS

var settingsTemplates = template.Must(template.New("").Funcs(template.FuncMap{"q": quoted}).ParseFS(settingsFiles, "settings/*.txt"))

// quoted writes a string as JSON does, which JavaScript, Python, Go and YAML all
// read.
func quoted(s string) (string, error) {
	var text strings.Builder
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(s)
	return strings.TrimSuffix(text.String(), "\n"), err
}

// library is somebody else's client library that settings can be printed for.
type library struct {
	name, title string

	// path is where the library wants the answer, when it does not let one choose.
	path string

	fits func(oauth.Client) bool
}

// libraries are those there are templates for, in the order in which they are shown.
func libraries() []library {
	confidential := func(c oauth.Client) bool { return c.TokenEndpointAuthMethod.Secret() }
	browser := func(c oauth.Client) bool { return c.Public() && c.ApplicationType != "native" }
	elsewhere := func(c oauth.Client) bool { return !browser(c) && c.TokenEndpointAuthMethod != oauth.PrivateKeyJWT }
	node := func(c oauth.Client) bool { return !browser(c) } // which signs assertions as well
	return []library{
		{"oidc-client-ts", "oidc-client-ts, in a browser", "", browser},
		{"openid-client", "openid-client 6, on Node", "", node},
		{"authjs", "Auth.js 5, in Next.js", "/api/auth/callback/ostiary", confidential},
		{"authlib", "Authlib, in Python", "", confidential},
		{"spring", "Spring Boot", "/login/oauth2/code/ostiary", confidential},
		{"go-oidc", "go-oidc 3", "", elsewhere},
	}
}

// allLibraries asks for the settings of every library that fits.
const allLibraries = "all"

// noLibrary leaves them out where they would be printed unasked.
const noLibrary = "none"

// settings are ready to paste.
type settings struct{ name, title, text string }

// knownLibrary refuses a name that is no library's.
func knownLibrary(name string) error {
	var known []string
	for _, l := range libraries() {
		known = append(known, l.name)
	}
	if name == allLibraries || slices.Contains(known, name) {
		return nil
	}
	return fmt.Errorf("there are no settings of %s; there are of %s", name, strings.Join(known, ", "))
}

// settingsFor returns the settings of a client for the library of this name, or for
// all that fit it.
func settingsFor(client oauth.Client, issuer, name string) ([]settings, error) {
	if !client.Allows(oauth.AuthorizationCode) {
		return nil, errors.New("the client has no authorization_code grant, so no library signs people in with it")
	}
	if err := knownLibrary(name); err != nil {
		return nil, err
	}
	var made []settings
	var fitting []string
	for _, l := range libraries() {
		if !l.fits(client) {
			continue
		}
		if fitting = append(fitting, l.name); name != allLibraries && name != l.name {
			continue
		}
		text, err := l.settings(client, issuer)
		if err != nil {
			return nil, err
		}
		made = append(made, settings{l.name, l.title, text})
	}
	if made == nil {
		return nil, fmt.Errorf("there are no settings of %s for such a client; there are of %s", name, strings.Join(fitting, ", "))
	}
	return made, nil
}

// values are what the templates fill in.
type values struct {
	Issuer, MetadataURL, ClientID, Name string
	RedirectURI, PostLogoutRedirectURI  string
	Scope, ScopeList                    string
	AuthMethod, NodeAuth, GoAuth        string
	Secret                              bool
	Insecure                            bool // plain http, which a library must be told to speak
	Consent                             bool // without which offline_access would be ignored (OpenID Connect Core §11)
}

// settings fills in the library's template.
func (l library) settings(client oauth.Client, issuer string) (string, error) {
	v := values{
		Issuer: issuer, MetadataURL: issuer + "/.well-known/openid-configuration", ClientID: client.ID, Name: client.ClientName,
		AuthMethod: string(client.TokenEndpointAuthMethod), Secret: client.TokenEndpointAuthMethod.Secret(), Insecure: strings.HasPrefix(issuer, "http:"),
	}
	if v.Name == "" {
		v.Name = "Ostiary"
	}
	if len(client.PostLogoutRedirectURIs) > 0 {
		v.PostLogoutRedirectURI = client.PostLogoutRedirectURIs[0]
	}
	scope := client.Scope
	if !scope.Has(oauth.OpenID) { // no library knows who somebody is without
		scope = append(oauth.Scope{oauth.OpenID}, scope...)
	}
	v.Scope, v.ScopeList = scope.String(), strings.Join(scope, ",")
	v.Consent = scope.Has(oauth.OfflineAccess) && !client.SkipConsent && client.ApplicationType != "native"
	v.NodeAuth, v.GoAuth = authentication(client.TokenEndpointAuthMethod)

	var text strings.Builder
	var missing []string
	if v.RedirectURI, missing = l.needs(client); len(missing) > 0 {
		fmt.Fprintf(&text, "%s Register the client with %s first.\n", l.comment(), strings.Join(missing, " and "))
	}
	err := settingsTemplates.ExecuteTemplate(&text, l.name+".txt", v)
	return text.String(), err
}

// authentication is the client's method in the words of openid-client and x/oauth2.
func authentication(method oauth.AuthMethod) (node, goStyle string) {
	const secret = "(process.env.OSTIARY_CLIENT_SECRET)"
	switch method {
	case oauth.ClientSecretBasic:
		return "ClientSecretBasic" + secret, "AuthStyleInHeader"
	case oauth.ClientSecretPost:
		return "ClientSecretPost" + secret, "AuthStyleInParams"
	case oauth.PrivateKeyJWT:
		return "PrivateKeyJwt({ key, kid })", "" // of the registered keys; x/oauth2 knows no assertions
	default:
		return "None()", "AuthStyleInParams"
	}
}

// needs chooses the redirect URI, and says what the client is not registered with but
// must be for the settings to work.
func (l library) needs(client oauth.Client) (redirectURI string, missing []string) {
	redirectURI = client.RedirectURIs[0] // the grant demands one
	origin := redirectURI
	if u, err := url.Parse(redirectURI); err == nil {
		origin = u.Scheme + "://" + u.Host
	}
	if l.path != "" {
		redirectURI = origin + l.path
		fits := func(uri string) bool { return strings.HasSuffix(uri, l.path) }
		if i := slices.IndexFunc(client.RedirectURIs, fits); i >= 0 {
			redirectURI = client.RedirectURIs[i]
		} else {
			missing = append(missing, "the redirect URI "+redirectURI)
		}
	}
	if l.name == "oidc-client-ts" && !slices.Contains(client.AllowedCORSOrigins, origin) {
		missing = append(missing, "the allowed_cors_origins "+origin)
	}
	if !client.Scope.Has(oauth.OpenID) {
		missing = append(missing, "the scope "+oauth.OpenID)
	}
	return redirectURI, missing
}

func (l library) comment() string {
	if l.name == "authlib" || l.name == "spring" {
		return "#"
	}
	return "//"
}

// printSettings shows one library's settings bare, so that they can go into a file,
// and several under their names.
func (a *app) printSettings(all []settings) error {
	byName := map[string]string{}
	for _, s := range all {
		byName[s.name] = s.text
	}
	return a.print(byName, func(w io.Writer) {
		if len(all) == 1 {
			fmt.Fprint(w, all[0].text)
			return
		}
		showSettings(w, all)
	})
}

func showSettings(w io.Writer, all []settings) {
	for i, s := range all {
		if i > 0 {
			fmt.Fprintln(w)
		}
		fmt.Fprintf(w, "--- %s\n\n%s", s.title, s.text)
	}
}

// settingsIssuer is the issuer to write into settings. Of deployed tables nobody
// knows it but the environment.
func (a *app) settingsIssuer() string {
	issuer := issuerHere()
	if a.aws && strings.HasPrefix(issuer, "http://localhost") {
		fmt.Fprintln(a.err, "Set ISSUER to have your issuer in the settings.")
		return "https://id.example.com"
	}
	return issuer
}
