package runtime_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/gateway/local"
	"github.com/ostiary-auth/ostiary/test/codeflow"
)

func TestBuiltFunctions(t *testing.T) {
	w := open(t)
	t.Run("the story", func(t *testing.T) { story(t, w) })
	t.Run("the code flow", func(t *testing.T) { codeflow.Run(t, w.issuer, username, password) })
	t.Run("every sample event", func(t *testing.T) { samples(t, w) })
	t.Run("keys and proofs", func(t *testing.T) { keysAndProofs(t, w) })
	t.Run("the trail", func(t *testing.T) { recorded(t, w) })
	t.Run("broken events", func(t *testing.T) { broken(t, w) })
	t.Run("O50 the log has no secret", func(t *testing.T) {
		for _, secret := range []string{password, sampleSecret, "eyJ", "ostiary_"} {
			if strings.Contains(w.log.String(), secret) {
				t.Errorf("%.3s… is in the log", secret)
			}
		}
	})
}

// story is the smallest story, which must always work.
func story(t *testing.T, w *world) {
	token := w.signIn(t)
	for name, c := range map[string]struct {
		authorization string
		status        int
	}{
		"good":    {"Bearer " + token, http.StatusOK},
		"none":    {"", http.StatusUnauthorized},
		"altered": {"Bearer " + token[:len(token)-8] + "AAAAAAAA", http.StatusUnauthorized},
		"foreign": {string(bearer.Find(read(t, "../../events/authorizer/rest-api-token.json"))), http.StatusUnauthorized},
	} {
		response, body := w.request(t, http.MethodGet, "/protected", nil, c.authorization)
		if response.StatusCode != c.status {
			t.Errorf("%s: got %d %v", name, response.StatusCode, body)
		}
		if c.status == http.StatusOK && body["user_id"] != w.userID {
			t.Errorf("%s: got %v, want user_id %s", name, body, w.userID)
		}
		challenge := response.Header.Get("WWW-Authenticate")
		if c.status == http.StatusUnauthorized && !strings.HasPrefix(challenge, "Bearer") {
			t.Errorf("%s: got challenge %q", name, challenge)
		}
	}
}

func (w *world) signIn(t *testing.T) string {
	t.Helper()
	_, body := w.request(t, http.MethodPost, "/token", url.Values{
		"grant_type": {"password"}, "client_id": {publicClient}, "username": {username}, "password": {password}, "scope": {"openid profile"},
	}, "")
	token, _ := body["access_token"].(string)
	if token == "" {
		t.Fatalf("no token: %v\n%s", body, &w.log)
	}
	return token
}

func (w *world) request(t *testing.T, method, path string, form url.Values, authorization string) (*http.Response, map[string]any) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, w.issuer+path, strings.NewReader(form.Encode()))
	check(t, err)
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	response, err := http.DefaultClient.Do(r)
	check(t, err)
	defer response.Body.Close()
	var body map[string]any
	check(t, json.NewDecoder(response.Body).Decode(&body))
	return response, body
}

// bearer is the expired token in the samples.
var bearer = regexp.MustCompile(`Bearer eyJ[A-Za-z0-9_.-]+`)

// expected is what a function's samples are answered with, given a good token.
var expected = map[string]func(w *world) string{
	"authorize": func(*world) string { return `name="error" value="login_required"` },
	"admin":     func(*world) string { return `"openapi":"3.1.0"` },
	"account":   func(*world) string { return `/authorize?client_id=ostiary-account&` },
	"token":     func(*world) string { return `"access_token":"eyJ` },
	"userinfo":  func(w *world) string { return fmt.Sprintf(`"sub":%q`, w.userID) },
	"discovery": func(w *world) string { return fmt.Sprintf(`"issuer":%q`, w.issuer) },
	"status":    func(w *world) string { return fmt.Sprintf(`"status_lists":[%q]`, w.issuer+"/status/0") },
	"protected": func(*world) string { return `"user_id":"5JQ3XKZT7NDWY2MEA6RVHG4PUB"` },
	"rotate":    func(*world) string { return `` },
	"deliver":   func(*world) string { return `{"delivered":0,"failed":0,"dead":0}` },
	"audit":     func(*world) string { return `{"batchItemFailures":[]}` },
	"authorizer": func(w *world) string {
		return fmt.Sprintf(`"sub":%q`, w.userID)
	},
	"authorizer_table": func(*world) string { return `"sub":"api-key#` },
}

// gates are the functions that API Gateway asks about a request.
var gates = []string{"authorizer", "authorizer_table"}

// unauthorized are samples without an authorizer before them: nobody vouches.
var unauthorized = map[string]bool{
	"protected/function-url.json": true, "protected/load-balancer.json": true, "protected/load-balancer-multi-value.json": true,
}

