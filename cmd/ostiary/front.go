package main

import (
	"fmt"
	"net/http"
)

// front answers GET / of the demonstration, for who opens the address that serve
// prints. Nothing is deployed there: people are sent to a sign-in page by an application.
func front(next http.Handler, issuer, program string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" || r.Method != http.MethodGet && r.Method != http.MethodHead {
			next.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		fmt.Fprintf(w, `This is Ostiary, as the issuer %[1]s

There is no page here: applications send people to one. Be an application:

  %[2]s token get --issuer %[1]s

What it serves:

  %[1]s/account                            where people look after their account
  %[1]s/admin                              where administrators do
  %[1]s/.well-known/openid-configuration   what clients read first
  %[1]s/jwks.json                          the keys
  %[1]s/protected                          an API behind the authorizer: 401 without a token
`, issuer, program)
	})
}
