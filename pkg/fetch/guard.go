package fetch

import (
	"fmt"
	"net/netip"
	"syscall"
)

// forbidden are the networks that the outside has no business in, beside those
// that netip knows by name (RFC 6890; RFC 6052, RFC 3056 and RFC 4380 for
// addresses with an IPv4 address inside).
var forbidden = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),
	netip.MustParsePrefix("100.64.0.0/10"), // carrier-grade NAT; also some clouds' metadata
	netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("240.0.0.0/4"),     // with broadcast
	netip.MustParsePrefix("::/96"),           // IPv4-compatible
	netip.MustParsePrefix("::ffff:0:0:0/96"), // IPv4-translated: RFC 2765 §2.1
	netip.MustParsePrefix("64:ff9b::/96"),
	netip.MustParsePrefix("64:ff9b:1::/48"),
	netip.MustParsePrefix("2001::/32"),
	netip.MustParsePrefix("2002::/16"),
	netip.MustParsePrefix("fec0::/10"),
}

// public reports whether the address lies outside. Link-local addresses include
// the metadata services of clouds.
func public(address netip.Addr) bool {
	if !address.IsGlobalUnicast() || address.IsPrivate() { // loopback, link-local, multicast, unspecified
		return false
	}
	for _, network := range forbidden {
		if network.Contains(address) {
			return false
		}
	}
	return true
}

// control is called by the dialer with the address that it resolved and is about
// to connect to. Checking a name before resolving it would let its owner answer
// differently the second time.
func (c *Client) control(_, resolved string, _ syscall.RawConn) error {
	target, err := netip.ParseAddrPort(resolved)
	if err != nil {
		return fmt.Errorf("fetch: %w", err)
	}
	address := target.Addr().Unmap().WithZone("") // ::ffff:127.0.0.1 is 127.0.0.1
	if public(address) || c.loopback && address.IsLoopback() {
		return nil
	}
	return fmt.Errorf("fetch: %s is not a public address", address)
}
