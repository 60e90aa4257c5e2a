package authorizer_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ostiary-auth/ostiary/pkg/authorizer"
	"github.com/ostiary-auth/ostiary/pkg/config"
	"github.com/ostiary-auth/ostiary/pkg/jose"
	"github.com/ostiary-auth/ostiary/pkg/jose/josetest"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/verify"
)

const (
	issuer   = "https://id.example.com"
	audience = "https://api.example.com"
	base     = "arn:aws:execute-api:eu-central-1:123456789012:a1b2c3/live/"
)

var signer = josetest.New(oauth.ES256)

var discard = slog.New(slog.DiscardHandler)

func now() int64 { return time.Now().Unix() }

// token signs the usual claims, changed by more.
func token(scope string, more map[string]any) string {
	claims := map[string]any{"scope": scope}
	maps.Copy(claims, more)
	return signer.Token("at+jwt", "k1", payload(claims))
}

func payload(more map[string]any) string {
	now := time.Now()
	claims := map[string]any{
		"iss": issuer, "sub": "alice", "aud": audience, "client_id": "app", "jti": "j1",
		"iat": now.Unix(), "exp": now.Add(time.Hour).Unix(),
	}
	maps.Copy(claims, more)
	text, err := json.Marshal(claims)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// gate is an authorizer of the settings, beside issuer and audience.
func gate(tb testing.TB, settings map[string]string) *authorizer.Authorizer {
	tb.Helper()
	a, err := open(settings, slog.New(slog.DiscardHandler))
	if err != nil {
		tb.Fatal(err)
	}
	return a
}

func open(settings map[string]string, log *slog.Logger) (*authorizer.Authorizer, error) {
	environment := map[string]string{"ISSUER": issuer, "AUDIENCE": audience}
	maps.Copy(environment, settings)
	cfg, err := config.FromMap(environment)
	if err != nil {
		return nil, err
	}
	set, err := jose.NewSet(signer.Key("k1"))
	if err != nil {
		return nil, err
	}
	return behind(cfg, verify.StaticKeys(set), log)
}

// behind is the authorizer of the configuration, for tokens signed with the keys.
func behind(cfg config.Config, keys verify.KeySource, log *slog.Logger) (*authorizer.Authorizer, error) {
	settings, err := authorizer.SettingsFrom(cfg)
	if err != nil {
		return nil, err
	}
	return authorizer.New(settings, tokens(keys), log)
}

func tokens(keys verify.KeySource) *verify.AccessTokens {
	v, err := verify.NewAccessTokens(verify.Policy{
		Issuer: issuer, Audience: []string{audience}, Algs: []oauth.Alg{oauth.ES256}, MaxLifetime: 24 * time.Hour,
	}, keys)
	if err != nil {
		panic(err)
	}
	return v
}

// request is a request at the gate, which every flavour can tell.
type request struct{ method, route, path, authorization string }

var flavours = map[string]func(r request) string{
	"rest token": func(r request) string {
		return fmt.Sprintf(`{"type":"TOKEN","authorizationToken":%q,"methodArn":%q}`, r.authorization, base+r.method+r.path)
	},
	"rest request": func(r request) string {
		return fmt.Sprintf(`{"type":"REQUEST","methodArn":%q,"resource":%q,"path":%q,"httpMethod":%q,
			"headers":{"AUTHORIZATION":%q},"multiValueHeaders":{"AUTHORIZATION":[%[5]q]},"queryStringParameters":null,
			"requestContext":{"stage":"live","identity":{"sourceIp":"198.51.100.7"}}}`,
			base+r.method+r.path, r.route, r.path, r.method, r.authorization)
	},
	"http 1.0": func(r request) string {
		return fmt.Sprintf(`{"version":"1.0","type":"REQUEST","methodArn":%q,"identitySource":%q,"authorizationToken":%[2]q,
			"resource":%q,"path":%q,"httpMethod":%q,"headers":{"authorization":%[2]q},"requestContext":{}}`,
			base+r.method+r.path, r.authorization, r.route, r.path, r.method)
	},
	"http 2.0": func(r request) string {
		return fmt.Sprintf(`{"version":"2.0","type":"REQUEST","routeArn":%q,"identitySource":[%q,%q],"routeKey":%[3]q,
			"rawPath":%q,"headers":{"authorization":%[2]q},"requestContext":{"http":{"method":%q}}}`,
			base+r.method+r.path, r.authorization, r.method+" "+r.route, "/live"+r.path, r.method)
	},
}

func TestEveryFlavourIsAnsweredInItsForm(t *testing.T) {
	const values = `{"client_id":"app","scope":"read write","sub":"alice"}`
	const policy = `{"principalId":"alice","policyDocument":{"Version":"2012-10-17","Statement":[
		{"Action":["execute-api:Invoke"],"Effect":"Allow","Resource":["` + base + `*"]}]},"context":` + values + `}`
	for name, event := range flavours {
		want := map[string]string{"simple": policy, "iam": policy}
		if name == "http 2.0" {
			want["simple"] = `{"isAuthorized":true,"context":` + values + `}`
		}
		for response, want := range want {
			a := gate(t, map[string]string{"HTTP_RESPONSE": response})
			answer, err := a.Invoke(t.Context(), []byte(event(request{"GET", "/pets/{id}", "/pets/1", "Bearer " + token("read write", nil)})))
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if diff := cmp.Diff(decoded(t, want), decoded(t, string(answer))); diff != "" {
				t.Errorf("%s, %s: %s", name, response, diff)
			}
		}
	}
}

func decoded(t *testing.T, text string) (v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return v
}

// F03, F06; GATEWAY §2.5, 6. The error's text is what makes it 401.
func TestF06WithoutAGoodTokenIs401(t *testing.T) {
	good := token("read", nil)
	for name, authorization := range map[string]string{
		"none":             "",
		"scheme alone":     "Bearer",
		"no token":         "Bearer  ",
		"basic":            "Basic YWxpY2U6c2VjcmV0",
		"no scheme":        good,
		"two tokens":       "Bearer " + good + " " + good,
		"two joined":       "Bearer " + good + ", Bearer " + good,
		"tab":              "Bearer\t" + good,
		"DPoP":             "DPoP " + good,
		"garbage":          "Bearer garbage",
		"expired":          "Bearer " + token("read", map[string]any{"exp": time.Now().Unix() - 1}),
		"other audience":   "Bearer " + token("read", map[string]any{"aud": "https://api.example.com.evil"}),
		"other issuer":     "Bearer " + token("read", map[string]any{"iss": "https://id.example.org"}),
		"altered":          "Bearer " + good[:len(good)-8] + "AAAAAAAA",
		"foreign key":      "Bearer " + josetest.New(oauth.ES256).Token("at+jwt", "k1", `{}`),
		"huge":             "Bearer " + strings.Repeat("a", 1<<20),
		"lives for a year": "Bearer " + token("read", map[string]any{"exp": time.Now().Unix() + 31_536_000}),
		"endless subject":  "Bearer " + token("read", map[string]any{"sub": strings.Repeat("a", 2049)}),
		"endless client":   "Bearer " + token("read", map[string]any{"client_id": strings.Repeat("a", 2049)}),
	} {
		for flavour, event := range flavours {
			answer, err := gate(t, nil).Invoke(t.Context(), []byte(event(request{"GET", "/x", "/x", authorization})))
			if err == nil || err.Error() != "Unauthorized" {
				t.Errorf("%s, %s: got %s, %v", name, flavour, answer, err)
			}
		}
	}
	for name, authorization := range map[string]string{"lower case": "bearer " + good, "two spaces": "Bearer  " + good} {
		for flavour, event := range flavours {
			if _, err := gate(t, nil).Invoke(t.Context(), []byte(event(request{"GET", "/x", "/x", authorization}))); err != nil {
				t.Errorf("%s, %s: %v", name, flavour, err)
			}
		}
	}
}

func TestTwoAuthorizationHeadersAreRefused(t *testing.T) {
	good := "Bearer " + token("read", nil)
	for name, headers := range map[string]string{
		"two values":           `"headers":{"Authorization":%q},"multiValueHeaders":{"Authorization":["Bearer x",%[1]q]}`,
		"two spellings":        `"headers":{"Authorization":%q,"authorization":"Bearer x"}`,
		"two spellings, lists": `"headers":{},"multiValueHeaders":{"Authorization":[%q],"authorization":["Bearer x"]}`,
		"hidden from lists":    `"headers":{"Authorization":%q,"authorization":"Bearer x"},"multiValueHeaders":{"Authorization":[%[1]q]}`,
		"one in each form":     `"headers":{"Authorization":%q},"multiValueHeaders":{"Authorization":["Bearer x"]}`,
		"the other in each":    `"headers":{"Authorization":"Bearer x"},"multiValueHeaders":{"Authorization":[%q]}`,
		"one name twice":       `"headers":{"Authorization":"Bearer x","\u0041uthorization":%q}`,
	} {
		event := fmt.Sprintf(`{"type":"REQUEST","methodArn":"`+base+`GET/x","resource":"/x","path":"/x",`+headers+`}`, good)
		if answer, err := gate(t, nil).Invoke(t.Context(), []byte(event)); err == nil || err.Error() != "Unauthorized" {
			t.Errorf("%s: got %s, %v", name, answer, err)
		}
	}
}

// keysDown is an issuer that cannot be reached.
type keysDown struct{}

func (keysDown) Key(context.Context, string) (jose.Key, error) {
	return jose.Key{}, fmt.Errorf("%w: connection refused", verify.ErrKeysUnavailable)
}

// keysPanic is a bug.
type keysPanic struct{}

func (keysPanic) Key(context.Context, string) (jose.Key, error) { panic("out of cheese") }

func TestF06OurOwnFailureIs500(t *testing.T) {
	cfg, err := config.FromMap(map[string]string{"ISSUER": issuer, "AUDIENCE": audience})
	if err != nil {
		t.Fatal(err)
	}
	for name, keys := range map[string]verify.KeySource{"keys unavailable": keysDown{}, "F24 panic": keysPanic{}} {
		var log bytes.Buffer
		a, err := behind(cfg, keys, slog.New(slog.NewJSONHandler(&log, nil)))
		if err != nil {
			t.Fatal(err)
		}
		answer, err := a.Invoke(t.Context(), []byte(flavours["rest token"](request{"GET", "", "/x", "Bearer " + token("", nil)})))
		if err == nil || err.Error() == "Unauthorized" || answer != nil {
			t.Errorf("%s: got %s, %v", name, answer, err)
		}
		if !strings.Contains(log.String(), `"metric":"AuthorizerFailures"`) {
			t.Errorf("%s: no metric in %s", name, &log)
		}
	}
}

// GATEWAY §2.1, 2.5, 18: what is not recognised fails, whatever token it carries.
func TestOtherEventsFailClosed(t *testing.T) {
	good := token("read", nil)
	for name, event := range map[string]string{
		"nothing":                    ``,
		"empty object":               `{}`,
		"null":                       `null`,
		"list":                       `[]`,
		"half":                       `{"type":"TOKEN","authorizationToken":"Bearer %s"`,
		"more follows":               `{"type":"TOKEN","authorizationToken":"Bearer %s","methodArn":"` + base + `GET/x"}{}`,
		"mistyped":                   `{"type":"TOKEN","authorizationToken":["Bearer %s"],"methodArn":"` + base + `GET/x"}`,
		"no ARN":                     `{"type":"TOKEN","authorizationToken":"Bearer %s"}`,
		"web socket, not connecting": `{"type":"REQUEST","methodArn":"` + base + `GET/x","headers":{"Authorization":"Bearer %s"},"requestContext":{"eventType":"CONNECT"}}`,
		"REST called $connect":       `{"version":"1.0","type":"REQUEST","methodArn":"` + base + `$connect","headers":{"Authorization":"Bearer %s"}}`,
		"AppSync without a query":    `{"authorizationToken":"Bearer %s","requestContext":{"apiId":"a"}}`,
		"proxy request":              `{"version":"2.0","routeKey":"GET /x","rawPath":"/x","headers":{"authorization":"Bearer %s"}}`,
		"an ARN twice":               `{"type":"TOKEN","methodArn":"` + base + `GET/y","authorizationToken":"Bearer %s","methodArn":"` + base + `GET/x"}`,
		"headers twice":              `{"type":"REQUEST","methodArn":"` + base + `GET/x","headers":{},"headers":{"Authorization":"Bearer %s"}}`,
		"twice by an escape":         `{"type":"REQUEST","methodArn":"` + base + `GET/x","path":"/y","p\u0061th":"/x","headers":{"Authorization":"Bearer %s"}}`,
		"more than there can be":     `{"type":"TOKEN","methodArn":"` + base + `GET/x","authorizationToken":"Bearer %s"` + many(64) + `}`,
		"an address twice":           `{"type":"REQUEST","methodArn":"` + base + `GET/x","headers":{"Authorization":"Bearer %s"},"requestContext":{"identity":{"sourceIp":"192.0.2.1","sourceIp":"192.0.2.2"}}}`,
		"unknown format":             `{"version":"3.0","type":"REQUEST","routeArn":"` + base + `GET/x","headers":{"authorization":"Bearer %s"}}`,
	} {
		answer, err := gate(t, nil).Invoke(t.Context(), []byte(strings.Replace(event, "%s", good, 1)))
		if err == nil || err.Error() == "Unauthorized" {
			t.Errorf("%s: got %s, %v", name, answer, err)
		}
	}
}

// many are so many members that nobody knows.
func many(n int) string {
	var members strings.Builder
	for i := range n {
		fmt.Fprintf(&members, `,"x%d":0`, i)
	}
	return members.String()
}

func TestF05ContextIsFlat(t *testing.T) {
	a := gate(t, map[string]string{"CONTEXT_CLAIMS": "email,age,admin,groups,address,https://example.com/tenant,long,nothing,absent"})
	answer, err := a.Invoke(t.Context(), []byte(flavours["rest token"](request{"GET", "", "/x", "Bearer " + token("read", map[string]any{
		"email": "alice@example.com", "age": 42.5, "admin": true, "groups": []any{"a", "b", 3, false},
		"address": map[string]any{"country": "CH"}, "https://example.com/tenant": "t1",
		"long": strings.Repeat("ü", 1500), "nothing": nil,
	})})))
	if err != nil {
		t.Fatal(err)
	}
	var got struct{ Context map[string]any }
	if err := json.Unmarshal(answer, &got); err != nil {
		t.Fatal(err)
	}
	long, _ := got.Context["long"].(string)
	if delete(got.Context, "long"); len(long) > 2048 || !strings.HasSuffix(long, "ü...[truncated]") {
		t.Errorf("a long claim became %d bytes: …%s", len(long), long[max(0, len(long)-20):])
	}
	want := map[string]any{
		"sub": "alice", "client_id": "app", "scope": "read", "email": "alice@example.com", "age": 42.5, "admin": true,
		"groups": "a b 3 false", "address": `{"country":"CH"}`, "https___example_com_tenant": "t1",
	}
	if diff := cmp.Diff(want, got.Context); diff != "" {
		t.Error(diff)
	}
}

func TestO50LogsHaveNoToken(t *testing.T) {
	var log bytes.Buffer
	a, err := open(nil, slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	if err != nil {
		t.Fatal(err)
	}
	good := token("read", nil)
	for _, authorization := range []string{"Bearer " + good, "Bearer " + good[:len(good)-4], "Basic " + good, "Bearer " + good + " x"} {
		for _, event := range flavours {
			_, _ = a.Invoke(t.Context(), []byte(event(request{"GET", "/x", "/x", authorization})))
		}
	}
	for part := range strings.SplitSeq(good, ".") {
		if strings.Contains(log.String(), part) {
			t.Errorf("%s is in the log", part)
		}
	}
	if strings.Contains(log.String(), "alice") {
		t.Error("the subject is in the log")
	}
	if n := strings.Count(log.String(), "\n"); n != 4*len(flavours) {
		t.Errorf("got %d lines for %d requests", n, 4*len(flavours))
	}
}

func TestSettingsThatCannotBeKeptAreRefused(t *testing.T) {
	for name, settings := range map[string]map[string]string{
		"claim taken":         {"CONTEXT_CLAIMS": "sub"},
		"claims collide":      {"CONTEXT_CLAIMS": "a-b,a_b"},
		"method missing":      {"ROUTE_SCOPES": "/x=read"},
		"method in lower":     {"ROUTE_SCOPES": "get /x=read"},
		"path missing":        {"ROUTE_SCOPES": "GET"},
		"star":                {"ROUTE_SCOPES": "GET /x/*=read"},
		"question mark":       {"ROUTE_SCOPES": "GET /x?=read"},
		"half a parameter":    {"ROUTE_SCOPES": "GET /x/{id}.json=read"},
		"greedy in between":   {"ROUTE_SCOPES": "GET /{x+}/y=read"},
		"bad scope":           {"ROUTE_SCOPES": `GET /x="read"`},
		"one policy, two":     {"ROUTE_SCOPES": "GET /pets/{id}=read; GET /pets/{id}/toys=toys"},
		"too long":            {"ROUTE_SCOPES": strings.Repeat("GET /aaaaaaaaaaaaaaaa=read;", 40)},
		"no audience":         {"AUDIENCE": ""},
		"audience with blank": {"AUDIENCE": "a,"},
	} {
		if _, err := open(settings, slog.New(slog.DiscardHandler)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	for name, settings := range map[string]map[string]string{
		"uncached":           {"RESULT_TTL": "0s", "ROUTE_SCOPES": "GET /pets/{id}=read; GET /pets/{id}/toys=toys"},
		"second demands all": {"ROUTE_SCOPES": "GET /pets/{id}=read; GET /pets/{id}/toys=read toys"},
		"spaces":             {"ROUTE_SCOPES": " GET /x = read write ; ANY /{rest+} ;"},
	} {
		if _, err := open(settings, slog.New(slog.DiscardHandler)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err := open(map[string]string{"ROUTE_SCOPES": "GET; POST", "CONTEXT_CLAIMS": "scope"}, nil)
	var faults config.Faults
	if !errors.As(err, &faults) || len(faults) != 3 {
		t.Errorf("got %v, want three faults at once", err)
	}
}

func FuzzInvoke(f *testing.F) {
	good := token("read", nil)
	for _, event := range flavours {
		f.Add([]byte(event(request{"GET", "/pets/{id}", "/pets/1", "Bearer " + good})))
	}
	f.Add([]byte(`{"type":"TOKEN","authorizationToken":null,"methodArn":"` + base + `GET/\u002a"}`))
	for _, name := range []string{"websocket-connect.json", "appsync.json"} {
		f.Add(sample(f, name, good))
	}
	a := gate(f, map[string]string{"ROUTE_SCOPES": "GET /pets/{id}=read; ANY /admin/{rest+}=admin"})
	// No answer comes without the token, and what is allowed is in the event's stage.
	f.Fuzz(func(t *testing.T, event []byte) {
		answer, err := a.Invoke(t.Context(), event)
		if err != nil {
			return
		}
		var got struct {
			IsAuthorized   *bool
			PolicyDocument struct{ Statement []struct{ Resource []string } }
		}
		if err := json.Unmarshal(answer, &got); err != nil {
			t.Fatal(err)
		}
		if no := got.IsAuthorized != nil && !*got.IsAuthorized; !no && !bytes.Contains(event, []byte("ey")) {
			t.Fatalf("%s came of %s", answer, event)
		}
		for _, s := range got.PolicyDocument.Statement {
			if slices.ContainsFunc(s.Resource, func(r string) bool {
				return strings.Count(strings.SplitN(r, "/", 3)[0]+strings.SplitN(r, "/", 3)[1], "*") > 0
			}) {
				t.Fatalf("a star too early in %s", answer)
			}
		}
	})
}
