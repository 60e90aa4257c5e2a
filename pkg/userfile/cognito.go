package userfile

import (
	"bufio"
	"encoding/json"
	"errors"
	"slices"
	"strings"
)

// readCognito reads the answers of Cognito's ListUsers, page after page, or a table
// with the columns of its import file. Neither holds passwords.
func readCognito(r *bufio.Reader) entries {
	if first(r) == '{' || first(r) == '[' {
		return eachObject(elements(r, "Users", nil), cognitoEntry)
	}
	return readTable(r, "cognito:username", cognitoCell)
}

// first returns the first byte that is no space, 0 at the end.
func first(r *bufio.Reader) byte {
	for {
		b, err := r.ReadByte()
		if err != nil {
			return 0
		}
		if b != ' ' && b != '\t' && b != '\r' && b != '\n' {
			_ = r.UnreadByte() // after a read it can be
			return b
		}
	}
}

func cognitoCell(e *Entry, column, value string) error {
	switch column {
	case "cognito:username":
		e.User.Username = value
	case "sub":
		e.User.ID = value
	case "cognito:mfa_enabled":
		if value == "true" {
			e.Left = append(e.Left, column)
		}
	case "cognito:groups":
		return cognitoGroups(e, value)
	default:
		return claimCell(e, column, column, value)
	}
	return nil
}

// cognitoGroups reads the groups as the claim of that name has them, a list in JSON, or
// with commas between. ListUsers tells none: who keeps copies of a pool adds them.
func cognitoGroups(e *Entry, value string) error {
	names := listed(value)
	if strings.HasPrefix(value, "[") && json.Unmarshal([]byte(value), &names) != nil {
		return errors.New("cognito:groups is no list of names")
	}
	for _, name := range names {
		e.Groups = append(e.Groups, Group{Word: groupWord(name)})
	}
	return nil
}

// cognitoGroup is a group's name, or a group as AdminListGroupsForUser has it.
type cognitoGroup struct{ GroupName string }

// UnmarshalJSON takes both.
func (g *cognitoGroup) UnmarshalJSON(raw []byte) error {
	if json.Unmarshal(raw, &g.GroupName) == nil {
		return nil
	}
	type plain cognitoGroup
	return json.Unmarshal(raw, (*plain)(g))
}

func cognitoEntry(raw []byte) (e Entry) {
	user, err := membersOf(raw)
	if err != nil {
		return Entry{Err: err}
	}
	enabled := true
	var attributes, more []struct{ Name, Value string }
	var groups []cognitoGroup
	var created, modified, status any
	e.Err = errors.Join(
		user.take("Username", &e.User.Username), user.take("Enabled", &enabled),
		user.take("Attributes", &attributes), user.take("UserAttributes", &more),
		user.take("Groups", &groups), user.take("UserCreateDate", &created), user.take("UserLastModifiedDate", &modified), user.take("UserStatus", &status),
	)
	e.User.Disabled = !enabled
	for _, g := range groups {
		e.Groups = append(e.Groups, Group{Word: groupWord(g.GroupName)})
	}
	for _, a := range slices.Concat(attributes, more) {
		if a.Value != "" {
			e.Err = errors.Join(e.Err, cognitoCell(&e, a.Name, a.Value))
		}
	}
	// In a pool whose people sign in by mail address the username is the sub, which
	// nobody knows by heart.
	if e.User.Username == e.User.ID && e.User.Email != "" {
		e.User.Username = e.User.Email
	}
	e.Left = append(e.Left, user.left("")...)
	return e
}
