// Command net-http serves GET /protected behind Ostiary's own middleware: the gate of
// API Gateway, in a process of your own. It checks what the examples beside it leave
// to others: revocation, the kind of token, and how often strangers make it ask for
// keys.
//
//	ISSUER=https://id.example.com AUDIENCE=https://api.example.com go run ./examples/net-http
package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"log"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/authorizer"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

func main() {
	audience := os.Getenv("AUDIENCE")
	settings := authorizer.Settings{
		Issuers: []authorizer.IssuerSettings{{Issuer: os.Getenv("ISSUER"), Own: true, Audience: []string{audience}}},
		Routes:  []authorizer.RouteSettings{{Method: "GET", Path: "/protected"}}, // any other is refused
		Resource: &oauth.ProtectedResource{ // at /.well-known/oauth-protected-resource: RFC 9728
			Resource: audience, AuthorizationServers: []string{os.Getenv("ISSUER")},
		},
	}
	gate, err := authorizer.Open(context.Background(), settings, nil, slog.New(slog.NewJSONHandler(os.Stderr, nil)))
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /protected", protected)
	listener, err := net.Listen("tcp", "127.0.0.1:"+cmp.Or(os.Getenv("PORT"), "3000"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("listening on http://%s\n", listener.Addr())
	server := http.Server{Handler: gate.Middleware(mux), ReadHeaderTimeout: 5 * time.Second}
	log.Fatal(server.Serve(listener))
}

func protected(w http.ResponseWriter, r *http.Request) {
	token, _ := authorizer.FromContext(r.Context())
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]string{"user_id": token.Subject})
}
