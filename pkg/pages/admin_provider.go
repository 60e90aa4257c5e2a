package pages

import (
	"net/http"
	"strings"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/upstream"
)

// providerPage is a provider, and the form of what administrators change of it. Its issuer
// and how we show who we are stay as they are: another issuer is another provider, and
// those few who move one have the API and the command line.
type providerPage struct {
	providerRow
	Auth, Version       string
	NeedsSecret, OwnKey bool
	Fields              []providerField
	Switches            []providerSwitch
	Deletion            deletion
}

// providerField is a text that can be changed of a provider.
type providerField struct {
	Name, Text, Hint, Value string
	Lines                   bool // a list, one thing a line
	Words                   bool // in a language, and not in a computer's
	Needed                  bool
}

// providerSwitch is a box that can be ticked of a provider.
type providerSwitch struct {
	Name, Text string
	Ticked     bool
}

// settingSwitch is a box of a provider's form, and the setting that it turns on.
type settingSwitch struct {
	name, text string
	on         *bool
}

// providerSwitches is the table of what is on or off of a provider.
func providerSwitches(s *upstream.Settings) []settingSwitch {
	return []settingSwitch{
		{"disabled", "admin_provider_disabled", &s.Disabled},
		{"hidden", "admin_provider_hidden", &s.Hidden},
		{"create_users", "admin_provider_create_users", &s.CreateUsers},
		{"trust_email", "admin_provider_trust_email", &s.TrustEmail},
		{"userinfo", "admin_provider_userinfo", &s.Userinfo},
		{"trust_amr", "admin_provider_trust_amr", &s.TrustAMR},
		{"require_auth_time", "admin_provider_require_auth_time", &s.RequireAuthTime},
		{"keep_tokens", "admin_provider_keep_tokens", &s.KeepTokens},
		{"propagate_logout", "admin_provider_propagate_logout", &s.PropagateLogout},
	}
}

// showProvider shows a provider, and what can be changed of it.
func (p *Pages) showProvider(w http.ResponseWriter, v *visit, me administrator) error {
	found, version, err := p.desk.Provider(v.Context(), me.by, v.PathValue("provider"))
	if err != nil {
		return err
	}
	s := found.Settings
	page := providerPage{
		providerRow: p.rowOf(found), Auth: string(s.Auth), Version: v.typed("version", version),
		NeedsSecret: s.NeedsSecret(), OwnKey: s.Auth == upstream.AppleSecret || s.Auth == oauth.PrivateKeyJWT,
		Deletion: deletion{"provider", "admin_confirm_provider", version},
	}
	for _, field := range providerFields(&s) {
		shown := field.providerField
		shown.Value = v.typed(shown.Name, shown.Value)
		page.Fields = append(page.Fields, shown)
	}
	for _, one := range providerSwitches(&s) {
		page.Switches = append(page.Switches, providerSwitch{one.name, one.text, v.ticked(one.name, *one.on)})
	}
	return p.renderAdmin(w, v, me, page)
}

// changeProvider changes a provider as it was when the form was made, and its secret where
// one was typed.
func (p *Pages) changeProvider(_ http.ResponseWriter, v *visit, me administrator) (outcome, error) {
	id := v.PathValue("provider")
	version, err := seen(v)
	if err != nil {
		return outcome{}, err
	}
	secret := oauth.Secret(strings.TrimSpace(v.params.Get("client_secret")))
	err = p.desk.ChangeProvider(v.Context(), me.by, id, version, secret, func(s *upstream.Settings) error { return amendProvider(s, v.params) })
	return outcome{"/providers/" + segment(id), "admin_provider_changed"}, err
}

// deleteProvider deletes a provider whose short name was typed.
func (p *Pages) deleteProvider(_ http.ResponseWriter, v *visit, me administrator) (outcome, error) {
	id := v.PathValue("provider")
	if err := typedName(v, "provider", id); err != nil {
		return outcome{}, err
	}
	version, err := seen(v)
	if err != nil {
		return outcome{}, err
	}
	return outcome{"/providers", "admin_provider_deleted"}, p.desk.DeleteProvider(v.Context(), me.by, id, version)
}
