// Command zitadel is zitadel/oidc's provider as it is, with one person and a page of its
// own to sign in at: the first line of standard input is its client, the first of
// standard output its issuer. What it writes after that is for who looks for a fault.
package main

import (
	"encoding/json"
	"fmt"
	"html/template"
	"log"
	"log/slog"
	"net"
	"net/http"
	"os"

	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"
)

// jo is everybody there is.
type jo struct{ storage.User }

func (j jo) GetUserByID(string) *storage.User { return &j.User }
func (j jo) ExampleClientID() string          { return "" }
func (j jo) GetUserByUsername(name string) *storage.User {
	if name != j.Username {
		return nil
	}
	return &j.User
}

var page = template.Must(template.New("").Parse(`<!doctype html><title>Sign in</title>
<form method="post" action="/login/username"><input type="hidden" name="id" value="{{.}}">
<input name="username"><input name="password" type="password"><button id="there-submit">Sign in</button></form>`))

func main() {
	var client struct {
		ID          string `json:"client_id"`
		Secret      string `json:"client_secret"`
		RedirectURI string `json:"redirect_uri"`
		Username    string `json:"username"`
		Password    string `json:"password"`
	}
	must(json.NewDecoder(os.Stdin).Decode(&client))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(err)
	issuer := fmt.Sprintf("http://localhost:%d", listener.Addr().(*net.TCPAddr).Port)
	storage.RegisterClients(storage.WebClient(client.ID, client.Secret, client.RedirectURI))
	known := storage.NewStorage(jo{storage.User{
		ID: "jo-of-zitadel", Username: client.Username, Password: client.Password,
		FirstName: "Jo", LastName: "of Zitadel", Email: "jo@example.com", EmailVerified: true,
	}})
	provider := exampleop.SetupServer(issuer, known, slog.New(slog.NewTextHandler(os.Stderr, nil)), true)
	mux := http.NewServeMux()
	mux.Handle("/", provider)
	mux.HandleFunc("GET /login/username", func(w http.ResponseWriter, r *http.Request) {
		must(page.Execute(w, r.FormValue("authRequestID")))
	})
	fmt.Println(issuer)
	log.Fatal(http.Serve(listener, mux))
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
