// Command net-http-third-party serves GET /protected with libraries that know nothing
// of Ostiary: golang-jwt, and keyfunc for the keys.
//
//	ISSUER=https://id.example.com AUDIENCE=https://api.example.com go run .
package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/MicahParks/keyfunc/v3"
	"github.com/golang-jwt/jwt/v5"
)

func main() {
	issuer := os.Getenv("ISSUER")
	keys, err := keyfunc.NewDefaultCtx(context.Background(), []string{issuer + "/jwks.json"})
	if err != nil {
		log.Fatal(err)
	}
	parser := jwt.NewParser(
		jwt.WithIssuer(issuer), jwt.WithAudience(os.Getenv("AUDIENCE")), jwt.WithExpirationRequired(),
		jwt.WithValidMethods([]string{"ES256", "RS256"}), // never what the token says
	)
	listener, err := net.Listen("tcp", "127.0.0.1:"+cmp.Or(os.Getenv("PORT"), "3000"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("listening on http://%s\n", listener.Addr())
	mux := http.NewServeMux()
	mux.HandleFunc("GET /protected", protected(parser, keys.Keyfunc))
	server := http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	log.Fatal(server.Serve(listener))
}

func protected(parser *jwt.Parser, key jwt.Keyfunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		scheme, shown, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		if !strings.EqualFold(scheme, "Bearer") {
			refuse(w, "Bearer")
			return
		}
		var claims jwt.RegisteredClaims
		token, err := parser.ParseWithClaims(shown, &claims, key)
		if err != nil || token.Header["typ"] != "at+jwt" || claims.Subject == "" { // an id_token opens nothing
			refuse(w, `Bearer error="invalid_token"`)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]string{"user_id": claims.Subject})
	}
}

func refuse(w http.ResponseWriter, challenge string) {
	w.Header().Set("WWW-Authenticate", challenge)
	http.Error(w, "", http.StatusUnauthorized)
}
