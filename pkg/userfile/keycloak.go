package userfile

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// readKeycloak reads the users of a realm's export, whether they stand in the realm's
// file, in which roles and groups come before them, or in files of their own.
func readKeycloak(r *bufio.Reader) entries {
	var realm keycloakRealm
	return eachObject(elements(r, "users", realm.aside()), realm.entry)
}

func (realm *keycloakRealm) entry(raw []byte) (e Entry) {
	user, err := membersOf(raw)
	if err != nil {
		return Entry{Err: err}
	}
	n, enabled := &e.User, true
	var service string
	var attributes map[string][]string
	var groups []string
	var roles keycloakRoles
	var created, totp, access, notBefore, disableable any
	var credentials []keycloakCredential
	e.Err = errors.Join(
		user.take("id", &n.ID), user.take("username", &n.Username), user.take("email", &n.Email),
		user.take("emailVerified", &n.EmailVerified), user.take("firstName", &n.GivenName), user.take("lastName", &n.FamilyName),
		user.take("enabled", &enabled), user.take("attributes", &attributes), user.take("credentials", &credentials),
		user.take("groups", &groups), user.take("realmRoles", &roles.Realm), user.take("clientRoles", &roles.Client),
		user.take("serviceAccountClientId", &service), user.take("createdTimestamp", &created), user.take("totp", &totp),
		user.take("access", &access), user.take("notBefore", &notBefore), user.take("disableableCredentialTypes", &disableable),
	)
	n.Disabled = !enabled
	if service != "" {
		e.Err = errors.Join(e.Err, fmt.Errorf("the service account of client %s is no person", service))
	}
	for name, values := range attributes {
		e.Err = errors.Join(e.Err, keycloakAttribute(&e, name, values))
	}
	slices.SortFunc(e.Values, func(a, b Value) int { return cmp.Compare(a.Name, b.Name) })
	for _, path := range groups {
		e.Groups = append(e.Groups, realm.group(path))
	}
	e.Roles = realm.opened(roles)
	for _, c := range credentials {
		if c.Type != "password" || n.PasswordHash != "" || n.Password != "" {
			e.Left = append(e.Left, "credentials."+c.Type)
			continue
		}
		e.Err = errors.Join(e.Err, c.apply(n))
	}
	e.Left = append(e.Left, user.left("")...)
	return e
}

// keycloakClaims are the attributes that Keycloak's own mappers make claims of.
func keycloakClaims() map[string]string {
	return map[string]string{
		"phoneNumber": "phone_number", "phoneNumberVerified": "phone_number_verified", "middleName": "middle_name",
		"street": "address.street_address", "locality": "address.locality", "region": "address.region",
		"postal_code": "address.postal_code", "country": "address.country", "formatted": "address.formatted",
	}
}

func keycloakAttribute(e *Entry, name string, values []string) error {
	claim := name
	if mapped, ok := keycloakClaims()[name]; ok {
		claim = mapped
	}
	// The address and what else is a member of the user cannot be said again here.
	if len(values) == 1 && claim != "email" && claim != "email_verified" && claim != "address" {
		known, err := setClaim(&e.User, claim, values[0])
		if known {
			return err
		}
	}
	e.Values = append(e.Values, Value{Name: "attributes." + name, Here: name, Texts: values})
	return nil
}

// text reads JSON that stands in a JSON string, as Keycloak keeps it.
func text(s string, into any) error {
	if s == "" {
		return nil
	}
	if json.Unmarshal([]byte(s), into) != nil {
		return errors.New("a credential is not JSON within JSON")
	}
	return nil
}
