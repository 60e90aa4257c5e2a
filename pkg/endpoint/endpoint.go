// Package endpoint holds the doors for programs, one file each: what comes in is
// HTTP, what goes out is JSON, and every failure leaves by one renderer. Each
// door reads like the list of its steps; the judging is done in package issue.
//
// Discovery is computed from the same tables that the doors work by, so what is
// advertised is what works.
package endpoint

import (
	"log/slog"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/config"
	"github.com/ostiary-auth/ostiary/pkg/fetch"
	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/inbound"
	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/keys"
	"github.com/ostiary-auth/ostiary/pkg/mail"
	"github.com/ostiary-auth/ostiary/pkg/outbox"
	"github.com/ostiary-auth/ostiary/pkg/verify"
)

// Provider is the doors for programs of one issuer.
type Provider struct {
	cfg     config.Config
	users   *identity.Users
	clients *identity.Clients
	lockout *identity.ClientLockout
	issuer  *issue.Issuer
	ring    *keys.Ring
	outbox  *outbox.Outbox
	outward *fetch.Client
	asserts *verify.ClientAssertions
	mail    mail.Send // nil where none is sent
	log     *slog.Logger
	now     func() time.Time

	lastMetadata atomic.Pointer[described]
	lastKeySet   atomic.Pointer[document]
}

// New returns the doors for programs that stand on the parts.
func New(parts issue.Parts, log *slog.Logger) (*Provider, error) {
	asserts, err := verify.NewClientAssertions(parts.Config.Issuer, parts.Config.Issuer+tokenPath)
	if err != nil {
		return nil, err
	}
	return &Provider{
		cfg: parts.Config, users: parts.Users, clients: parts.Clients, lockout: parts.ClientLockout, issuer: parts.Issuer, ring: parts.Ring,
		outbox: outbox.Open(parts.State), outward: fetch.ForIssuer(parts.Config.Issuer), asserts: asserts, log: log, now: time.Now,
	}, nil
}

// Paths of the doors, below the issuer.
const (
	authorizationPath = "/authorize" // for people: package pages
	endSessionPath    = "/logout"    // likewise
	tokenPath         = "/token"
	introspectionPath = "/introspect"
	revocationPath    = "/revoke"
	registrationPath  = "/register"
	userinfoPath      = "/userinfo"
	statusPath        = issue.StatusPath // which tokens name
	jwksPath          = "/jwks.json"
	openIDPath        = "/.well-known/openid-configuration"
	oauthPath         = "/.well-known/oauth-authorization-server"
)

// Token returns the doors at which clients present something: the token,
// introspection and revocation endpoints, and registration where it is on.
func (p *Provider) Token() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("POST "+tokenPath, p.private("token", p.token))
	mux.Handle("POST "+introspectionPath, p.private("introspect", p.introspect))
	mux.Handle("POST "+revocationPath, p.private("revoke", p.revoke))
	for _, path := range []string{tokenPath, revocationPath} {
		mux.Handle("OPTIONS "+path, p.preflight())
	}
	p.registration(mux)
	return inbound.Exact(mux)
}

// Userinfo returns the userinfo endpoint.
func (p *Provider) Userinfo() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET "+userinfoPath, p.private("userinfo", p.userinfo))
	mux.Handle("POST "+userinfoPath, p.private("userinfo", p.userinfo))
	mux.Handle("OPTIONS "+userinfoPath, p.preflight())
	return inbound.Exact(mux)
}

// Discovery returns what everybody may read: the metadata, in both places where
// it is looked for, and the keys. API Gateway tells a trailing slash from none, so
// both are served.
func (p *Provider) Discovery() http.Handler {
	mux := http.NewServeMux()
	for _, slash := range []string{"", "/{$}"} {
		mux.Handle("GET "+openIDPath+slash, p.public("openid-configuration", p.metadata))
		mux.Handle("GET "+oauthPath+slash, p.public("oauth-authorization-server", p.metadata))
		mux.Handle("GET "+jwksPath+slash, p.public("jwks", p.keySet))
	}
	if path := p.issuerPath(); path != "" { // RFC 8414 §3.1: the issuer's path comes last
		mux.Handle("GET "+oauthPath+path, p.public("oauth-authorization-server", p.metadata))
	}
	return inbound.Exact(mux)
}

func (p *Provider) issuerPath() string {
	u, err := url.Parse(p.cfg.Issuer)
	if err != nil {
		return ""
	}
	return u.EscapedPath()
}
