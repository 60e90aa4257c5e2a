package authorizer

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"reflect"
	"slices"

	"github.com/ostiary-auth/ostiary/pkg/config"
	"github.com/ostiary-auth/ostiary/pkg/jose"
)

// ParseSettings reads the document. Its error is config.Faults: every member that
// is unknown or of the wrong kind, at once.
func ParseSettings(document []byte) (Settings, error) {
	// encoding/json would take "Routes" for "routes", and of two the last.
	members, err := jose.ParseClaims(document)
	if err != nil {
		return Settings{}, config.Faults{fmt.Sprintf("settings: %v", err)}
	}
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(document, &raw); err != nil {
		return Settings{}, config.Faults{fmt.Sprintf("settings: %v", err)}
	}
	faults := misfits("", map[string]any(members), reflect.TypeFor[Settings]())
	if len(faults) > 0 {
		return Settings{}, faults
	}
	var s Settings
	for _, name := range slices.Sorted(maps.Keys(raw)) {
		one, _ := json.Marshal(map[string]json.RawMessage{name: raw[name]}) // it was JSON before
		if err := json.Unmarshal(one, &s); err != nil {
			faults = append(faults, fmt.Sprintf("settings: %s: %v", name, err))
		}
	}
	if len(faults) > 0 {
		return Settings{}, faults
	}
	return s, nil
}

// SettingsFrom returns the settings of a deployment: the document that it names,
// or what its variables say. Its error is config.Faults.
func SettingsFrom(cfg config.Config) (Settings, error) {
	document := []byte(cfg.AuthorizerSettings)
	switch {
	case cfg.AuthorizerSettings != "" && cfg.AuthorizerSettingsFile != "":
		return Settings{}, config.Faults{"AUTHORIZER_SETTINGS and AUTHORIZER_SETTINGS_FILE are both set: keep one"}
	case cfg.AuthorizerSettingsFile != "":
		var err error
		if document, err = os.ReadFile(cfg.AuthorizerSettingsFile); err != nil {
			return Settings{}, config.Faults{fmt.Sprintf("AUTHORIZER_SETTINGS_FILE: %v", err)}
		}
	case cfg.AuthorizerSettings == "" && replaces(cfg):
		return compatible(cfg)
	case cfg.AuthorizerSettings == "":
		return simple(cfg)
	}
	if faults := append(beside(cfg), besideTheirs(cfg)...); len(faults) > 0 {
		return Settings{}, faults
	}
	return ParseSettings(document)
}

// simple makes settings of the variables.
func simple(cfg config.Config) (Settings, error) {
	faults := besideTheirs(cfg)
	if cfg.Issuer == "" {
		faults = append(faults, "ISSUER is not set")
	}
	if len(cfg.Audience) == 0 || slices.Contains(cfg.Audience, "") {
		faults = append(faults, "AUDIENCE is not set, or has an empty entry")
	}
	if len(faults) > 0 {
		return Settings{}, faults
	}
	issuer := IssuerSettings{
		Issuer: cfg.Issuer, Audience: cfg.Audience, JWKSURI: cfg.JWKSURI, JWKSFile: cfg.JWKSFile,
		Own: cfg.JWKSURI == "" && cfg.JWKSFile == "" && cfg.HS256Secret == "", // its keys are at /jwks.json
	}
	if cfg.HS256Secret != "" {
		issuer.SecretVariable, issuer.JWKSURI, issuer.JWKSFile = "HS256_SECRET", "", ""
	}
	ttl := Duration(cfg.ResultTTL)
	return Settings{
		Issuers: []IssuerSettings{issuer}, ContextClaims: cfg.ContextClaims, scopes: cfg.RouteScopes,
		ResultTTL: &ttl, HTTPResponse: cfg.HTTPResponse,
	}, nil
}

// beside lists the variables that would be passed over because there is a document.
func beside(cfg config.Config) config.Faults {
	var faults config.Faults
	for name, set := range map[string]bool{
		"AUDIENCE": len(cfg.Audience) > 0, "JWKS_URI": cfg.JWKSURI != "", "JWKS_FILE": cfg.JWKSFile != "",
		"ROUTE_SCOPES": cfg.RouteScopes != "", "CONTEXT_CLAIMS": len(cfg.ContextClaims) > 0,
	} {
		if set {
			faults = append(faults, name+" is set beside the authorizer's settings, which say it all: remove it")
		}
	}
	slices.Sort(faults)
	return faults
}
