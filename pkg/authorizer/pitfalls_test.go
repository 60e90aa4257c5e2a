package authorizer_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// The pitfalls of GATEWAY §2.5 that are the gate's to avoid, by their numbers. 1 to 5
// are the F01 and F02 tests, 16 is TestChallengesReachTheCallerOfARESTAPI, and 18 is
// TestOtherEventsFailClosed.

func TestPitfall06HeaderNamesAreComparedWithoutCase(t *testing.T) {
	good := token("", nil)
	for _, name := range []string{"authorization", "Authorization", "AUTHORIZATION", "aUTHORIZATION"} {
		event := fmt.Sprintf(`{"type":"REQUEST","methodArn":"`+base+`GET/x","resource":"/x","path":"/x","headers":{%q:"Bearer %s"}}`, name, good)
		if _, err := documented(t, "").Invoke(t.Context(), []byte(event)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestPitfall07CookiesComeInThreeForms(t *testing.T) {
	a := documented(t, `,"result_ttl":"0s","sources":[{"cookie":"session"}]`)
	cookie := "session=" + token("", nil)
	const rest = `{"type":"REQUEST","methodArn":"` + base + `GET/x","resource":"/x","path":"/x",`
	for name, event := range map[string]string{
		"format 2.0":   `{"version":"2.0","type":"REQUEST","routeArn":"` + base + `GET/x","routeKey":"GET /x","rawPath":"/x","headers":{},"cookies":["a=b","` + cookie + `"]}`,
		"one header":   rest + `"headers":{"cookie":"a=b; ` + cookie + `"}}`,
		"many headers": rest + `"headers":{"Cookie":"` + cookie + `"},"multiValueHeaders":{"Cookie":["a=b","` + cookie + `"]}}`,
	} {
		if _, err := a.Invoke(t.Context(), []byte(event)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		twice := strings.Replace(event, "a=b", cookie, 1)
		if answer, err := a.Invoke(t.Context(), []byte(twice)); err == nil {
			t.Errorf("%s, twice: got %s", name, answer)
		}
	}
}

func TestPitfall10StagesAndBasePathsHideNoRoute(t *testing.T) {
	a := gate(t, map[string]string{"ROUTE_SCOPES": "GET /secret=admin", "RESULT_TTL": "0s"})
	event := func(arnPath, path string) string {
		return fmt.Sprintf(`{"version":"2.0","type":"REQUEST","routeArn":%q,"identitySource":["x"],"routeKey":"$default","rawPath":%q,
			"headers":{"authorization":"Bearer %s"}}`, base+"GET"+arnPath, path, token("", nil))
	}
	for name, paths := range map[string][2]string{
		"named stage": {"/secret", "/live/secret"}, "default stage": {"/secret", "/secret"}, "base path": {"/secret", "/v1/secret"},
		"only in the path": {"/", "/live/secret"},
	} {
		if p := ask(t, a, event(paths[0], paths[1])); *p.IsAuthorized {
			t.Errorf("%s: let in", name)
		}
	}
}

func TestPitfall13JoinedParametersAreNotBelieved(t *testing.T) {
	a := documented(t, `,"result_ttl":"0s","sources":[{"query":"token"}]`)
	good := token("", nil)
	const http2 = `{"version":"2.0","type":"REQUEST","routeArn":"` + base + `GET/x","routeKey":"GET /x","rawPath":"/x","headers":{},`
	const rest = `{"type":"REQUEST","methodArn":"` + base + `GET/x","resource":"/x","path":"/x","headers":{},`
	for name, c := range map[string]struct {
		event string
		good  bool
	}{
		"format 2.0":               {http2 + `"rawQueryString":"token=` + good + `","queryStringParameters":{"token":"x"}}`, true},
		"format 2.0, from the map": {http2 + `"rawQueryString":"","queryStringParameters":{"token":"` + good + `"}}`, false},
		"format 2.0, repeated":     {http2 + `"rawQueryString":"token=` + good + `&token=x"}`, false},
		"format 2.0, unreadable":   {http2 + `"rawQueryString":"token=` + good + `&%zz"}`, false},
		"REST":                     {rest + `"queryStringParameters":{"token":"` + good + `"},"multiValueQueryStringParameters":{"token":["` + good + `"]}}`, true},
		"REST, repeated":           {rest + `"queryStringParameters":{"token":"` + good + `"},"multiValueQueryStringParameters":{"token":["x","` + good + `"]}}`, false},
	} {
		if answer, err := a.Invoke(t.Context(), []byte(c.event)); (err == nil) != c.good {
			t.Errorf("%s: got %s, %v", name, answer, err)
		}
	}
}

// F23, too: an environment may run several loops.
func TestPitfall19InvocationsDoNotMeet(t *testing.T) {
	a := documented(t, guarded)
	event := flavours["rest request"](request{"GET", "/pets", "/pets", "Bearer " + token("pets", nil)})
	other := flavours["rest token"](request{"GET", "", "/pets", "Bearer " + token("toys", nil)})
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			if answer, err := a.Invoke(t.Context(), []byte(event)); err != nil || strings.Contains(string(answer), `"error":`) {
				t.Errorf("refused: %s, %v", answer, err)
			}
		})
		all.Go(func() {
			if answer, err := a.Invoke(t.Context(), []byte(other)); err != nil || !strings.Contains(string(answer), `"error":`) {
				t.Errorf("let in: %s, %v", answer, err)
			}
		})
	}
	all.Wait()
}

func TestPitfall21ATokenIsGoodForNoSecondLonger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := documented(t, "")
		event := []byte(flavours["rest token"](request{"GET", "", "/x", "Bearer " + token("", map[string]any{"exp": now() + 10})}))
		time.Sleep(9 * time.Second)
		if _, err := a.Invoke(t.Context(), event); err != nil {
			t.Error(err)
		}
		time.Sleep(time.Second)
		if answer, err := a.Invoke(t.Context(), event); err == nil {
			t.Errorf("got %s", answer)
		}
	})
}
