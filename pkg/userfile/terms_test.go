package userfile_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/userfile"
)

// schema is what people may have here.
var schema = []oauth.Attribute{
	{Name: "custom:team", Type: oauth.StringAttribute},
	{Name: "department", Type: oauth.StringAttribute},
	{Name: "skills", Type: oauth.StringsAttribute},
	{Name: "level", Type: oauth.NumberAttribute},
	{Name: "member", Type: oauth.BooleanAttribute},
	{Name: "settings", Type: oauth.JSONAttribute},
}

// understood tells what becomes of the first user of a file.
func understood(t *testing.T, format, content string, names map[string]string) string {
	t.Helper()
	terms, err := userfile.NewTerms(schema, names)
	if err != nil {
		t.Fatal(err)
	}
	for e, err := range userfile.Read(format, strings.NewReader(content), userfile.Options{Terms: terms}) {
		if err != nil {
			t.Fatal(err)
		}
		var said strings.Builder
		for _, g := range e.Groups {
			fmt.Fprintf(&said, "group %s%v ", g.Here, g.RolesHere)
		}
		if len(e.User.Roles) > 0 {
			fmt.Fprintf(&said, "roles %v ", e.User.Roles)
		}
		if len(e.User.Attributes) > 0 {
			attributes, _ := json.Marshal(e.User.Attributes)
			fmt.Fprintf(&said, "%s ", attributes)
		}
		if e.User.Nickname != "" {
			fmt.Fprintf(&said, "nickname %s ", e.User.Nickname)
		}
		if len(e.Left) > 0 {
			fmt.Fprintf(&said, "left %v ", e.Left)
		}
		if len(e.Lacking) > 0 {
			fmt.Fprintf(&said, "lacking %v ", e.Lacking)
		}
		if e.Err != nil {
			fmt.Fprintf(&said, "refused: %v", e.Err)
		}
		return strings.TrimSpace(said.String())
	}
	t.Fatal("nobody is in the file")
	return ""
}

// keycloak is a realm with a user who has these members.
func keycloak(members string) string {
	return `{"roles": {"realm": [
		{"name": "editor"}, {"name": "lead", "composites": {"realm": ["editor"], "client": {"app": ["review"]}}},
		{"name": "loop", "composites": {"realm": ["loop"]}},
		{"name": "default-roles-example", "composites": {"realm": ["offline_access", "uma_authorization", "everybody"], "client": {"account": ["view-profile"]}}}]},
	"groups": [{"name": "Staff", "path": "/Staff", "realmRoles": ["lead"], "subGroups": [
		{"name": "UK office", "path": "/Staff/UK office", "clientRoles": {"app": ["open"]}}]}],
	"users": [{"username": "a", ` + members + `}]}`
}

func cognito(attributes string) string {
	return `{"Users": [{"Username": "a", "Attributes": [` + attributes + `]}]}`
}

