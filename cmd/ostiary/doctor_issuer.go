package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"syscall"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/fetch"
	"github.com/ostiary-auth/ostiary/pkg/jose"
)

// maxSkew is what verifiers usually forgive on iat and nbf.
const maxSkew = time.Minute

// checkIssuer reads what everybody reads at the issuer's URL: it must say the same
// issuer, byte for byte, and publish the keys that the tables hold.
func (d *doctor) checkIssuer(ctx context.Context, kids []string) {
	client := fetch.ForIssuer(d.cfg.Issuer)
	response, err := client.Get(ctx, d.cfg.Issuer+"/.well-known/openid-configuration", "")
	if errors.Is(err, syscall.ECONNREFUSED) && !d.aws {
		d.warn("issuer", "nothing listens at "+d.cfg.Issuer, "start it with: ostiary serve")
		return
	}
	if err != nil {
		d.fail("issuer", err.Error(), "look at ISSUER, at its name in DNS and at its certificate: clients must be able to fetch "+
			d.cfg.Issuer+"/.well-known/openid-configuration")
		return
	}
	d.checkClock(response.Date)
	var metadata struct {
		Issuer  string `json:"issuer"`
		JWKSURI string `json:"jwks_uri"`
	}
	if err := json.Unmarshal(response.Body, &metadata); err != nil {
		d.fail("issuer", "its metadata is no JSON: "+err.Error(), "does something else serve "+d.cfg.Issuer+"?")
		return
	}
	if metadata.Issuer != d.cfg.Issuer { // OpenID Connect Discovery §4.3
		d.fail("issuer", fmt.Sprintf("%s calls itself %q", d.cfg.Issuer, metadata.Issuer),
			"set ISSUER to the same text everywhere: clients compare it byte for byte")
		return
	}
	d.checkPublished(ctx, client, metadata.JWKSURI, kids)
}

func (d *doctor) checkPublished(ctx context.Context, client *fetch.Client, jwksURI string, kids []string) {
	response, err := client.Get(ctx, jwksURI, "")
	if err != nil {
		d.fail("issuer", err.Error(), "verifiers must be able to fetch "+jwksURI)
		return
	}
	set, err := jose.ParseSet(response.Body)
	if err != nil {
		d.fail("issuer", jwksURI+": "+err.Error(), "does something else serve it?")
		return
	}
	for _, kid := range kids {
		if _, ok := set.Key(kid); !ok {
			d.fail("issuer", fmt.Sprintf("%s does not publish key %s", jwksURI, kid),
				"it serves other tables than these, or a cache has an old copy: wait five minutes after a rotation")
			return
		}
	}
	if len(kids) == 0 {
		d.pass("issuer", "answers as %s", d.cfg.Issuer)
		return
	}
	d.pass("issuer", "answers as %s and publishes the keys", d.cfg.Issuer)
}

// checkClock compares with the issuer's clock, which in AWS is a good one.
func (d *doctor) checkClock(theirs time.Time) {
	if theirs.IsZero() {
		d.warn("clock", "the issuer does not say what time it has", "")
		return
	}
	skew := d.now().Sub(theirs).Round(time.Second)
	if skew.Abs() > maxSkew {
		d.fail("clock", fmt.Sprintf("this machine and the issuer differ by %s", skew.Abs()), "set this machine's clock, by NTP")
		return
	}
	d.pass("clock", "agrees with the issuer's within %s", max(skew.Abs(), time.Second))
}
