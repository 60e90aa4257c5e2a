package pages

import (
	"net/http"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// adding is somebody who adds a factor: because a request demands one and they have
// none, or because they want to, and then there is no request.
type adding struct {
	waiting
	who issue.Half
}

// forRequest reports whether a request waits for it.
func (a adding) forRequest() bool { return a.ID != "" }

// adding returns who may add a factor, nil where they were led elsewhere. Who has none
// adds it within the sign-in that demands it, after the first factor. Who has one must
// have shown it: a password alone would otherwise add another, and go round the first.
func (p *Pages) adding(w http.ResponseWriter, v *visit) (*adding, error) {
	if v.params.Has("interaction") {
		now, half, err := p.half(v)
		if err != nil {
			return nil, p.anew(w, now, err)
		}
		if !p.isAt(v, now, issue.AddFactor) {
			return nil, p.proceed(w, v, now)
		}
		return &adding{now, half}, nil
	}
	accounts, err := p.accounts(v.Context(), v.Request)
	if err != nil {
		return nil, err
	}
	current := accounts.current()
	if current == nil {
		p.toAccount(w, "")
		return nil, nil
	}
	v.entry.Subject = current.UserID
	half, err := p.issuer.HalfProven(v.Context(), issue.Progress{}, current)
	if err != nil {
		return nil, err
	}
	set, err := p.factors.Of(v.Context(), current.UserID)
	if err != nil {
		return nil, err
	}
	if !half.Fresh || set.Any() && half.How.ACR != oauth.ACRMultiFactor {
		wish := ""
		if set.Any() {
			wish = oauth.ACRMultiFactor
		}
		p.toAccount(w, wish)
		return nil, nil
	}
	client, err := p.client(v, issue.AccountClient)
	return &adding{waiting{client: client, accounts: accounts}, half}, err
}

// toAccount has somebody sign in for their account page, and again if it was long ago.
func (p *Pages) toAccount(w http.ResponseWriter, acr string) {
	age := int((issue.ProofLifetime - clockSkew).Seconds())
	req := p.issuer.OwnRequest(issue.AccountClient, "/security", &age)
	if acr != "" {
		req.ACRValues = []string{acr}
	}
	p.leadTo(w, req)
}

// addPage is what the pages on which a factor is added show.
type addPage struct {
	Interaction string
	Client      clientView
	Demanded    bool // by a request
	Back        string
	Passkey     string // where each is added, "" for nowhere
	App         string
}

// showAdd asks which factor a person would like to add.
func (p *Pages) showAdd(w http.ResponseWriter, v *visit) error {
	a, err := p.adding(w, v)
	if a == nil {
		return err
	}
	page := addPage{
		Client: viewClient(a.client), Demanded: a.forRequest(), Back: p.back(*a), App: p.about(appPath, *a),
	}
	if p.party != nil {
		page.Passkey = p.about(addPasskeyPath, *a)
	}
	return p.render(w, v, "second-factor-add", http.StatusOK, page, p.policyOf(a.client, a.Request))
}

// about is the path of a page about this.
func (p *Pages) about(path string, a adding) string {
	if a.forRequest() {
		return p.at(path, a.ID)
	}
	return p.path + path
}

// back is where a person goes who has changed their mind.
func (p *Pages) back(a adding) string {
	if a.forRequest() {
		return p.at(signInPath, a.ID)
	}
	return issue.OwnPage(p.issuer.OwnRequest(issue.AccountClient, "/security", nil))
}

// added goes on with somebody who has just added a factor and used it, so that they are
// signed in by two. The first time they get recovery codes.
func (p *Pages) added(w http.ResponseWriter, v *visit, a adding, amr ...string) error {
	codes, err := p.factors.FirstRecoveryCodes(v.Context(), a.who.ID)
	if err != nil {
		return err
	}
	if err := p.established(w, v, &a.waiting, a.who.User, p.twoFactors(v, a.who, amr...)); err != nil {
		return err
	}
	if len(codes) > 0 {
		return p.showCodes(w, v, a, codes)
	}
	if a.forRequest() {
		return p.proceed(w, v, a.waiting)
	}
	seeOther(w, p.back(a))
	return nil
}

// established begins the session of who has proved enough, and keeps that in the
// request, if there is one.
func (p *Pages) established(w http.ResponseWriter, v *visit, now *waiting, user identity.User, how identity.Authentication) error {
	var err error
	if now.accounts, err = p.begin(w, v, now.accounts, user, how); err != nil {
		return err
	}
	if now.ID == "" {
		return nil
	}
	now.Progress.Proven = nil
	now.Progress.SignedInAt = now.accounts.current().AuthTime
	return p.save(v, now)
}