// What a product says of groups, roles and attributes is said here in words of here, or
// is named.
func TestTerms(t *testing.T) {
	for name, c := range map[string]struct {
		format, content string
		names           map[string]string
		want            string
	}{
		"Keycloak: a group in a group has the roles of both": {
			"keycloak", keycloak(`"groups": ["/Staff/UK office"]`), nil, "group staff/uk-office[app:open app:review editor lead]",
		},
		"Keycloak: a group that the file does not tell of": {"keycloak", keycloak(`"groups": ["/Else"]`), nil, "group else[]"},
		"Keycloak: roles are those that they are made of":  {"keycloak", keycloak(`"realmRoles": ["lead", "loop"]`), nil, "roles [app:review editor lead loop]"},
		"Keycloak: what everybody has of Keycloak's own":   {"keycloak", keycloak(`"realmRoles": ["default-roles-example"]`), nil, "roles [everybody]"},
		"Keycloak: everybody's role in a file of users":    {"keycloak", `{"users": [{"username": "a", "realmRoles": ["default-roles-example"]}]}`, nil, "roles [default-roles-example]"},
		"Keycloak: roles of its administration are told":   {"keycloak", keycloak(`"clientRoles": {"realm-management": ["manage-users"]}`), nil, "roles [realm-management:manage-users]"},
		"Keycloak: a role that can be none here":           {"keycloak", keycloak(`"realmRoles": ["team lead"]`), nil, "left [realmRoles.team lead]"},
		"Keycloak: that role, by another name":             {"keycloak", keycloak(`"realmRoles": ["team lead"]`), map[string]string{"realmRoles.team lead": "lead"}, "roles [lead]"},
		"Keycloak: a role left out on purpose":             {"keycloak", keycloak(`"clientRoles": {"app": ["open"]}`), map[string]string{"clientRoles.app.open": ""}, ""},
		"Keycloak: a group that can be none here":          {"keycloak", keycloak(`"groups": ["/Ärzte"]`), nil, "left [groups./Ärzte]"},
		"Keycloak: that group, by another name":            {"keycloak", keycloak(`"groups": ["/Ärzte"]`), map[string]string{"groups./Ärzte": "doctors"}, "group doctors[]"},
		"Keycloak: two groups that would be one": {
			"keycloak", keycloak(`"groups": ["/Staff", "/staff"]`), nil,
			"group staff[app:review editor lead] refused: groups./Staff and groups./staff would be one group here, staff: say what they are to become",
		},
		"Keycloak: two groups that are to be one": {
			"keycloak", keycloak(`"groups": ["/Else", "/else"]`), map[string]string{"groups./else": "else"}, "group else[] group else[]",
		},
		"Keycloak: attributes by their types": {
			"keycloak", keycloak(`"attributes": {"department": ["blue"], "skills": ["go"], "level": ["7"], "member": ["true"], "settings": ["{\"a\":1}"]}`), nil,
			`{"department":"blue","level":7,"member":true,"settings":{"a":1},"skills":["go"]}`,
		},
		"Keycloak: JSON may be a text":       {"keycloak", keycloak(`"attributes": {"settings": ["7"]}`), nil, `{"settings":"7"}`},
		"Keycloak: an attribute nobody has":  {"keycloak", keycloak(`"attributes": {"shoe": ["40"]}`), nil, "left [attributes.shoe] lacking [shoe]"},
		"Keycloak: two values of one":        {"keycloak", keycloak(`"attributes": {"department": ["a", "b"]}`), nil, "refused: attributes.department has 2 values, and the attribute department is one string"},
		"Keycloak: no number":                {"keycloak", keycloak(`"attributes": {"level": ["seven"]}`), nil, "refused: attributes.level is no number, as the attribute level must be"},
		"Keycloak: a number that is no JSON": {"keycloak", keycloak(`"attributes": {"level": ["0x7"]}`), nil, "refused: attributes.level is no number, as the attribute level must be"},
		"Keycloak: neither true nor false":   {"keycloak", keycloak(`"attributes": {"member": ["yes"]}`), nil, "refused: attributes.member is neither true nor false, as the attribute member must be"},
		"Keycloak: broken JSON":              {"keycloak", keycloak(`"attributes": {"settings": ["{"]}`), nil, "refused: attributes.settings is no JSON, as the attribute settings must be"},
		"Keycloak: every fault at once": {
			"keycloak", keycloak(`"attributes": {"level": ["x"], "member": ["y"]}`), nil,
			"refused: attributes.level is no number, as the attribute level must be\nattributes.member is neither true nor false, as the attribute member must be",
		},
		"Keycloak: an attribute that is a claim": {"keycloak", keycloak(`"attributes": {"nick": ["Al"]}`), map[string]string{"attributes.nick": "nickname"}, "nickname Al"},
		"Keycloak: an attribute that is roles":   {"keycloak", keycloak(`"attributes": {"can": ["read, write", "read"]}`), map[string]string{"attributes.can": "roles"}, "roles [read write]"},

		"Cognito: an attribute by its name":      {"cognito", cognito(`{"Name": "custom:team", "Value": "blue"}`), nil, `{"custom:team":"blue"}`},
		"Cognito: by another name":               {"cognito", cognito(`{"Name": "custom:team", "Value": "blue"}`), map[string]string{"custom:team": "department"}, `{"department":"blue"}`},
		"Cognito: left out on purpose":           {"cognito", cognito(`{"Name": "custom:x", "Value": "blue"}`), map[string]string{"custom:x": ""}, ""},
		"Cognito: that nobody has":               {"cognito", cognito(`{"Name": "custom:x", "Value": "blue"}`), nil, "left [custom:x] lacking [custom:x]"},
		"Cognito: two that are one":              {"cognito", cognito(`{"Name": "custom:team", "Value": "a"}, {"Name": "custom:x", "Value": "b"}`), map[string]string{"custom:x": "custom:team"}, `{"custom:team":"a"} refused: custom:x is the attribute custom:team, which something else is already`},
		"Cognito: groups as the claim has them":  {"cognito", cognito(`{"Name": "cognito:groups", "Value": "[\"Admins\",\"Read only\"]"}`), nil, "group admins[] group read-only[]"},
		"Cognito: groups with commas":            {"cognito", "cognito:username,cognito:groups\na,\"x,y\"\n", nil, "group x[] group y[]"},
		"Cognito: groups as they are listed":     {"cognito", `{"Users": [{"Username": "a", "Groups": [{"GroupName": "x", "Precedence": 1}, "y"]}]}`, nil, "group x[] group y[]"},
		"Cognito: an attribute that is groups":   {"cognito", cognito(`{"Name": "custom:groups", "Value": "x,y"}`), map[string]string{"custom:groups": "groups"}, "group x[] group y[]"},
		"Cognito: one of those, by another name": {"cognito", cognito(`{"Name": "custom:groups", "Value": "x,y"}`), map[string]string{"custom:groups": "groups", "custom:groups=x": "", "custom:groups=y": "z"}, "group z[]"},

		"Auth0: metadata are nothing by themselves": {
			"auth0", `{"username": "a", "app_metadata": {"department": "blue", "vip": false}, "user_metadata": {"level": 9, "none": null}}`, nil,
			"left [app_metadata.department app_metadata.vip user_metadata.level] lacking [app_metadata.department app_metadata.vip user_metadata.level]",
		},
		"Auth0: metadata by name": {
			"auth0", `{"username": "a", "app_metadata": {"department": "blue", "vip": false}, "user_metadata": {"prefs": {"a": [1]}}}`,
			map[string]string{"app_metadata.department": "department", "app_metadata.vip": "member", "user_metadata.prefs": "settings"},
			`{"department":"blue","member":false,"settings":{"a":[1]}}`,
		},
		"Auth0: what its extension decided": {
			"auth0", `{"username": "a", "app_metadata": {"authorization": {"groups": ["Ops"], "roles": ["editor"], "permissions": ["read:x"]}}}`, nil,
			"group ops[] roles [editor] left [app_metadata.authorization.permissions]",
		},
		"Auth0: a list that is roles":      {"auth0", `{"username": "a", "app_metadata": {"roles": ["x", "y"]}}`, map[string]string{"app_metadata.roles": "roles"}, "roles [x y]"},
		"Auth0: an object that is roles":   {"auth0", `{"username": "a", "app_metadata": {"roles": {}}}`, map[string]string{"app_metadata.roles": "roles"}, "refused: app_metadata.roles is neither a text nor a list of texts, as roles must be"},
		"Auth0: a number that is a claim":  {"auth0", `{"username": "a", "user_metadata": {"nick": 7}}`, map[string]string{"user_metadata.nick": "nickname"}, "refused: user_metadata.nick is not one text, as the claim nickname must be"},
		"Auth0: authorization of its own":  {"auth0", `{"username": "a", "app_metadata": {"authorization": "x"}}`, map[string]string{"app_metadata.authorization": "department"}, `{"department":"x"}`},
		"Auth0: metadata of another kind":  {"auth0", `{"username": "a", "app_metadata": 7}`, nil, "refused: app_metadata has the wrong type"},
		"Auth0: groups of the wrong type":  {"auth0", `{"username": "a", "app_metadata": {"authorization": {"groups": 7}}}`, nil, "refused: groups has the wrong type"},
		"a table: groups and roles":        {"csv", "username,groups,roles\na,\"x, y\",editor\n", nil, "roles [editor]"},
		"a table: attributes":              {"csv", "username,attributes.level,shoe\na,7,40\n", map[string]string{"shoe": "department"}, `{"department":"40","level":7}`},
		"a table: an attribute of no name": {"csv", "username,attributes.shoe\na,7\n", nil, "left [attributes.shoe] lacking [shoe]"},
		"our own: an attribute nobody has": {"jsonl", `{"username": "a", "attributes": {"shoe": 40}}`, nil, `{"shoe":40} lacking [shoe]`},
	} {
		t.Run(name, func(t *testing.T) {
			if got := understood(t, c.format, c.content, c.names); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

// A name that stands for nothing here is refused before anybody is imported, and one
// that nothing in the file is called by is told.
func TestTermsThatMeanNothing(t *testing.T) {
	if _, err := userfile.NewTerms(schema, map[string]string{"custom:team": "teams"}); err == nil || !strings.Contains(err.Error(), "custom:team cannot become teams") {
		t.Errorf("got %v", err)
	}
	terms, err := userfile.NewTerms(schema, map[string]string{"custom:team": "department", "custom:taem": "department", "groups.x": "y"})
	if err != nil {
		t.Fatal(err)
	}
	for range userfile.Read("cognito", strings.NewReader(cognito(`{"Name": "custom:team", "Value": "blue"}`)), userfile.Options{Terms: terms}) {
	}
	if got := fmt.Sprint(terms.Unused()); got != "[custom:taem groups.x]" {
		t.Errorf("got %s", got)
	}
}
