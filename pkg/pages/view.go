package pages

import (
	"strings"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// clientView is a client as its people see it.
type clientView struct {
	Name, URI, LogoURI, PolicyURI, TosURI string
}

func viewClient(c oauth.Client) clientView {
	name := c.ClientName
	if strings.TrimSpace(name) == "" {
		name = c.ID
	}
	return clientView{
		Name: name, URI: webLink(c.ClientURI), LogoURI: webLink(c.LogoURI), PolicyURI: webLink(c.PolicyURI), TosURI: webLink(c.TosURI),
	}
}

// webLink lets links through that lead to the web, and no others: what stands in a
// registration is somebody else's text.
func webLink(uri string) string {
	if strings.HasPrefix(uri, "https://") || strings.HasPrefix(uri, "http://") {
		return uri
	}
	return ""
}

// personView is a person as they see themselves.
type personView struct {
	Session        string
	Name, Username string // Name is empty when it would say the same
	Initial        string
}

func viewPerson(s identity.SignedIn) personView {
	name := strings.TrimSpace(s.User.Name)
	view := personView{Session: s.ID, Name: name, Username: s.User.Username}
	if name == "" {
		name = s.User.Username
	}
	for _, first := range name {
		view.Initial = strings.ToUpper(string(first))
		break
	}
	return view
}
