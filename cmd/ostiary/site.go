package main

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"path"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/ostiary-auth/ostiary/pkg/admin/api"
	"github.com/ostiary-auth/ostiary/pkg/authorizer"
	"github.com/ostiary-auth/ostiary/pkg/authorizer/cedar"
	"github.com/ostiary-auth/ostiary/pkg/awsenv/profile"
	"github.com/ostiary-auth/ostiary/pkg/config"
	"github.com/ostiary-auth/ostiary/pkg/endpoint"
	"github.com/ostiary-auth/ostiary/pkg/fetch"
	"github.com/ostiary-auth/ostiary/pkg/gateway"
	"github.com/ostiary-auth/ostiary/pkg/gateway/local"
	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/keys"
	"github.com/ostiary-auth/ostiary/pkg/kms"
	"github.com/ostiary-auth/ostiary/pkg/mail"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/pages"
	"github.com/ostiary-auth/ostiary/pkg/store/dynamo"
	"github.com/ostiary-auth/ostiary/pkg/verify"
)

// site joins the functions, as they are deployed, behind the stand-in for API
// Gateway. A tray, if there is one, is shown beside them.
func site(parts issue.Parts, provider *endpoint.Provider, tray *mail.Tray, log *slog.Logger) (http.Handler, error) {
	cfg := parts.Config
	if len(cfg.Audience) == 0 && cfg.AuthorizerSettings+cfg.AuthorizerSettingsFile == "" {
		cfg.Audience = []string{cmp.Or(cfg.DefaultAudience, cfg.Issuer)}
	}
	guard, err := openGuard(cfg, parts, log)
	if err != nil {
		return nil, err
	}
	doors, err := pages.New(parts, log)
	if err != nil {
		return nil, err
	}
	letters, err := pages.OpenLetters(cfg)
	if err != nil {
		return nil, err
	}
	behind := func(h http.Handler) local.Invoker { return gateway.Handler{HTTP: h, Log: log} }
	table, err := local.New(local.Deployed(), map[string]local.Invoker{
		"authorize":  behind(doors.Handler()),
		"account":    behind(doors.Account()),
		"admin":      behind(api.New(parts, api.Letters{Reset: letters.Reset(), Invitation: letters.Invitation()}, log).Handler(doors.Admin())),
		"token":      behind(provider.Token()),
		"userinfo":   behind(provider.Userinfo()),
		"discovery":  behind(provider.Discovery()),
		"status":     behind(provider.Status()),
		"protected":  behind(gateway.Protected(gateway.Describe(cfg.Issuer, cfg.Audience))),
		"authorizer": guard,
	}, log)
	if err != nil {
		return nil, err
	}
	return belowIssuer(cfg.Issuer, beside(table, doors, tray)), nil
}

// beside shows a tray beside what is deployed, which knows none.
func beside(table http.Handler, doors *pages.Pages, tray *mail.Tray) http.Handler {
	if tray == nil {
		return table
	}
	outbox := doors.Outbox(tray)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == pages.OutboxPath {
			outbox.ServeHTTP(w, r)
			return
		}
		table.ServeHTTP(w, r)
	})
}

// openGuard opens the authorizer, for tokens of this provider. It needs no key of itself
// over the network.
func openGuard(cfg config.Config, parts issue.Parts, log *slog.Logger) (*authorizer.Authorizer, error) {
	settings, err := authorizer.SettingsFrom(cfg)
	if err != nil {
		return nil, err
	}
	if settings, err = cedar.Open(settings); err != nil {
		return nil, err
	}
	policy := verify.Policy{Issuer: cfg.Issuer, Algs: verify.ProfileRFC9068.Algs(), MaxLifetime: oauth.MaxAccessTokenLifetime}
	for _, issuer := range settings.Issuers {
		if issuer.Issuer == cfg.Issuer {
			policy.Audience = issuer.Audience
		}
	}
	if len(policy.Audience) == 0 {
		return nil, config.Faults{"the authorizer's settings do not name the issuer " + cfg.Issuer + " with an audience, whose tokens this server gives"}
	}
	lists, err := verify.NewStatusLists(verify.StatusListPolicy{Issuer: cfg.Issuer, Keys: parts.Ring, Fetch: ownLists(parts.Issuer)})
	if err != nil {
		return nil, err
	}
	policy.Status = lists.Check
	tokens, err := verify.NewAccessTokens(policy, parts.Ring)
	if err != nil {
		return nil, err
	}
	return authorizer.New(settings, tokens, log)
}

// ownLists gets status lists from the provider in this process.
func ownLists(i *issue.Issuer) func(ctx context.Context, uri, etag string) (fetch.Response, error) {
	return func(ctx context.Context, uri, etag string) (fetch.Response, error) {
		number, err := strconv.ParseInt(path.Base(uri), 10, 64)
		if err != nil {
			return fetch.Response{}, err
		}
		list, err := i.StatusList(ctx, number, etag)
		return fetch.Response{Body: []byte(list.Token), ETag: list.ETag, NotModified: list.Token == ""}, err
	}
}

// belowIssuer does what a custom domain's mapping does for an issuer with a path:
// it takes the path off, and leaves alone what stands at the host's root (RFC
// 8414 §3.1).
func belowIssuer(issuer string, next http.Handler) http.Handler {
	u, err := url.Parse(issuer)
	if err != nil || u.Path == "" {
		return next
	}
	below := http.StripPrefix(u.Path, next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, u.Path+"/") {
			below.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// openDynamoDB opens the tables of --dynamodb. What is sealed is sealed by KMS
// where KMS_KEY_ID is set, else by the folder's key file.
func (s *serve) openDynamoDB(ctx context.Context, cfg config.Config) (*backend, error) {
	account, err := profile.Config(ctx)
	if err != nil {
		return nil, err
	}
	if s.makeTable {
		for _, name := range []string{cfg.UserTable, cfg.StateTable, cfg.AuditTable} {
			if err := dynamo.Create(ctx, dynamo.NewClient(account), name); err != nil {
				return nil, err
			}
		}
	}
	b := withTables(dynamo.Tables(account), cfg)
	seals := kms.Open(account)
	if cfg.KMSKeyID != "" {
		return b, b.openKeys(ctx, seals.Wrapper(cfg.KMSKeyID), seals, cfg)
	}
	wrapper, err := keys.OpenKeyFile(filepath.Join(s.data, keyFile))
	if err != nil {
		return nil, err
	}
	return b, b.openKeys(ctx, wrapper, seals, cfg)
}
