// Package talk is what a client says to the test that runs it: see
// ../../interop_test.go.
package talk

import (
	"bufio"
	"encoding/json"
	"fmt"
	"log"
	"net/url"
	"os"
	"strings"
)

// Self is what a client knows about itself and the person who is to sign in.
type Self struct {
	Issuer                string `json:"issuer"`
	ClientID              string `json:"client_id"`
	ClientSecret          string `json:"client_secret"`
	RedirectURI           string `json:"redirect_uri"`
	PostLogoutRedirectURI string `json:"post_logout_redirect_uri"`
	Name                  string `json:"name"`
	Email                 string `json:"email"`
}

var heard = bufio.NewReader(os.Stdin)

// Hear waits for a line from the test.
func Hear() string {
	line, err := heard.ReadString('\n')
	if err != nil {
		log.Fatal("the test went away")
	}
	return strings.TrimSpace(line)
}

// Begin hears who the client is.
func Begin() (s Self) {
	Must(json.Unmarshal([]byte(Hear()), &s))
	return s
}

// Did says that a step is done.
func Did(step string) { fmt.Println("did", step) }

// Visit has the person go somewhere, and returns where the provider sent them.
func Visit(address string) *url.URL {
	fmt.Println("visit", address)
	arrived, err := url.Parse(Hear())
	Must(err)
	return arrived
}

// LogoutToken waits for what the client's back channel got.
func LogoutToken() string {
	fmt.Println("logout_token")
	return Hear()
}

// Must ends the client when something went wrong.
func Must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// Want ends the client when something is not as it must be.
func Want(truth bool, complaint ...any) {
	if !truth {
		log.Fatal(complaint...)
	}
}
