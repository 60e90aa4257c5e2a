package pages

import (
	"net/http"
	"slices"
	"strings"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/upstream"
)

// providersView is the providers that there are, and the form of another.
type providersView struct {
	Providers                          []providerRow
	Presets                            []string
	Preset, ID, Name, Issuer, ClientID string // as they were typed
	NeedsIssuer                        bool
}

type providerRow struct {
	ID, Name, Issuer, RedirectURI, LogoutURI string
	Off                                      bool
}

// simplePresets are those that a short form has room for: Microsoft's tenants and Apple's
// keys are for the command line.
func simplePresets() []upstream.Preset {
	return slices.DeleteFunc(upstream.Presets(), func(p upstream.Preset) bool {
		return p.Needs == "tenant" || p.Settings.Auth == upstream.AppleSecret
	})
}

// showProviders lists the providers, and shows the form of another.
func (p *Pages) showProviders(w http.ResponseWriter, v *visit, me administrator) error {
	found, err := p.desk.Providers(v.Context(), me.by)
	if err != nil {
		return err
	}
	view := providersView{
		Preset: "openid", ID: v.params.Get("id"), Name: v.params.Get("name"), Issuer: v.params.Get("issuer"), ClientID: v.params.Get("client_id"),
	}
	for _, preset := range simplePresets() {
		view.Presets = append(view.Presets, preset.Name)
		if preset.Name == v.params.Get("preset") {
			view.Preset = preset.Name
		}
	}
	for _, one := range found {
		view.Providers = append(view.Providers, providerRow{
			one.ID, one.Name, one.Issuer, upstream.RedirectURI(p.cfg.Issuer, one.ID), upstream.LogoutURI(p.cfg.Issuer, one.ID), one.Disabled,
		})
	}
	return p.renderAdmin(w, v, me, view)
}

// addProvider lets people sign in by another provider. It is trusted with nothing but
// saying who somebody is, and with new accounts where that was ticked.
func (p *Pages) addProvider(_ http.ResponseWriter, v *visit, me administrator) (outcome, error) {
	presets := simplePresets()
	chosen := slices.IndexFunc(presets, func(one upstream.Preset) bool { return one.Name == v.params.Get("preset") })
	if chosen < 0 {
		return outcome{}, oauth.InvalidRequest.Errorf("choose what kind of provider it is")
	}
	settings, id := presets[chosen].Settings, strings.TrimSpace(v.params.Get("id"))
	if issuer := strings.TrimSpace(v.params.Get("issuer")); issuer != "" {
		settings.Issuer = issuer
	}
	if name := strings.TrimSpace(v.params.Get("name")); name != "" {
		settings.Name = name
	}
	if settings.Name == "" {
		settings.Name = id
	}
	settings.ClientID, settings.CreateUsers = strings.TrimSpace(v.params.Get("client_id")), v.params.Get("create_users") != ""
	_, err := p.desk.AddProvider(v.Context(), me.by, id, settings, oauth.Secret(strings.TrimSpace(v.params.Get("client_secret"))))
	return outcome{"/providers", "admin_provider_added"}, err
}

func (p *Pages) deleteProvider(_ http.ResponseWriter, v *visit, me administrator) (outcome, error) {
	return outcome{"/providers", "admin_provider_deleted"}, p.desk.DeleteProvider(v.Context(), me.by, v.params.Get("id"), "")
}
