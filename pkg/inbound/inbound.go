// Package inbound answers "what was sent, and from where?" for every door alike. It
// believes no header that anyone can send.
package inbound

import (
	"errors"
	"io"
	"mime"
	"net"
	"net/http"
	"net/netip"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// Form reads the form in the body, as it was sent. A query beside it is refused: a
// secret in a URL ends up in logs (RFC 6749 §2.3.1), and of two places two readers
// could take different parameters to be meant.
func Form(w http.ResponseWriter, r *http.Request) (string, error) {
	if r.URL.RawQuery != "" {
		return "", oauth.InvalidRequest.Errorf("send the parameters in the body, not in the URL")
	}
	mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || mediaType != "application/x-www-form-urlencoded" {
		return "", oauth.InvalidRequest.Errorf("the content type must be application/x-www-form-urlencoded")
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, oauth.MaxFormBytes))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return "", oauth.InvalidRequest.Errorf("the form is longer than %d bytes", oauth.MaxFormBytes)
	}
	if err != nil {
		return "", oauth.InvalidRequest.Errorf("the body could not be read: %w", err)
	}
	return string(body), nil
}

// Address returns the sender's network address, which the gateway or net/http has
// put there.
func Address(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// Network is what one stranger can freely choose addresses from: the address itself, or
// the /64 that every IPv6 subscriber has (RFC 6177 §2).
func Network(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	ip = ip.Unmap().WithZone("")
	if ip.Is6() {
		prefix, _ := ip.Prefix(64) // 64 bits fit
		return prefix.String()
	}
	return ip.String()
}
