package endpoint

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/verify"
)

const maxRegistrationBytes = 64 << 10

// parseRegistration reads the JSON in the body (RFC 7591 §3.1).
func (p *Provider) parseRegistration(w http.ResponseWriter, r *http.Request) (identity.Registration, error) {
	mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || mediaType != "application/json" {
		return identity.Registration{}, oauth.InvalidClientMetadata.Errorf("the content type must be application/json")
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRegistrationBytes))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return identity.Registration{}, oauth.InvalidClientMetadata.Errorf("the metadata are longer than %d bytes", maxRegistrationBytes)
	}
	if err != nil {
		return identity.Registration{}, oauth.InvalidClientMetadata.Errorf("the body could not be read: %w", err)
	}
	wanted, _, err := identity.ParseRegistration(body)
	if err == nil {
		err = p.checkElsewhere(wanted.RedirectURIs)
	}
	return wanted, err
}

// checkElsewhere keeps who registers themselves off the provider's own origin: answers to
// them would be requests for pages of ours, sent from our own site with all its cookies.
func (p *Provider) checkElsewhere(uris []string) error {
	here, err := url.Parse(p.cfg.Issuer)
	if err != nil {
		return err
	}
	for _, uri := range uris {
		// What is no URI is refused when the client is.
		if u, err := url.Parse(uri); err == nil && u.Scheme == here.Scheme && origin(u) == origin(here) {
			return oauth.InvalidRedirectURI.Errorf("redirect_uris: %s is at the provider itself", uri)
		}
	}
	return nil
}

// origin is a URL's host and port as browsers compare them (RFC 6454 §4), and without the
// dot that a name in full may end in.
func origin(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"https": "443", "http": "80"}[u.Scheme]
	}
	return strings.TrimSuffix(strings.ToLower(u.Hostname()), ".") + ":" + port
}

// sameClient wants metadata that replace others to name their client, and its secret,
// if any, to be the right one: it cannot be changed (RFC 7592 §2.2).
func (p *Provider) sameClient(client oauth.Client, wanted identity.Registration) error {
	if wanted.ID != client.ID {
		return oauth.InvalidClientMetadata.Errorf("client_id must be the client's own")
	}
	if wanted.Secret != "" && verify.ClientSecret(client, wanted.Secret, p.now()) != nil {
		return oauth.InvalidClientMetadata.Errorf("client_secret is not the client's; it cannot be chosen")
	}
	return nil
}

// clientInformation is RFC 7591 §3.2.1 and RFC 7592 §3.
type clientInformation struct {
	ID            string `json:"client_id"`
	IssuedAt      int64  `json:"client_id_issued_at"`
	Secret        string `json:"client_secret,omitempty"`
	SecretExpires *int64 `json:"client_secret_expires_at,omitempty"` // 0, required beside a secret: never
	AccessToken   string `json:"registration_access_token"`
	URI           string `json:"registration_client_uri"`
	oauth.ClientMetadata
}

// renderRegistration shows a client all that it is registered with. A secret is shown
// once: only its hash is kept.
func (p *Provider) renderRegistration(w http.ResponseWriter, status int, client identity.Registered) error {
	shown := clientInformation{
		ID: client.ID, IssuedAt: client.IssuedAt.Unix(), ClientMetadata: client.ClientMetadata,
		AccessToken: string(client.AccessToken), URI: p.registrationURI(client.ID),
	}
	if client.Secret != "" {
		shown.Secret, shown.SecretExpires = string(client.Secret), new(int64)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	return renderJSON(w, shown)
}
