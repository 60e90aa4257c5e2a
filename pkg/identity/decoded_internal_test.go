package identity

import (
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// TestF18DecodedClientsAreBounded: whoever may register clients must not fill the memory.
func TestF18DecodedClientsAreBounded(t *testing.T) {
	var d decoded[oauth.Client]
	for i := range maxDecoded + 1 {
		if _, err := d.decode(strconv.Itoa(i), store.Record{Value: []byte(`{}`), Version: "1"}); err != nil {
			t.Fatal(err)
		}
	}
	if len(d.known) > maxDecoded {
		t.Errorf("%d clients are kept, want at most %d", len(d.known), maxDecoded)
	}
}

// TestF18LargeClientsAreNotKept: 1,024 registrations of 64 kB are a whole Lambda's memory.
func TestF18LargeClientsAreNotKept(t *testing.T) {
	var d decoded[oauth.Client]
	for _, length := range []int{maxDecodedBytes, maxDecodedBytes + 1} {
		value := `{"client_name":"` + strings.Repeat("x", length-len(`{"client_name":""}`)) + `"}`
		got, err := d.decode(strconv.Itoa(length), store.Record{Value: []byte(value), Version: "1"})
		if _, kept := d.known[strconv.Itoa(length)]; err != nil || got.ClientName == "" || kept != (length == maxDecodedBytes) {
			t.Errorf("%d bytes: kept %v, error %v", length, kept, err)
		}
	}
}

// Two requests that append to one list at once would write each other's scope.
func TestNoListOfADecodedClientHasRoomForMore(t *testing.T) {
	// Three elements leave room for a fourth.
	three := func(v any) any { return []any{v, v, v} }
	client := map[string]any{"jwks": map[string]any{"keys": three("a longer text than fits")}, "scope": "a b c"}
	for _, name := range []string{
		"contacts", "redirect_uris", "grant_types", "resource", "audience", "allowed_cors_origins", "response_types",
		"default_acr_values", "post_logout_redirect_uris",
	} {
		client[name] = three("x")
	}
	client["secrets"] = three(map[string]any{"hash": "AAAA", "sealed": "AAAA"})
	value, err := json.Marshal(client)
	if err != nil {
		t.Fatal(err)
	}
	var d decoded[oauth.Client]
	got, err := d.decode("app", store.Record{Value: value, Version: "1"})
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Contacts) != 3 || len(got.Secrets) != 3 {
		t.Fatalf("got %+v", got)
	}
	roomless(t, "client", reflect.ValueOf(got))
	if grown := append(got.Audience, "y"); &grown[0] == &got.Audience[0] {
		t.Error("an append writes into the kept list")
	}
}

// roomless demands of every slice that its capacity is its length.
func roomless(t *testing.T, name string, v reflect.Value) {
	t.Helper()
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			roomless(t, name+"."+v.Type().Field(i).Name, v.Field(i))
		}
	case reflect.Slice:
		if v.Cap() != v.Len() {
			t.Errorf("%s has room for %d more", name, v.Cap()-v.Len())
		}
		for i := range v.Len() {
			roomless(t, name, v.Index(i))
		}
	}
}
