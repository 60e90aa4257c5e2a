package authorizer

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/config"
	"github.com/ostiary-auth/ostiary/pkg/fetch"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/verify"
)

// opening collects what the settings of issuers become.
type opening struct {
	secrets    Secrets
	log        *slog.Logger
	tokens     issuers
	verifiers  []*verify.AccessTokens
	servers    map[string]server // of issuers, by their names
	prefetches []prefetch
}

// server is where an issuer's documents are.
type server struct {
	client   *fetch.Client
	metadata *verify.Metadata
}

// prefetch is a document that no request should have to wait for.
type prefetch struct {
	issuer string
	what   interface{ Prefetch(context.Context) error }
}

func (o *opening) prefetch(issuer string, what interface{ Prefetch(context.Context) error }) {
	o.prefetches = append(o.prefetches, prefetch{issuer, what})
}

// openIssuers returns what verifies the tokens of every issuer in the settings, and
// fetches their keys, all at once. The error is config.Faults, all of them. An
// issuer that cannot be reached now is none: the first request asks it again.
func openIssuers(ctx context.Context, s Settings, secrets Secrets, log *slog.Logger) (*issuers, error) {
	all := make([]IssuerSettings, len(s.Issuers))
	asked := append([]IntrospectionSettings{}, s.Introspection...)
	for i, one := range s.Issuers {
		all[i] = one.complete()
		if one.ClientSecretVariable != "" {
			asked = append(asked, all[i].introspection())
		}
	}
	o := &opening{secrets: secrets, log: log, servers: map[string]server{}}
	o.tokens.userinfo = map[string]*verify.Userinfo{}
	faults := issuersFaults(all, asked)
	if len(faults) == 0 {
		for i, one := range all {
			if err := o.issuer(one); err != nil {
				faults = append(faults, fmt.Sprintf("settings: issuers[%d]: %v", i, err))
			}
		}
		for _, one := range asked {
			if err := o.introspection(one); err != nil {
				faults = append(faults, fmt.Sprintf("settings: introspection of %s: %v", one.Issuer, err))
			}
		}
	}
	if len(faults) > 0 {
		return nil, faults
	}
	var err error
	if o.tokens.signed, err = verify.NewIssuers(o.verifiers...); err != nil {
		return nil, config.Faults{err.Error()}
	}
	o.fetch(ctx)
	return &o.tokens, nil
}

// introspection is how an issuer of which a client is known is asked about opaque
// tokens.
func (s IssuerSettings) introspection() IntrospectionSettings {
	return IntrospectionSettings{
		Issuer: s.Issuer, ClientID: s.ClientID, ClientSecretVariable: s.ClientSecretVariable,
		Audience: s.Audience, RequiredClaims: s.RequiredClaims,
	}
}

// issuer opens one issuer of signed tokens.
func (o *opening) issuer(s IssuerSettings) error {
	at, err := o.server(s.Issuer, s.Roots, s.Own)
	if err != nil {
		return err
	}
	keys, err := o.keys(s, at)
	if err != nil {
		return err
	}
	status, err := o.status(s, at, keys)
	if err != nil {
		return err
	}
	verifier, err := verify.NewAccessTokens(verify.Policy{
		Issuer: s.Issuer, NoIss: s.NoIss, Audience: s.Audience, NoAud: s.NoAud, Profile: s.Profile, Algs: s.Algs,
		MaxLifetime: time.Duration(s.MaxLifetime), ForeignKeyIDs: !s.Own, RequiredClaims: s.RequiredClaims, Status: status,
	}, keys)
	if err != nil {
		return err
	}
	if o.verifiers = append(o.verifiers, verifier); len(s.Userinfo) > 0 {
		o.tokens.userinfo[s.Issuer] = verify.NewUserinfo(at.client, at.metadata, s.Userinfo)
		o.prefetch(s.Issuer, at.metadata)
	}
	return nil
}

// server returns where an issuer's documents are, the same for all that is asked of
// one issuer.
func (o *opening) server(issuer, authorities string, own bool) (server, error) {
	if known, ok := o.servers[issuer]; ok && authorities == "" {
		return known, nil
	}
	client, err := client(issuer, authorities, own)
	if err != nil {
		return server{}, err
	}
	o.servers[issuer] = server{client, verify.NewMetadata(client, issuer)}
	return o.servers[issuer], nil
}

// status returns how the issuer's tokens are looked up in its status lists.
func (o *opening) status(s IssuerSettings, at server, keys verify.KeySource) (verify.StatusCheck, error) {
	if s.Status == "" || s.Status == "off" {
		return nil, nil
	}
	lists, err := verify.NewStatusLists(verify.StatusListPolicy{
		Issuer: s.Issuer, Keys: keys, Fetch: at.client.GetStatusList, FailOpen: s.Status == "fail-open", Log: o.log,
	})
	if err != nil {
		return nil, err
	}
	return lists.Check, nil
}

// introspection opens one issuer of opaque tokens.
func (o *opening) introspection(s IntrospectionSettings) error {
	secret, err := o.secret(s.ClientSecretVariable)
	if err != nil {
		return err
	}
	at, err := o.server(s.Issuer, s.Roots, false)
	if err != nil {
		return err
	}
	p := verify.IntrospectionPolicy{
		Issuer: s.Issuer, Endpoint: s.Endpoint, ClientID: s.ClientID, Secret: secret,
		Audience: s.Audience, NoAud: s.NoAud, RequiredClaims: s.RequiredClaims,
	}
	if s.TTL != nil {
		p.TTL = time.Duration(*s.TTL)
	}
	if s.Endpoint == "" {
		p.Metadata = at.metadata
		o.prefetch(s.Issuer, p.Metadata)
	}
	verifier, err := verify.NewIntrospection(p, at.client)
	if err != nil {
		return err
	}
	o.tokens.add(s.Prefix, verifier)
	return nil
}

func (o *opening) secret(variable string) (oauth.Secret, error) {
	if o.secrets == nil || o.secrets(variable) == "" {
		return "", fmt.Errorf("the variable %s is not set", variable)
	}
	return o.secrets(variable), nil
}

// fetch gets every document at once, within the time of one.
func (o *opening) fetch(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, fetch.Timeout)
	defer cancel()
	var group sync.WaitGroup
	for _, p := range o.prefetches {
		group.Go(func() {
			if err := p.what.Prefetch(ctx); err != nil {
				o.log.WarnContext(ctx, "not prefetched", "issuer", p.issuer, "err", err.Error())
			}
		})
	}
	group.Wait()
}
