package userfile

import (
	"fmt"
	"strconv"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// textClaims are the claims that are text, by name (OpenID Connect Core §5.1).
func textClaims(n *identity.NewUser) map[string]*string {
	return map[string]*string{
		"name": &n.Name, "given_name": &n.GivenName, "family_name": &n.FamilyName, "middle_name": &n.MiddleName,
		"nickname": &n.Nickname, "preferred_username": &n.PreferredUsername, "profile": &n.Profile, "picture": &n.Picture,
		"website": &n.Website, "gender": &n.Gender, "birthdate": &n.Birthdate, "zoneinfo": &n.Zoneinfo, "locale": &n.Locale,
		"email": &n.Email, "phone_number": &n.PhoneNumber,
	}
}

// addressClaims are the members of the address claim (OpenID Connect Core §5.1.1).
func addressClaims(a *oauth.PostalAddress) map[string]*string {
	return map[string]*string{
		"formatted": &a.Formatted, "street_address": &a.StreetAddress, "locality": &a.Locality,
		"region": &a.Region, "postal_code": &a.PostalCode, "country": &a.Country,
	}
}

// setClaim gives a standard claim its value, in its own type. It reports whether there
// is such a claim; a member of the address is named address.locality and the like.
func setClaim(n *identity.NewUser, name, value string) (known bool, err error) {
	if text := textClaims(n)[name]; text != nil {
		*text = value
		return true, nil
	}
	switch name {
	case "email_verified":
		n.EmailVerified, err = boolean(name, value)
	case "phone_number_verified":
		n.PhoneNumberVerified, err = boolean(name, value)
	case "updated_at":
		n.UpdatedAt, err = seconds(name, value)
	case "address":
		return setAddress(n, "formatted", value), nil
	default:
		if len(name) > len("address.") && name[:len("address.")] == "address." {
			return setAddress(n, name[len("address."):], value), nil
		}
		return false, nil
	}
	return true, err
}

func setAddress(n *identity.NewUser, member, value string) bool {
	address := oauth.PostalAddress{}
	if n.Address != nil {
		address = *n.Address
	}
	text := addressClaims(&address)[member]
	if text == nil {
		return false
	}
	*text = value
	n.Address = &address
	return true
}

func boolean(name, value string) (*bool, error) {
	b, err := strconv.ParseBool(value)
	if err != nil {
		return nil, fmt.Errorf("%s is neither true nor false", name)
	}
	return &b, nil
}

// seconds reads a time, in seconds or milliseconds since 1970 or as RFC 3339 writes it.
func seconds(name, value string) (int64, error) {
	if n, err := strconv.ParseInt(value, 10, 64); err == nil && n >= 0 {
		if n > 100_000_000_000 { // the year 5138 in seconds
			n /= 1000
		}
		return n, nil
	}
	t, err := time.Parse(time.RFC3339, value)
	if err != nil {
		return 0, fmt.Errorf("%s is no time", name)
	}
	return t.Unix(), nil
}
