package fetch

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// Bounds of one fetch. The deadline covers everything from resolving the name to
// the last byte, so a server that drips cannot hold us.
const (
	Timeout      = 2 * time.Second
	MaxBodyBytes = 256 << 10
)

// acceptAny asks for JSON and takes whatever comes (RFC 9110 §12.5.1).
const acceptAny = "application/json, */*;q=0.5"

// Options say how far a Client may reach. The zero value is right outside of
// tests and laptops.
type Options struct {
	// AllowLoopback lets this machine be called, and by plain http.
	AllowLoopback bool

	// RootCAs are the certificate authorities to trust; the system's when nil.
	RootCAs *x509.CertPool

	// OrSystem also trusts the system's authorities, which are loaded, at 16 to 31 ms,
	// only when a certificate is of none of the RootCAs.
	OrSystem bool
}

// Client fetches documents from public addresses over https.
type Client struct {
	http     *http.Client
	loopback bool

	system   *Client     // of the system's authorities; nil when they are not trusted beside others
	bySystem atomic.Bool // the last certificate was of theirs
}

// Response is a fetched document.
type Response struct {
	Body        []byte
	ETag        string
	NotModified bool          // it still is what the given ETag names; there is no Body
	MaxAge      time.Duration // how long Cache-Control lets it be kept; 0 when it does not say
	Date        time.Time     // the server's clock; zero when it does not say
}

// New returns a Client. It uses no proxy, since a proxy would resolve names
// behind the guard's back.
func New(o Options) *Client {
	c := &Client{loopback: o.AllowLoopback}
	if o.OrSystem && o.RootCAs != nil {
		c.system = New(Options{AllowLoopback: o.AllowLoopback})
	}
	dialer := net.Dialer{Control: c.control}
	c.http = &http.Client{
		Transport: &http.Transport{
			DialContext:            dialer.DialContext,
			TLSClientConfig:        &tls.Config{RootCAs: o.RootCAs, MinVersion: tls.VersionTLS12},
			ForceAttemptHTTP2:      true,
			DisableCompression:     true, // so that the cap counts what is sent
			MaxResponseHeaderBytes: 16 << 10,
			MaxIdleConnsPerHost:    2,
			IdleConnTimeout:        50 * time.Second, // shorter than servers' minute
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return c
}

// ForIssuer returns what the provider at the issuer's URL calls others with, at addresses
// that they chose: this machine is among them only where the provider itself is on it.
func ForIssuer(issuer string) *Client {
	return New(Options{AllowLoopback: oauth.LoopbackURI(issuer)})
}

// StatusError is an answer with another status than was asked for.
type StatusError struct {
	Host   string
	Status int
}

// Error names the server and the status; what else it said is a stranger's.
func (e *StatusError) Error() string {
	return fmt.Sprintf("%s answered with status %d", e.Host, e.Status)
}

// Get fetches a document, on condition that it no longer is what etag names,
// where etag is not empty. Anything but 200, or 304 where that was asked for, is
// an error: a redirect as well, which could lead anywhere.
func (c *Client) Get(ctx context.Context, target, etag string) (Response, error) {
	return c.get(ctx, target, etag, acceptAny)
}

// GetStatusList is Get for a status list, which has other forms beside the one that
// is read here (Token Status List §8.1).
func (c *Client) GetStatusList(ctx context.Context, target, etag string) (Response, error) {
	return c.get(ctx, target, etag, "application/"+oauth.TypStatusList)
}

func (c *Client) get(ctx context.Context, target, etag, accept string) (Response, error) {
	return c.fetch(ctx, target, func(ctx context.Context) (*http.Request, error) {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
		if err != nil {
			return nil, err
		}
		request.Header.Set("Accept", accept)
		if etag != "" {
			request.Header.Set("If-None-Match", etag)
		}
		return request, nil
	})
}

// fetch makes a request, which must be one that may arrive twice, and reads the
// answer.
func (c *Client) fetch(ctx context.Context, target string, request func(context.Context) (*http.Request, error)) (Response, error) {
	if err := c.checkURL(target); err != nil {
		return Response{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, Timeout)
	defer cancel()
	response, err := c.trust(ctx, request)
	// A process that was frozen wakes up with connections that died meanwhile.
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET) {
		c.closeIdle()
		response, err = c.trust(ctx, request)
	}
	if err != nil {
		return Response{}, fmt.Errorf("fetch: %w", err)
	}
	return response, nil
}

func (c *Client) closeIdle() {
	c.http.CloseIdleConnections()
	if c.system != nil {
		c.system.closeIdle()
	}
}

// trust makes the request by whichever authorities the server's certificate is of.
func (c *Client) trust(ctx context.Context, request func(context.Context) (*http.Request, error)) (Response, error) {
	if c.system == nil {
		return c.try(ctx, request)
	}
	if !c.bySystem.Load() {
		response, err := c.try(ctx, request)
		if !errors.As(err, new(x509.UnknownAuthorityError)) {
			return response, err
		}
	}
	response, err := c.system.try(ctx, request)
	c.bySystem.Store(err == nil)
	return response, err
}

func (c *Client) try(ctx context.Context, make func(context.Context) (*http.Request, error)) (Response, error) {
	request, err := make(ctx)
	if err != nil {
		return Response{}, err
	}
	request.Header.Set("User-Agent", "ostiary") // some firewalls drop requests without
	if request.Header.Get("Accept") == "" {
		request.Header.Set("Accept", acceptAny)
	}
	answer, err := c.http.Do(request)
	if err != nil {
		return Response{}, err
	}
	defer answer.Body.Close()
	response := Response{ETag: answer.Header.Get("ETag"), MaxAge: maxAge(answer.Header)}
	response.Date, _ = http.ParseTime(answer.Header.Get("Date")) // what is no date stays zero
	etag := request.Header.Get("If-None-Match")
	switch {
	case answer.StatusCode == http.StatusNotModified && etag != "":
		response.ETag, response.NotModified = etag, true
		return response, nil
	case answer.StatusCode != http.StatusOK:
		return Response{}, &StatusError{request.URL.Host, answer.StatusCode}
	}
	response.Body, err = io.ReadAll(io.LimitReader(answer.Body, MaxBodyBytes+1))
	if err == nil {
		// Hanging up makes a server end its answer, and over TLS that end may still
		// arrive: it would look complete.
		err = ctx.Err()
	}
	if err != nil {
		return Response{}, err
	}
	if len(response.Body) > MaxBodyBytes {
		return Response{}, fmt.Errorf("%s answered with more than %d bytes", request.URL.Host, MaxBodyBytes)
	}
	return response, nil
}

// checkURL wants https, or http to this machine where that is allowed. The dialer
// guards the address; this guards the way to it.
func (c *Client) checkURL(target string) error {
	u, err := url.Parse(target)
	if err != nil {
		return errors.New("fetch: the URL is malformed")
	}
	if u.Host == "" || u.User != nil {
		return errors.New("fetch: the URL names no host, or a user")
	}
	if oauth.SecureURI(u) && (u.Scheme == "https" || c.loopback) {
		return nil
	}
	return errors.New("fetch: the URL is not https")
}
