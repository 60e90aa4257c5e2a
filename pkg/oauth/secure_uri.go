package oauth

import (
	"net/netip"
	"net/url"
)

// SecureURI reports whether nobody on the way reads what is sent to the URI: it is
// https, or http that does not leave the machine. So it is wanted wherever a code, a
// token, a password or a key travels (RFC 9700 §2.6, RFC 8252 §8.3).
func SecureURI(u *url.URL) bool {
	return u.Hostname() != "" && (u.Scheme == "https" || u.Scheme == "http" && Loopback(u.Hostname()))
}

// LoopbackURI reports whether the URI's host is this machine, whatever the scheme.
func LoopbackURI(uri string) bool {
	u, err := url.Parse(uri)
	return err == nil && Loopback(u.Hostname())
}

// Loopback reports whether host is localhost or a loopback address.
func Loopback(host string) bool {
	address, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && address.IsLoopback()
}
