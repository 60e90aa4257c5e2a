package endpoint

import (
	"net/http"
	"net/url"

	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/inbound"
	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/journal"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// Who may register, as REGISTRATION says.
const (
	registrationByToken = "token"
	registrationOpen    = "open"
)

// registers reports whether clients can register themselves at all.
func (p *Provider) registers() bool {
	return p.cfg.Registration == registrationByToken || p.cfg.Registration == registrationOpen
}

// registration adds the doors at which clients look after their own registration, where
// there are any.
func (p *Provider) registration(mux *http.ServeMux) {
	if !p.registers() {
		return
	}
	mux.Handle("POST "+registrationPath, p.unshared("register", p.register))
	mux.Handle("GET "+registrationPath+"/{client_id}", p.unshared("registration", p.readRegistration))
	mux.Handle("PUT "+registrationPath+"/{client_id}", p.unshared("registration", p.replaceRegistration))
	mux.Handle("DELETE "+registrationPath+"/{client_id}", p.unshared("registration", p.deleteRegistration))
}

// register is the client registration endpoint (RFC 7591 §3, OpenID Connect Dynamic
// Client Registration §3).
func (p *Provider) register(w http.ResponseWriter, r *http.Request, e *journal.Entry) error {
	permit, err := p.permit(r) // 1. May they?
	if err != nil {
		return err
	}
	wanted, err := p.parseRegistration(w, r) // 2. What is asked? client_id and client_secret are ours to choose
	if err != nil {
		return err
	}
	made, err := p.clients.Register(r.Context(), permit, wanted.ClientMetadata) // 3. Is it a good client?
	if err != nil {
		return registrationChallenge(err)
	}
	e.Client = made.ID
	return p.renderRegistration(w, http.StatusCreated, made) // 4. Tell it who it is.
}

// permit says on which terms the request may register a client: those of its token, or
// everybody's where registration is open. Open registration is for certification, whose
// clients send no PKCE.
func (p *Provider) permit(r *http.Request) (identity.Permit, error) {
	token, err := registrationToken(r)
	if err != nil {
		return identity.Permit{}, registrationChallenge(err)
	}
	standard, err := oauth.ParseScope(p.cfg.RegistrationScope)
	if err != nil {
		return identity.Permit{}, err
	}
	switch {
	case token != "":
		permit, err := p.clients.Permit(r.Context(), token, standard)
		return permit, registrationChallenge(err)
	case p.cfg.Registration != registrationOpen:
		return identity.Permit{}, bare("registration needs an initial access token")
	}
	if err := p.lockout.Registering(r.Context(), inbound.Address(r)); err != nil {
		return identity.Permit{}, err
	}
	return identity.OpenPermit(oauth.RegistrationTerms{Scope: standard, WithoutPKCE: true}), nil
}

// readRegistration shows a client its own metadata (RFC 7592 §2.1).
func (p *Provider) readRegistration(w http.ResponseWriter, r *http.Request, e *journal.Entry) error {
	client, token, err := p.registered(r, e)
	if err != nil {
		return err
	}
	return p.renderRegistration(w, http.StatusOK, identity.Registered{Client: client, AccessToken: token})
}

// replaceRegistration puts metadata in the place of a client's own (RFC 7592 §2.2).
func (p *Provider) replaceRegistration(w http.ResponseWriter, r *http.Request, e *journal.Entry) error {
	client, token, err := p.registered(r, e)
	if err != nil {
		return err
	}
	wanted, err := p.parseRegistration(w, r)
	if err != nil {
		return err
	}
	if err := p.sameClient(client, wanted); err != nil {
		return err
	}
	if err := p.lockout.Replacing(r.Context(), client); err != nil {
		return err
	}
	client, err = p.clients.ReplaceOwn(r.Context(), client, wanted.ClientMetadata)
	if err != nil {
		return err
	}
	return p.renderRegistration(w, http.StatusOK, identity.Registered{Client: client, AccessToken: token})
}

// deleteRegistration removes a client, and with it all that it was granted (RFC 7592
// §2.3).
func (p *Provider) deleteRegistration(w http.ResponseWriter, r *http.Request, e *journal.Entry) error {
	client, _, err := p.registered(r, e)
	if err != nil {
		return err
	}
	if err := p.issuer.DeleteClient(audit.WithActor(r.Context(), audit.Client(client.ID)), client.ID); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// registered says which client is asking about itself, and by which token.
func (p *Provider) registered(r *http.Request, e *journal.Entry) (oauth.Client, oauth.Secret, error) {
	token, err := registrationToken(r)
	if err != nil {
		return oauth.Client{}, "", registrationChallenge(err)
	}
	if token == "" {
		return oauth.Client{}, "", bare("the request has no registration access token")
	}
	client, err := p.clients.OpenRegistration(r.Context(), r.PathValue("client_id"), token)
	e.Client = client.ID
	return client, token, registrationChallenge(err)
}

// registrationToken takes the token from the header and from nowhere else: the body is
// JSON, and a URL ends up in logs. "" means that there is none.
func registrationToken(r *http.Request) (oauth.Secret, error) {
	token, err := inbound.Bearer(r)
	return oauth.Secret(token), err
}

// registrationChallenge adds what a 401 must carry (RFC 6750 §3) and leaves other
// failures alone.
func registrationChallenge(err error) error {
	if err == nil || issue.Expect(err).Code != oauth.InvalidToken {
		return err
	}
	return bearerChallenge(err)
}

// registrationURI is where a client looks after itself.
func (p *Provider) registrationURI(id string) string {
	return p.cfg.Issuer + registrationPath + "/" + url.PathEscape(id)
}
