package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// apiKeys runs a command in the folder and returns what it prints.
func apiKeys(t *testing.T, folder string, args ...string) string {
	t.Helper()
	var out, errs bytes.Buffer
	a := &app{in: strings.NewReader(""), out: &out, err: &errs}
	root := a.root()
	root.SetArgs(append([]string{"--data", folder, "--json", "api-key"}, args...))
	if err := root.ExecuteContext(t.Context()); err != nil {
		t.Fatalf("%v: %v", args, err)
	}
	return out.String()
}

func TestAPIKeyFromItsMakingToItsEnd(t *testing.T) {
	folder := t.TempDir()
	var made struct {
		ID, Name string
		Key      string `json:"api_key"`
	}
	if err := json.Unmarshal([]byte(apiKeys(t, folder, "add", "station", "--audience", "https://api.example.com")), &made); err != nil {
		t.Fatal(err)
	}
	shown := apiKeys(t, folder, "show", made.ID)
	if !strings.Contains(shown, `"name":"station"`) || strings.Contains(shown, made.Key) || strings.Contains(shown, "Hash") {
		t.Errorf("show: got %s", shown)
	}
	for _, step := range []struct{ command, done, shown string }{
		{"disable", "disabled", `"disabled":true`}, {"enable", "enabled", `"created"`}, {"delete", "deleted", ""},
	} {
		if got := apiKeys(t, folder, step.command, made.ID); !strings.Contains(got, `"done":"`+step.done+`"`) {
			t.Errorf("%s: got %s", step.command, got)
		}
		if got := apiKeys(t, folder, "list"); !strings.Contains(got, step.shown) || step.command == "enable" && strings.Contains(got, "disabled") {
			t.Errorf("after %s: got %s", step.command, got)
		}
	}
}

// What the gate decides on a key is explained from the folder where the key is.
func TestAuthorizeFindsAPIKeys(t *testing.T) {
	folder := t.TempDir()
	var made struct {
		Key string `json:"api_key"`
	}
	if err := json.Unmarshal([]byte(apiKeys(t, folder, "add", "station", "--audience", "https://api.example.com")), &made); err != nil {
		t.Fatal(err)
	}
	file := func(name, content string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	settings := file("settings.json", `{"sources":[{"api_key_header":"X-Api-Key"}],
		"issuers":[{"issuer":"http://localhost:1","audience":["https://api.example.com"],"own":true}]}`)
	for key, want := range map[string]string{made.Key: "passed: an API key from header X-Api-Key\n", made.Key[:46] + "?": "not an API key"} {
		event := file("event.json", `{"type":"REQUEST","methodArn":"arn:aws:execute-api:eu-central-1:123456789012:a1b2c3/live/GET/pets",
			"resource":"/pets","path":"/pets","httpMethod":"GET","headers":{"x-api-key":"`+key+`"},"requestContext":{}}`)
		out, err := ostiary(t, "authorize", "--data", folder, "--settings", settings, event)
		allowed := key == made.Key
		if err != nil || !strings.Contains(out, want) || allowed != strings.Contains(out, "outcome   allowed") || strings.Contains(out, "through client") || strings.Contains(out, made.Key) {
			t.Errorf("got %v\n%s", err, out)
		}
	}
}
