package fetch

import (
	"net/netip"
	"testing"
)

// What the guard lets through cannot be tried without a network.
func TestAddressesOutside(t *testing.T) {
	for _, address := range []string{"8.8.8.8", "52.94.236.248", "172.32.0.1", "100.128.0.1", "2600:1f18::1", "2a00:1450:4001::1"} {
		if !public(netip.MustParseAddr(address)) {
			t.Errorf("%s is refused", address)
		}
	}
}
