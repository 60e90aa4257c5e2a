package main

import (
	"bytes"
	"encoding/json"
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
