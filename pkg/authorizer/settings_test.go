package authorizer_test

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/authorizer"
	"github.com/ostiary-auth/ostiary/pkg/config"
	"github.com/ostiary-auth/ostiary/pkg/jose"
	"github.com/ostiary-auth/ostiary/pkg/verify"
)

const oneIssuer = `"issuers":[{"issuer":"` + issuer + `","audience":["` + audience + `"]}]`

// documented is an authorizer of a settings document, to which the issuer is added.
func documented(tb testing.TB, more string) *authorizer.Authorizer {
	tb.Helper()
	a, err := read(more)
	if err != nil {
		tb.Fatal(err)
	}
	return a
}

func read(more string) (*authorizer.Authorizer, error) {
	s, err := authorizer.ParseSettings([]byte(`{` + oneIssuer + more + `}`))
	if err != nil {
		return nil, err
	}
	return authorizer.New(s, tokens(verify.StaticKeys(keySet())), slog.New(slog.DiscardHandler))
}

func keySet() jose.Set {
	set, err := jose.NewSet(signer.Key("k1"))
	if err != nil {
		panic(err)
	}
	return set
}

func TestSettingsDocumentsThatCannotBeKeptAreRefused(t *testing.T) {
	for name, c := range map[string]struct{ more, want string }{
		"unknown member":             {`,"router":[]`, "nothing is called router"},
		"unknown deep down":          {`,"routes":[{"method":"GET","path":"/","scope":"a"}]`, "nothing is called routes[0].scope"},
		"other case":                 {`,"Routes":[]`, "nothing is called Routes"},
		"given twice":                {`,"mtls":"off","mtls":"off"`, "repeated"},
		"names that there are":       {`,"routes":[{"method":"GET","path":"/","al":["a"]}]`, "nothing is called routes[0].al; there may be: acr, all, any,"},
		"of another kind":            {`,"routes":{}`, "routes is an object, and must be a list"},
		"another kind deep down":     {`,"routes":[{"method":"GET","path":"/","all":"a"}]`, "routes[0].all is a string, and must be a list"},
		"true as a word":             {`,"mtls":true`, "mtls is true or false, and must be a string"},
		"half a status":              {`,"deny_status":403.5`, "deny_status"},
		"a duration deep down":       {`,"routes":[{"method":"GET","path":"/","max_age":300}]`, "routes[0].max_age: a duration is"},
		"null in a list":             {`,"routes":[{"method":"GET","path":"/","all":[null]}]`, "routes[0].all[0] is null"},
		"null for any value":         {`,"routes":[{"method":"GET","path":"/","claims":{"role":null}}]`, "routes[0].claims.role is null"},
		"a number as duration":       {`,"result_ttl":10`, "duration"},
		"null, which says nothing":   {`,"routes":null`, "routes is null"},
		"null deep down":             {`,"routes":[{"method":"GET","path":"/","all":null}]`, "routes[0].all is null"},
		"nobody let in":              {`,"routes":[]`, "leave it out"},
		"method in lower case":       {`,"routes":[{"method":"get","path":"/"}]`, "capitals"},
		"public and not":             {`,"routes":[{"method":"GET","path":"/","public":true,"all":["a"]}]`, "public"},
		"no age at all":              {`,"routes":[{"method":"GET","path":"/","max_age":"0s"}]`, "max_age"},
		"public at some age":         {`,"routes":[{"method":"GET","path":"/","public":true,"max_age":"5m"}]`, "public"},
		"claim without a name":       {`,"routes":[{"method":"GET","path":"/","claims":{"":["a"]}}]`, "claims has an empty"},
		"claim that is nothing":      {`,"routes":[{"method":"GET","path":"/","claims":{"role":[""]}}]`, "claims has an empty"},
		"audience without a name":    {`,"routes":[{"method":"GET","path":"/","audience":[""]}]`, "audience has an empty"},
		"any of nothing":             {`,"routes":[{"method":"GET","path":"/","any":[]}]`, "any is empty"},
		"audience of nobody":         {`,"routes":[{"method":"GET","path":"/","audience":[]}]`, "audience is empty"},
		"acr of nothing":             {`,"routes":[{"method":"GET","path":"/","acr":[]}]`, "acr is empty"},
		"scope with a blank":         {`,"routes":[{"method":"GET","path":"/","any":["a b"]}]`, "no scope"},
		"acr with a quote":           {`,"routes":[{"method":"GET","path":"/","acr":["a\"b"]}]`, "acr"},
		"a star would open more":     {`,"routes":[{"method":"GET","path":"/a/{b}"},{"method":"GET","path":"/a/{b}/c"}]`, "cache_key"},
		"parameter before the rest":  {`,"routes":[{"method":"GET","path":"/a/{b}/c/{d+}"}]`, "cache_key"},
		"TTL over an hour":           {`,"result_ttl":"2h"`, "hour"},
		"a path that climbs":         {`,"routes":[{"method":"GET","path":"/a/../b"}]`, "routes[0]: no request comes by a path with"},
		"a doubled slash":            {`,"routes":[{"method":"GET","path":"/a//b"}]`, "routes[0]: no request comes by a path with"},
		"two places in one":          {`,"sources":[{"header":"X","query":"y"}]`, "one place"},
		"cookie and a kept answer":   {`,"sources":[{"cookie":"session"}]`, "result_ttl"},
		"CSRF header without cookie": {`,"sources":[{"header":"X","csrf_header":"Y"}]`, "csrf_header"},
		"word":                       {`,"http_response":"xml"`, "simple iam"},
		"status":                     {`,"deny_status":404`, "401 or 403"},
		"resource without https":     {`,"resource":{"resource":"api.example.com"}`, "https"},
		"resource with a query":      {`,"resource":{"resource":"https://api.example.com?x"}`, "https"},
	} {
		if _, err := read(c.more); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	_, err := authorizer.ParseSettings([]byte(`{"a":1,"issuers":[{"b":1}],"routes":7,"result_ttl":"x"}`))
	var faults config.Faults
	if !errors.As(err, &faults) || len(faults) != 4 {
		t.Errorf("got %v, want four faults at once", err)
	}
}

func TestSettingsComeFromOnePlace(t *testing.T) {
	file := filepath.Join(t.TempDir(), "settings.json")
	if err := os.WriteFile(file, []byte(`{`+oneIssuer+`}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		environment map[string]string
		want        string
	}{
		"variables":            {map[string]string{"ISSUER": issuer, "AUDIENCE": audience}, ""},
		"text":                 {map[string]string{"AUTHORIZER_SETTINGS": `{` + oneIssuer + `}`}, ""},
		"file":                 {map[string]string{"AUTHORIZER_SETTINGS_FILE": file}, ""},
		"nothing":              {nil, "ISSUER"},
		"half of it":           {map[string]string{"ISSUER": issuer}, "AUDIENCE"},
		"both":                 {map[string]string{"AUTHORIZER_SETTINGS": `{}`, "AUTHORIZER_SETTINGS_FILE": file}, "keep one"},
		"no such file":         {map[string]string{"AUTHORIZER_SETTINGS_FILE": file + "x"}, "no such file"},
		"rules passed over":    {map[string]string{"AUTHORIZER_SETTINGS_FILE": file, "ROUTE_SCOPES": "GET /=a"}, "ROUTE_SCOPES is set beside"},
		"audience passed over": {map[string]string{"AUTHORIZER_SETTINGS_FILE": file, "AUDIENCE": "x"}, "AUDIENCE is set beside"},
	} {
		cfg, err := config.FromMap(c.environment)
		if err != nil {
			t.Fatal(err)
		}
		s, err := authorizer.SettingsFrom(cfg)
		if c.want == "" && (err != nil || s.Issuers[0].Issuer != issuer) || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func FuzzParseSettings(f *testing.F) {
	f.Add([]byte(`{` + oneIssuer + `,"routes":[{"method":"GET","path":"/a/{b}","any":["x"],"max_age":"5m"}],"sources":[{"query":"t"}]}`))
	// Whatever it reads, it has read: New says no, or makes an authorizer.
	f.Fuzz(func(t *testing.T, document []byte) {
		s, err := authorizer.ParseSettings(document)
		if err != nil {
			return
		}
		if a, err := authorizer.New(s, tokens(verify.StaticKeys(keySet())), slog.New(slog.DiscardHandler)); err == nil && a == nil {
			t.Fatal("neither an authorizer nor an error")
		}
	})
}
