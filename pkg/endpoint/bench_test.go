package endpoint_test

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/store"
	"github.com/ostiary-auth/ostiary/test/bench/inturn"
)

// connections is how many clients ask at a time.
const connections = 32

// BenchmarkTokenClientCredentials is /token over HTTP on one core, beside a
// handler that does nothing but read a form and sign a token of the same size.
func BenchmarkTokenClientCredentials(b *testing.B) {
	s := open(b)
	const form = "grant_type=client_credentials&scope=read"
	like := s.post("/token", form, secretID, secret)
	ask := func() string { return form }
	inTurn(b, "POST", "/token", ask, floor(b, nil, like), s.mux, ask)
}

// BenchmarkTokenRefresh is the same for a refresh with rotation, whose floor also
// does one durable write. Each connection refreshes a family of its own.
func BenchmarkTokenRefresh(b *testing.B) {
	s := open(b)
	form := "grant_type=password&scope=read&username=alice&password=" + url.QueryEscape(password)
	like := s.post("/token", form, secretID, secret)
	ask := func() string {
		token := s.post("/token", form, secretID, secret).text("refresh_token")
		return "grant_type=refresh_token&refresh_token=" + url.QueryEscape(token)
	}
	inTurn(b, "POST", "/token", ask, floor(b, open(b).state, like), s.mux, ask)
}

// BenchmarkJWKS is the key set, beside a handler that writes the same bytes.
func BenchmarkJWKS(b *testing.B) {
	s := open(b)
	document := s.call("GET", "/jwks.json", "").body
	none := func() string { return "" }
	inTurn(b, "GET", "/jwks.json", none, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "public, max-age=300")
		_, _ = w.Write(document)
	}), s.mux, none)
}

// BenchmarkIntrospect is introspection, which verifies the signature of an access
// token and reads what stands behind the token; its floor verifies alone.
func BenchmarkIntrospect(b *testing.B) {
	s := open(b)
	access := s.post("/token", "grant_type=client_credentials", secretID, secret).text("access_token")
	refresh := s.post("/token", "grant_type=password&username=alice&password="+url.QueryEscape(password), secretID, secret).text("refresh_token")
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(b, err)
	digest := sha256.Sum256([]byte(access))
	signature, err := ecdsa.SignASN1(rand.Reader, key, digest[:])
	must(b, err)
	floor := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		digest := sha256.Sum256([]byte(access))
		ecdsa.VerifyASN1(&key.PublicKey, digest[:], signature)
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"active":true}`)
	})
	for name, token := range map[string]string{"access-token": access, "refresh-token": refresh} {
		form := func() string { return "token=" + url.QueryEscape(token) }
		b.Run(name, func(b *testing.B) { inTurn(b, "POST", "/introspect", form, floor, s.mux, form) })
	}
}

// tokenAnswer is what the token endpoint answers (RFC 6749 §5.1).
type tokenAnswer struct {
	AccessToken  string `json:"access_token"`
	TokenType    string `json:"token_type"`
	ExpiresIn    int    `json:"expires_in"`
	Scope        string `json:"scope"`
	RefreshToken string `json:"refresh_token,omitempty"`
}

// floor signs a token with the bare signature and does nothing else, but for one
// durable write when it is given a table. It answers with as many bytes as ours, like.
func floor(b *testing.B, state store.Table, like answer) http.Handler {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(b, err)
	tokens := tokenAnswer{TokenType: "Bearer", ExpiresIn: 3600, Scope: "read", RefreshToken: like.text("refresh_token")}
	claims := make([]byte, base64.RawURLEncoding.DecodedLen(strings.LastIndexByte(like.text("access_token"), '.')))
	var n atomic.Int64
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.ReadAll(r.Body)
		if state != nil {
			key := store.Key{Partition: "floor", Sort: fmt.Sprint(n.Add(1) % connections)}
			if err := state.Write(r.Context(), store.Put(key, claims)); err != nil {
				b.Error(err)
			}
		}
		digest := sha256.Sum256(claims)
		r1, s1, err := ecdsa.Sign(rand.Reader, key, digest[:])
		if err != nil {
			b.Error(err)
		}
		signature := append(r1.FillBytes(make([]byte, 32)), s1.FillBytes(make([]byte, 32))...)
		w.Header().Set("Content-Type", "application/json")
		answer := tokens
		answer.AccessToken = base64.RawURLEncoding.EncodeToString(claims) + "." + base64.RawURLEncoding.EncodeToString(signature)
		_ = json.NewEncoder(w).Encode(answer)
	})
}

// inTurn asks the floor and ours over TCP on one core. The asking side writes bytes
// made beforehand and reads no more than it must, so that the server's work counts.
func inTurn(b *testing.B, method, path string, floorForm func() string, floor, ours http.Handler, form func() string) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	const asked = 8 * connections
	ask := func(h http.Handler, form func() string) func() {
		server := httptest.NewServer(h)
		b.Cleanup(server.Close)
		clients := make([]*client, connections)
		for i := range clients {
			clients[i] = dial(b, server.Listener.Addr().String(), method, path)
			clients[i].form = form()
		}
		return func() { askAll(b, clients, asked) }
	}
	inturn.Take(b, asked, ask(floor, floorForm), ask(ours, form))
}

// askAll sends so many requests over all connections at once.
func askAll(b *testing.B, clients []*client, requests int64) {
	var asked atomic.Int64
	var wg sync.WaitGroup
	for _, c := range clients {
		wg.Go(func() {
			for asked.Add(1) <= requests {
				if err := c.ask(); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
}

// client is one connection.
type client struct {
	conn         net.Conn
	in           *bufio.Reader
	method, path string
	form         string
}

func dial(b *testing.B, addr, method, path string) *client {
	conn, err := net.Dial("tcp", addr)
	must(b, err)
	b.Cleanup(func() { conn.Close() })
	return &client{conn: conn, in: bufio.NewReader(conn), method: method, path: path}
}

// ask sends one request. A refresh token in the answer is the next one to send.
func (c *client) ask() error {
	_, err := fmt.Fprintf(c.conn, "%s %s HTTP/1.1\r\nHost: id.example.com\r\n%s\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n%s",
		c.method, c.path, basic(secretID, secret), len(c.form), c.form)
	if err != nil {
		return err
	}
	response, err := http.ReadResponse(c.in, nil)
	if err != nil {
		return err
	}
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s %s %w", response.Status, body, err)
	}
	var answer tokenAnswer
	if c.path == "/token" && json.Unmarshal(body, &answer) == nil && answer.RefreshToken != "" {
		c.form = "grant_type=refresh_token&refresh_token=" + url.QueryEscape(answer.RefreshToken)
	}
	return nil
}