// refusedByAppSync is how AppSync is told no: it knows no 401.
const refusedByAppSync = `{"isAuthorized":false,"ttlOverride":0}`

// registered is what the sample of a registration is answered with.
const registered, registration = "token/http-api-2.0-register.json", `"registration_client_uri":"`

// samples sends every file in events/ to the function after which its folder is
// named: with its own token, which has expired, and with a good one.
func samples(t *testing.T, w *world) {
	token := w.signIn(t)
	for _, function := range folders(t) {
		files, err := filepath.Glob("../../events/" + function + "/*.json")
		if err != nil || len(files) == 0 {
			t.Errorf("events/ has no sample for %s", function)
		}
		want := expected[function]
		if want == nil {
			t.Errorf("nobody said how %s answers its samples", function)
			continue
		}
		for _, file := range files {
			name := function + "/" + filepath.Base(file)
			event := read(t, file)
			if slices.Contains(gates, function) {
				answer, err := deployed{w, function}.Invoke(t.Context(), event)
				if (err == nil || err.Error() != "Unauthorized") && string(answer) != refusedByAppSync {
					t.Errorf("%s, expired token: got %s, %v", name, answer, err)
				}
			}
			status, body := answered(t, function, w.invoke(t, function, w.credited(event, token)))
			switch {
			case unauthorized[name] && status == http.StatusUnauthorized:
			case function == "account" && status == http.StatusSeeOther && strings.Contains(body, want(w)):
			case name == registered && status == http.StatusCreated && strings.Contains(body, registration+w.issuer):
			case status != http.StatusOK || !strings.Contains(body, want(w)):
				t.Errorf("%s: got %d %s", name, status, body)
			}
		}
	}
}

// answered reads an answer: an HTTP response, or what the function says in a form
// of its own.
func answered(t *testing.T, function string, answer []byte) (status int, body string) {
	t.Helper()
	var a struct {
		StatusCode      int
		Body            string
		IsBase64Encoded bool

		Headers           map[string]string
		MultiValueHeaders map[string][]string
	}
	check(t, json.Unmarshal(answer, &a))
	if slices.Contains(gates, function) || function == "rotate" || function == "deliver" || function == "audit" {
		return http.StatusOK, string(answer)
	}
	if a.IsBase64Encoded {
		decoded, err := base64.StdEncoding.DecodeString(a.Body)
		check(t, err)
		a.Body = string(decoded)
	}
	if a.StatusCode == http.StatusSeeOther { // where it leads is what it says
		a.Body = strings.Join(append(a.MultiValueHeaders["Location"], a.Headers["Location"], a.Headers["location"]), "")
	}
	return a.StatusCode, a.Body
}

// broken sends every sample with each of its members missing, mistyped and absurd.
// Whatever comes back, it is no 5xx, no allow without a token, and the process
// lives on.
func broken(t *testing.T, w *world) {
	for _, function := range folders(t) {
		files, _ := filepath.Glob("../../events/" + function + "/*.json")
		for _, file := range files {
			for what, event := range mutants(t, read(t, file)) {
				answer, err := deployed{w, function}.Invoke(t.Context(), event)
				if err != nil {
					if strings.Contains(err.Error(), "has ended") {
						t.Fatalf("%s, %s: %v", file, what, err)
					}
					continue
				}
				if status, body := answered(t, function, answer); status >= 500 || slices.Contains(gates, function) && body != refusedByAppSync {
					t.Errorf("%s, %s: got %d %s", file, what, status, body)
				}
			}
		}
	}
}

// mutants are the event with one member changed at a time.
func mutants(t *testing.T, event []byte) map[string][]byte {
	t.Helper()
	var members map[string]json.RawMessage
	check(t, json.Unmarshal(event, &members))
	all := map[string][]byte{"nothing": {}, "no JSON": []byte("{"), "empty": []byte("{}"), "list": []byte("[]")}
	for name, original := range members {
		for what, value := range map[string]string{
			"missing": "", "null": `null`, "number": `7`, "text": `"x"`, "list": `[[1]]`, "object": `{"a":{"b":1}}`, "boolean": `true`,
		} {
			if members[name] = json.RawMessage(value); value == "" {
				delete(members, name)
			}
			changed, err := json.Marshal(members)
			check(t, err)
			all[name+" "+what] = changed
		}
		members[name] = original
	}
	return all
}

// The stand-in routes to functions that are there.
func TestEveryRouteHasItsFunction(t *testing.T) {
	known := strings.Join(folders(t), " ") + " "
	for _, api := range local.Deployed() {
		for _, route := range api.Routes {
			if !strings.Contains(known, route.Function+" ") {
				t.Errorf("%s %s needs function %s", route.Method, route.Path, route.Function)
			}
		}
	}
}
