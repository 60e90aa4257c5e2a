package pages

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/upstream"
)

// providersView is the providers that there are, and the form of another.
type providersView struct {
	Providers                                []providerRow
	Presets                                  []presetLink
	Preset                                   string
	NeedsIssuer, NeedsTenant, NeedsAppleKey  bool
	ID, Name, Issuer, Tenant, ClientID, Team string // as they were typed
	KeyID                                    string
	CreateUsers                              bool
}

type providerRow struct {
	ID, Name, Issuer, RedirectURI, LogoutURI, Path string
	Off                                            bool
}

type presetLink struct{ Name, Text string }

// chosenPreset is the preset of this name, else that of any OpenID provider.
func chosenPreset(name string) upstream.Preset {
	presets := upstream.Presets()
	for _, known := range []string{name, "openid"} {
		if i := slices.IndexFunc(presets, func(one upstream.Preset) bool { return one.Name == known }); i >= 0 {
			return presets[i]
		}
	}
	return upstream.Preset{}
}

// showProviders lists the providers, and shows the form of another, of the kind that was
// chosen.
func (p *Pages) showProviders(w http.ResponseWriter, v *visit, me administrator) error {
	found, err := p.desk.Providers(v.Context(), me.by)
	if err != nil {
		return err
	}
	preset := chosenPreset(v.params.Get("preset"))
	typed := func(name string) string { return v.typed(name, "") }
	view := providersView{
		Preset: preset.Name, NeedsIssuer: preset.Needs == "issuer", NeedsTenant: preset.Needs == "tenant",
		NeedsAppleKey: preset.Settings.Auth == upstream.AppleSecret,
		ID:            typed("id"), Name: typed("name"), Issuer: typed("issuer"), Tenant: typed("tenant"), ClientID: typed("client_id"),
		Team: typed("team_id"), KeyID: typed("key_id"), CreateUsers: v.ticked("create_users", false),
	}
	for _, one := range upstream.Presets() {
		view.Presets = append(view.Presets, presetLink{one.Name, cmp.Or(one.Settings.Name, "OpenID")})
	}
	for _, one := range found {
		view.Providers = append(view.Providers, p.rowOf(one))
	}
	return p.renderAdmin(w, v, me, view)
}

func (p *Pages) rowOf(one upstream.Provider) providerRow {
	return providerRow{
		one.ID, one.Name, one.Issuer, upstream.RedirectURI(p.cfg.Issuer, one.ID), upstream.LogoutURI(p.cfg.Issuer, one.ID), "/providers/" + segment(one.ID), one.Disabled,
	}
}

// addProvider lets people sign in by another provider. It is trusted with nothing but
// saying who somebody is, and with new accounts where that was ticked.
func (p *Pages) addProvider(_ http.ResponseWriter, v *visit, me administrator) (outcome, error) {
	settings, err := providerSettings(v.params)
	if err != nil {
		return outcome{}, err
	}
	secret := oauth.Secret(strings.TrimSpace(v.params.Get("client_secret")))
	_, err = p.desk.AddProvider(v.Context(), me.by, strings.TrimSpace(v.params.Get("id")), settings, secret)
	return outcome{"/providers", "admin_provider_added"}, err
}

// providerSettings reads what each kind of provider needs: an issuer, Microsoft's tenants,
// or whose and which key Apple knows.
func providerSettings(form oauth.Params) (upstream.Settings, error) {
	text := func(name string) string { return strings.TrimSpace(form.Get(name)) }
	preset := chosenPreset(form.Get("preset"))
	if preset.Name != form.Get("preset") {
		return upstream.Settings{}, oauth.InvalidRequest.Errorf("choose what kind of provider it is")
	}
	s := preset.Settings
	switch preset.Needs {
	case "issuer":
		s.Issuer = text("issuer")
	case "tenant":
		tenants := strings.Fields(form.Get("tenant"))
		if len(tenants) == 0 {
			return upstream.Settings{}, oauth.InvalidRequest.Errorf("name the directory whose people may sign in by its ID; several, separated by spaces, or * for those of all")
		}
		s.ForTenants(tenants)
	}
	if s.Auth == upstream.AppleSecret {
		s.TeamID, s.KeyID = text("team_id"), text("key_id")
	}
	s.Name = cmp.Or(text("name"), s.Name, text("id"))
	s.ClientID, s.CreateUsers = text("client_id"), form.Get("create_users") != ""
	return s, nil
}
