package main

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// callback waits on this machine for the answer that a browser brings (RFC 8252
// §7.3).
type callback struct {
	redirectURI string // with the port
	path        string
	listener    net.Listener
}

// listenForCallback listens where the redirect URI says, on a random port when it
// names none. A name could be made to lead elsewhere than to this machine, localhost
// too, so it must be an address (RFC 8252 §8.3).
func listenForCallback(redirectURI string) (*callback, error) {
	u, err := url.Parse(redirectURI)
	if err != nil {
		return nil, fmt.Errorf("--redirect-uri: %w", err)
	}
	address, err := netip.ParseAddr(u.Hostname())
	if err != nil || !address.IsLoopback() || u.Scheme != "http" || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("--redirect-uri %s: it must be http on 127.0.0.1 or [::1], without a query", redirectURI)
	}
	port := u.Port()
	if port == "" {
		port = "0"
	}
	listener, err := net.Listen("tcp", net.JoinHostPort(u.Hostname(), port))
	if err != nil {
		return nil, err
	}
	u.Host = listener.Addr().String()
	return &callback{redirectURI: u.String(), path: u.Path, listener: listener}, nil
}

func (c *callback) close() { _ = c.listener.Close() } // wait has closed it already when all went well

// outcome is what came of the wait.
type outcome struct {
	answer oauth.Params
	err    error
}

// wait serves until the answer to this request has come.
func (c *callback) wait(ctx context.Context, state string, p provider) (oauth.Params, error) {
	came := make(chan outcome, 1)
	server := &http.Server{
		Handler:           c.door(state, p, came),
		ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 10 * time.Second, MaxHeaderBytes: 32 << 10,
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(c.listener) }()
	defer func() {
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
		defer cancel()
		_ = server.Shutdown(grace) // the browser gets its page; nothing depends on it
	}()
	select {
	case o := <-came:
		return o.answer, o.err
	case err := <-served:
		return oauth.Params{}, err
	case <-ctx.Done():
		return oauth.Params{}, context.Cause(ctx)
	}
}

// door answers the browser. Any page that the person has open, and any program here,
// can send requests to the port: what does not know the state is turned away and ends
// nothing, or it could slip in a code of its own or call the sign-in off (RFC 9700
// §4.7).
func (c *callback) door(state string, p provider, came chan<- outcome) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Content-Type", "text/plain; charset=utf-8")
		header.Set("Cache-Control", "no-store")
		header.Set("Referrer-Policy", "no-referrer")
		header.Set("X-Content-Type-Options", "nosniff")
		if r.URL.Path != c.path || r.Method != http.MethodGet {
			http.Error(w, "There is nothing here.", http.StatusNotFound)
			return
		}
		answer, err := oauth.ParseParams(r.URL.RawQuery)
		if err != nil || subtle.ConstantTimeCompare([]byte(answer.Get("state")), []byte(state)) != 1 {
			http.Error(w, "This is not the answer that was waited for.", http.StatusBadRequest)
			return
		}
		err = judge(answer, p)
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprintln(w, "It did not work. The terminal says why; you can close this window.")
		} else {
			fmt.Fprintln(w, "Back to the terminal: it has what it needs. You can close this window.")
		}
		select {
		case came <- outcome{answer, err}:
		default: // the same answer again: somebody has loaded the page anew
		}
	})
}

// judge decides whether the answer is the issuer's, and a code (RFC 6749 §4.1.2).
func judge(answer oauth.Params, p provider) error {
	iss := answer.Get("iss")
	// Another issuer's code would be handed to this one's token endpoint, or the other
	// way round (RFC 9207 §2.4).
	if iss != p.Issuer && (iss != "" || p.SendsIss) {
		return fmt.Errorf("the answer is from issuer %q, not from %s", iss, p.Issuer)
	}
	if code := answer.Get("error"); code != "" {
		return failed(code, answer.Get("error_description"))
	}
	if !answer.Has("code") {
		return errors.New("the answer holds neither a code nor an error")
	}
	return nil
}
