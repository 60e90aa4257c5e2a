package authorizer

import (
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/fetch"
	"github.com/ostiary-auth/ostiary/pkg/jose"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/roots"
	"github.com/ostiary-auth/ostiary/pkg/verify"
)

// keys returns the keys of an issuer: a shared secret, a bundled JWK set, or one
// that is fetched later.
func (o *opening) keys(s IssuerSettings, at server) (verify.KeySource, error) {
	age := time.Duration(s.KeysMaxAge)
	var remote *verify.RemoteKeys
	switch {
	case s.SecretVariable != "":
		secret, err := o.secret(s.SecretVariable)
		if err != nil {
			return nil, err
		}
		return sharedKey(s.SecretVariable, secret)
	case s.JWKSFile != "":
		return bundledKeys(s.JWKSFile)
	case s.JWKSURI != "":
		remote = verify.NewRemoteKeys(at.client, s.JWKSURI, age)
	case s.Discovery:
		remote = verify.NewDiscoveredKeys(at.client, at.metadata, age)
	default: // ours
		remote = verify.NewRemoteKeys(at.client, strings.TrimSuffix(s.Issuer, "/")+"/jwks.json", age)
	}
	o.prefetch(s.Issuer, remote)
	o.tokens.fetched = append(o.tokens.fetched, remote)
	return remote, nil
}

func sharedKey(variable string, secret oauth.Secret) (verify.KeySource, error) {
	key, err := jose.NewSecretKey("", []byte(secret))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", variable, err)
	}
	set, err := jose.NewSet(key)
	return verify.StaticKeys(set), err
}

func bundledKeys(file string) (verify.KeySource, error) {
	document, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("jwks_file: %w", err)
	}
	set, err := jose.ParseForeignSet(document)
	if err != nil {
		return nil, fmt.Errorf("jwks_file: %w", err)
	}
	if set.Keys()[0].Alg().Symmetric() {
		return nil, errors.New("jwks_file holds a secret: that is for a variable, by secret_variable")
	}
	return verify.StaticKeys(set), nil
}

// client returns what fetches an issuer's documents. This machine may be called
// only where the issuer is on it.
func client(issuer, authorities string, own bool) (*fetch.Client, error) {
	o := fetch.Options{AllowLoopback: oauth.LoopbackURI(issuer)}
	switch {
	case authorities == "system", !strings.HasPrefix(issuer, "https:") && authorities == "":
	case authorities == "amazon":
		o.RootCAs = roots.Amazon()
	case authorities != "":
		certificates, err := os.ReadFile(authorities)
		if err != nil {
			return nil, fmt.Errorf("roots: %w", err)
		}
		if o.RootCAs = x509.NewCertPool(); !o.RootCAs.AppendCertsFromPEM(certificates) {
			return nil, fmt.Errorf("roots: no certificate is in %s", authorities)
		}
	case own: // who brought a certificate to their domain pays for the system's
		o.RootCAs, o.OrSystem = roots.Amazon(), true
	}
	return fetch.New(o), nil
}
