package pages

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/upstream"
)

// settingField is a text of a provider's form, and how it is read into the settings that
// it was made of.
type settingField struct {
	providerField
	read func(text string) error
}

// providerFields is the table of the texts in a provider's form.
func providerFields(s *upstream.Settings) []settingField {
	fields := []settingField{
		{providerField{Name: "name", Text: "admin_provider_name", Value: s.Name, Words: true, Needed: true}, oneText(&s.Name)},
		{providerField{Name: "client_id", Text: "admin_provider_client_id", Value: s.ClientID, Needed: true}, oneText(&s.ClientID)},
		{providerField{Name: "scope", Text: "admin_provider_scope", Value: s.Scope.String()}, func(text string) (err error) {
			s.Scope, err = oauth.ParseScope(text)
			return err
		}},
		{providerField{Name: "order", Text: "admin_provider_order", Value: strconv.Itoa(s.Order)}, func(text string) (err error) {
			if s.Order, err = strconv.Atoi(cmp.Or(text, "0")); err != nil {
				return oauth.InvalidRequest.Errorf("the place of the button is a number, such as 1")
			}
			return nil
		}},
		{providerField{Name: "domains", Text: "admin_provider_domains", Value: lines(s.Domains), Lines: true}, wordList(&s.Domains)},
		{providerField{Name: "acr_values", Text: "admin_provider_acr_values", Value: lines(s.ACRValues), Lines: true}, wordList(&s.ACRValues)},
		{providerField{Name: "claims", Text: "admin_provider_claims", Value: pairs(s.Claims), Lines: true, Hint: "admin_provider_claims_hint"}, mapping(&s.Claims)},
		{providerField{Name: "required_claims", Text: "admin_provider_required_claims", Value: demands(s.RequiredClaims), Lines: true, Hint: "admin_provider_required_claims_hint"}, demanded(&s.RequiredClaims)},
		{providerField{Name: "acr", Text: "admin_provider_acr", Value: pairs(s.ACR), Lines: true, Hint: "admin_provider_acr_hint"}, mapping(&s.ACR)},
	}
	if strings.Contains(s.Issuer, upstream.TenantPattern) {
		fields = append(fields, settingField{providerField{Name: "tenants", Text: "admin_provider_tenants", Value: lines(s.Tenants), Lines: true, Hint: "admin_provider_tenant_hint"}, wordList(&s.Tenants)})
	}
	return fields
}

// amendProvider writes what the form says into a provider's settings. A text that is as it
// was shown says nothing: what the form cannot write as it stands, a value with a line
// break say, is left alone.
func amendProvider(s *upstream.Settings, form oauth.Params) error {
	for _, field := range providerFields(s) {
		text := strings.TrimSpace(strings.ReplaceAll(form.Get(field.Name), "\r\n", "\n"))
		if text == strings.TrimSpace(field.Value) {
			continue
		}
		if err := field.read(text); err != nil {
			return err
		}
	}
	for _, one := range providerSwitches(s) {
		*one.on = form.Get(one.name) != ""
	}
	return nil
}

func oneText(into *string) func(string) error {
	return func(text string) error { *into = text; return nil }
}

func wordList(into *[]string) func(string) error {
	return func(text string) error { *into = strings.Fields(text); return nil }
}

// pairs is a mapping in a field, NAME=VALUE a line.
func pairs(m map[string]string) string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(m)) {
		all = append(all, name+"="+m[name])
	}
	return lines(all)
}

// mapping reads what pairs writes.
func mapping(into *map[string]string) func(string) error {
	return func(text string) error {
		read := map[string]string{}
		for line := range strings.Lines(text) {
			name, value, found := strings.Cut(strings.TrimSpace(line), "=")
			switch _, twice := read[name]; {
			case name == "" && !found: // an empty line
				continue
			case name == "" || !found:
				return oauth.InvalidRequest.Errorf("write %q as NAME=VALUE", strings.TrimSpace(line))
			case twice:
				return oauth.InvalidRequest.Errorf("%s is there twice", name)
			}
			read[name] = value
		}
		*into = read
		return nil
	}
}

// demands is what pairs is of claims with the values that one may have, between bars; one
// alone wants the claim to be there.
func demands(required map[string][]string) string {
	var all []string
	for _, claim := range slices.Sorted(maps.Keys(required)) {
		if values := required[claim]; len(values) > 0 {
			claim += "=" + strings.Join(values, "|")
		}
		all = append(all, claim)
	}
	return lines(all)
}

// demanded reads what demands writes.
func demanded(into *map[string][]string) func(string) error {
	return func(text string) error {
		read := map[string][]string{}
		for line := range strings.Lines(text) {
			claim, values, some := strings.Cut(strings.TrimSpace(line), "=")
			switch _, twice := read[claim]; {
			case claim == "" && !some:
				continue
			case claim == "" || some && slices.Contains(strings.Split(values, "|"), ""):
				return oauth.InvalidRequest.Errorf("write %q as CLAIM=VALUE, several values with | between them, or as CLAIM alone", strings.TrimSpace(line))
			case twice:
				return oauth.InvalidRequest.Errorf("%s is there twice", claim)
			case some:
				read[claim] = strings.Split(values, "|")
			default:
				read[claim] = []string{}
			}
		}
		*into = read
		return nil
	}
}
