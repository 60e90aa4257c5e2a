package main

import (
	"errors"
	"log/slog"

	"github.com/ostiary-auth/ostiary/pkg/authorizer"
	"github.com/ostiary-auth/ostiary/pkg/config"
)

// checkGate reads the authorizer's settings, where there is a document of them. What
// could not be kept, a proof that API Gateway's cache would skip among it, is said
// here before an authorizer refuses to start.
func (d *doctor) checkGate() config.Faults {
	if d.cfg.AuthorizerSettings+d.cfg.AuthorizerSettingsFile == "" {
		return nil
	}
	settings, err := authorizer.SettingsFrom(d.cfg)
	if err == nil {
		_, err = authorizer.New(settings.With(d.gateTables()), nil, slog.New(slog.DiscardHandler))
	}
	var faults config.Faults
	if errors.As(err, &faults) {
		for _, fault := range faults {
			d.fail("authorizer", fault, "docs/authorizer.md has every setting")
		}
		return faults
	}
	if err != nil {
		d.fail("authorizer", err.Error(), "")
		return nil
	}
	d.pass("authorizer", "%s", counted(len(settings.Issuers), "issuer"))
	return nil
}
