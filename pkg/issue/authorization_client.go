package issue

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// maxStateBytes bounds what is echoed. A longer state cannot be returned whole, and
// an answer without it would look forged to the client, so the person sees a page.
const maxStateBytes = 512

func (i *Issuer) checkClientID(ctx context.Context, d *draft) (err error) {
	id, err := d.params.Require("client_id")
	if err != nil {
		return err
	}
	d.client, err = i.clients.Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return oauth.InvalidRequest.Errorf("parameter client_id names no client that is registered here: %w", err)
	}
	d.request.ClientID = d.client.ID
	return err
}

func checkState(_ context.Context, d *draft) error {
	d.request.State = d.params.Get("state")
	if len(d.request.State) > maxStateBytes {
		return oauth.InvalidRequest.Errorf("parameter state is longer than %d bytes", maxStateBytes)
	}
	return nil
}

// checkRedirectURI demands the parameter of every client, as OpenID Connect Core
// §3.1.2.1 does, so that one more URI registered breaks nobody.
func checkRedirectURI(_ context.Context, d *draft) error {
	uri, err := d.params.Require("redirect_uri")
	if err != nil {
		return err
	}
	if !registered(d.client.RedirectURIs, uri) {
		return oauth.InvalidRequest.Errorf("parameter redirect_uri is none that the client is registered with")
	}
	d.request.RedirectURI = uri
	return nil
}

// registered reports whether the URI is one of those, byte for byte (RFC 9700
// §2.1). Only the port of a loopback address may differ, because a native app
// listens on whatever port is free (RFC 8252 §7.3).
func registered(uris []string, uri string) bool {
	if slices.Contains(uris, uri) {
		return true
	}
	wanted, ok := withoutLoopbackPort(uri)
	return ok && slices.ContainsFunc(uris, func(known string) bool {
		known, ok := withoutLoopbackPort(known)
		return ok && known == wanted
	})
}

// withoutLoopbackPort cuts the port out of a http URI on a loopback address. It
// works on the text: what a parser makes equal is not the same byte for byte.
func withoutLoopbackPort(uri string) (string, bool) {
	for _, origin := range []string{"http://127.0.0.1", "http://[::1]"} {
		rest, ok := strings.CutPrefix(uri, origin)
		if !ok {
			continue
		}
		if port, ok := strings.CutPrefix(rest, ":"); ok {
			rest = strings.TrimLeft(port, "0123456789")
			if digits := len(port) - len(rest); digits < 1 || digits > 5 {
				return "", false
			}
		}
		return origin + rest, true
	}
	return "", false
}

// refuseParameter answers a feature that is not offered with the code that says so.
func refuseParameter(name string, code oauth.Code) func(context.Context, *draft) error {
	return func(_ context.Context, d *draft) error {
		if d.params.Has(name) {
			return code.Errorf("parameter %s is not supported", name)
		}
		return nil
	}
}
