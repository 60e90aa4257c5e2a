package api

import (
	"github.com/ostiary-auth/ostiary/pkg/admin"
	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/issue"
)

// sessionRoutes are what a person is signed in to, and has agreed to. They are few of
// each, so their lists have one page.
func (a *API) sessionRoutes() []route {
	const sessions, consents = "/users/{user}/sessions", "/users/{user}/consents"
	return []route{
		{
			method: "GET", path: sessions, name: "listSessions", summary: "List a person's sessions, the oldest first",
			scope: admin.SessionsRead, out: List[identity.Session]{}, status: 200, act: func(c *call) (answer, error) {
				found, err := a.desk.Sessions(c.Context(), c.by, c.PathValue("user"))
				return answer{status: 200, body: List[identity.Session]{Items: found}}, err
			},
		},
		{
			method: "DELETE", path: sessions, name: "signOutUser", summary: "Sign a person out everywhere: of sessions and offline grants",
			scope: admin.SessionsWrite, status: 204, act: func(c *call) (answer, error) {
				return answer{status: 204}, a.desk.SignOut(c.Context(), c.by, c.PathValue("user"))
			},
		},
		{
			method: "DELETE", path: sessions + "/{session}", name: "endSession", summary: "End a session, and tell its clients",
			scope: admin.SessionsWrite, status: 204, act: func(c *call) (answer, error) {
				return answer{status: 204}, a.desk.EndSession(c.Context(), c.by, c.PathValue("user"), c.PathValue("session"))
			},
		},
		{
			method: "GET", path: consents, name: "listConsents", summary: "List what clients may have of a person, by consent or without having to ask",
			scope: admin.ConsentsRead, out: List[issue.ClientAccess]{}, status: 200, act: func(c *call) (answer, error) {
				found, err := a.desk.Consents(c.Context(), c.by, c.PathValue("user"))
				return answer{status: 200, body: List[issue.ClientAccess]{Items: found}}, err
			},
		},
		{
			method: "DELETE", path: consents + "/{client}", name: "withdrawConsent",
			summary: "Forget that a person agreed to a client, and end what it was given",
			scope:   admin.ConsentsWrite, status: 204, act: func(c *call) (answer, error) {
				return answer{status: 204}, a.desk.WithdrawConsent(c.Context(), c.by, c.PathValue("user"), c.PathValue("client"))
			},
		},
	}
}
