package pages

import (
	"net/url"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/language"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// profileField is a claim that a person says of themselves (OpenID Connect Core §5.1).
type profileField struct {
	Name         string // of the claim and its input; with claim_ before it, its word
	Type         string // of the input
	Autocomplete string // what a browser fills in (HTML, autofill)
	Hint         string // an example, "" for none
	of           func(*oauth.StandardClaims) *string
	check        func(string) bool // nil: any text on one line
	fault        string            // word of what is wrong where it is none such
}

// Word is what the claim is called.
func (f profileField) Word() string { return "claim_" + f.Name }

type profileFieldGroup struct {
	name   string // word
	fields []profileField
}

// profileFields is the table of claims that people change themselves. Not among them are
// email, which has a page, because mail must have reached them there; and
// preferred_username, by which applications may know people apart, against all advice
// (OpenID Connect Core §5.7): it stays an administrator's.
func profileFields() []profileFieldGroup {
	return []profileFieldGroup{
		{"", []profileField{
			{Name: "name", Type: "text", Autocomplete: "name", of: func(c *oauth.StandardClaims) *string { return &c.Name }},
			{Name: "given_name", Type: "text", Autocomplete: "given-name", of: func(c *oauth.StandardClaims) *string { return &c.GivenName }},
			{Name: "middle_name", Type: "text", Autocomplete: "additional-name", of: func(c *oauth.StandardClaims) *string { return &c.MiddleName }},
			{Name: "family_name", Type: "text", Autocomplete: "family-name", of: func(c *oauth.StandardClaims) *string { return &c.FamilyName }},
			{Name: "nickname", Type: "text", Autocomplete: "nickname", of: func(c *oauth.StandardClaims) *string { return &c.Nickname }},
		}},
		{"profile_about", []profileField{
			{Name: "birthdate", Type: "text", Autocomplete: "bday", Hint: "1990-12-31", of: func(c *oauth.StandardClaims) *string { return &c.Birthdate }, check: isBirthdate, fault: "problem_birthdate"},
			{Name: "gender", Type: "text", Autocomplete: "sex", of: func(c *oauth.StandardClaims) *string { return &c.Gender }},
			{Name: "locale", Type: "text", Autocomplete: "language", Hint: "en-GB", of: func(c *oauth.StandardClaims) *string { return &c.Locale }, check: isLocale, fault: "problem_locale"},
			{Name: "zoneinfo", Type: "text", Autocomplete: "off", Hint: "Europe/Paris", of: func(c *oauth.StandardClaims) *string { return &c.Zoneinfo }, check: isZone, fault: "problem_zoneinfo"},
		}},
		{"profile_web", []profileField{
			{Name: "website", Type: "url", Autocomplete: "url", Hint: "https://jo.example.com", of: func(c *oauth.StandardClaims) *string { return &c.Website }, check: isWebURL, fault: "problem_website"},
			{Name: "profile", Type: "url", Autocomplete: "off", Hint: "https://example.com/jo", of: func(c *oauth.StandardClaims) *string { return &c.Profile }, check: isWebURL, fault: "problem_website"},
			{Name: "picture", Type: "url", Autocomplete: "photo", Hint: "https://example.com/jo.jpg", of: func(c *oauth.StandardClaims) *string { return &c.Picture }, check: isWebURL, fault: "problem_website"},
		}},
		{"profile_contact", []profileField{
			{Name: "phone_number", Type: "tel", Autocomplete: "tel", Hint: "+33 1 99 00 12 34", of: func(c *oauth.StandardClaims) *string { return &c.PhoneNumber }, check: isPhoneNumber, fault: "problem_phone_number"},
			{Name: "street_address", Type: "text", Autocomplete: "street-address", of: func(c *oauth.StandardClaims) *string { return &postal(c).StreetAddress }},
			{Name: "postal_code", Type: "text", Autocomplete: "postal-code", of: func(c *oauth.StandardClaims) *string { return &postal(c).PostalCode }},
			{Name: "locality", Type: "text", Autocomplete: "address-level2", of: func(c *oauth.StandardClaims) *string { return &postal(c).Locality }},
			{Name: "region", Type: "text", Autocomplete: "address-level1", of: func(c *oauth.StandardClaims) *string { return &postal(c).Region }},
			{Name: "country", Type: "text", Autocomplete: "country-name", of: func(c *oauth.StandardClaims) *string { return &postal(c).Country }},
		}},
	}
}

// postal is the address, which is made when there is none.
func postal(c *oauth.StandardClaims) *oauth.PostalAddress {
	if c.Address == nil {
		c.Address = &oauth.PostalAddress{}
	}
	return c.Address
}

// maxClaimRunes bounds one claim; package identity bounds all of them.
const maxClaimRunes = 200

// typedProfile puts what was typed into the claims, and adds the words of what is wrong
// with it. A telephone number that is another is not verified any more, and an address
// that is another is not formatted.
func typedProfile(before oauth.StandardClaims, typed oauth.Params, problems map[string]string) oauth.StandardClaims {
	after := before
	if before.Address != nil {
		address := *before.Address
		after.Address = &address
	}
	for _, group := range profileFields() {
		for _, field := range group.fields {
			value := strings.TrimSpace(typed.Get(field.Name))
			if field.Name == "phone_number" {
				value = compactPhoneNumber(value)
			}
			*field.of(&after) = value
			switch {
			case value == "":
			case !isLine(value):
				problems[field.Name] = "problem_line"
			case field.check != nil && !field.check(value):
				problems[field.Name] = field.fault
			}
		}
	}
	if after.PhoneNumber != before.PhoneNumber {
		after.PhoneNumberVerified = nil
	}
	if before.Address == nil || *after.Address != *before.Address {
		after.Address.Formatted = ""
	}
	if *after.Address == (oauth.PostalAddress{}) {
		after.Address = nil
	}
	return after
}

// isLine is true of what shows on one line.
func isLine(s string) bool {
	return utf8.RuneCountInString(s) <= maxClaimRunes && !strings.ContainsFunc(s, unicode.IsControl)
}

// isBirthdate takes a day, a day of no year, or a year (OpenID Connect Core §5.1).
func isBirthdate(s string) bool {
	if day, ok := strings.CutPrefix(s, "0000-"); ok {
		s = "2000-" + day // which has a 29th of February
	}
	_, day := time.Parse(time.DateOnly, s)
	_, year := time.Parse("2006", s)
	return day == nil || year == nil
}

// isLocale takes a language tag (RFC 5646).
func isLocale(s string) bool {
	_, err := language.Parse(s)
	return err == nil && len(s) <= 35
}

var zone = regexp.MustCompile(`^[A-Z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+){0,2}$`)

// isZone takes what looks like a name of the IANA's time zones, of which a function has
// no list.
func isZone(s string) bool { return len(s) <= 64 && zone.MatchString(s) }

func isWebURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != ""
}

// compactPhoneNumber leaves out what people write between digits.
func compactPhoneNumber(s string) string {
	return strings.NewReplacer(" ", "", "-", "", ".", "", "(", "", ")", "", "/", "", "\u00a0", "").Replace(s)
}

var phoneNumber = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)

// isPhoneNumber takes the form that OpenID Connect Core §5.1 recommends (E.164).
func isPhoneNumber(s string) bool { return phoneNumber.MatchString(s) }
