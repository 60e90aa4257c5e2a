package pages

import (
	"context"
	"errors"
	"net/http"

	"golang.org/x/sync/errgroup"

	"github.com/ostiary-auth/ostiary/pkg/factor"
	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// securityPath is what follows accountPath on the page of how a person signs in.
const securityPath = "/security"

// securityPage is what the page shows on how a person signs in, beside their password.
type securityPage struct {
	Passkeys []passkeyView
	App      *appView // nil for none
	Recovery int      // codes that are left
	Linked   []linkedView
	Connect  []providerButton // other providers
	Add      string           // where to add a factor
	NewCodes string           // where to have other recovery codes, "" where there is nothing to recover
}

type passkeyView struct {
	Handle, Name  string
	Synced        bool
	Created, Used moment
}

type appView struct{ Created, Used moment }

// linkedView is who somebody is at another provider.
type linkedView struct {
	ID, Provider, Name string
	Since              moment
}

// showSecurity shows a person what they can prove themselves by beside their password.
func (p *Pages) showSecurity(w http.ResponseWriter, v *visit, me owner) error {
	return p.renderSecurity(w, v, me, "")
}

func (p *Pages) renderSecurity(w http.ResponseWriter, v *visit, me owner, problem string) error {
	var set factor.Set
	var linked []identity.Linked
	group, ctx := errgroup.WithContext(v.Context())
	group.Go(func() (err error) { set, err = p.factors.Of(ctx, me.UserID); return err })
	group.Go(func() (err error) { linked, err = p.users.Linked(ctx, me.UserID); return err })
	if err := group.Wait(); err != nil {
		return err
	}
	page := securityPage{Recovery: set.RecoveryCodes, Add: p.path + addFactorPath}
	if set.Any() {
		page.NewCodes = p.path + recoveryPath
	}
	for _, each := range set.Passkeys {
		page.Passkeys = append(page.Passkeys, passkeyView{each.Handle(), each.Name, each.Synced, moment{each.Created}, moment{each.Used}})
	}
	if set.App != nil {
		page.App = &appView{moment{set.App.Created}, moment{set.App.Used}}
	}
	for _, each := range linked {
		page.Linked = append(page.Linked, linkedView{each.ID(), p.providerName(v, each.Provider), each.Name, moment{each.Since}})
	}
	var allowed policy
	var err error
	if page.Connect, allowed, err = p.connectable(v, linked); err != nil {
		return err
	}
	return p.renderAccountAllowing(w, v, me, problem, page, allowed)
}

// changeSecurity takes away what the form names. It lies with the person, or there is
// none such; and where it is gone already, the other window has done what was wanted.
func (p *Pages) changeSecurity(w http.ResponseWriter, v *visit, me owner) error {
	if v.params.Has("connect") {
		return p.goToConnect(w, v, me)
	}
	var err error
	switch {
	case v.params.Has("passkey"):
		err = p.factors.GiveUpPasskey(v.Context(), me.UserID, v.params.Get("passkey"))
	case v.params.Has("app"):
		err = p.factors.RemoveApp(v.Context(), me.UserID)
	case v.params.Has("linked"):
		err = p.users.Unlink(v.Context(), me.UserID, v.params.Get("linked"), func(ctx context.Context) (bool, error) {
			return p.factors.HasPasskey(ctx, me.UserID)
		})
	}
	if errors.Is(err, identity.ErrLastWay) {
		v.told = err
		return p.renderSecurity(w, v, me, "problem_last_way")
	}
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	return p.done(w, v, me, "factor_removed")
}
