package fetch_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/fetch"
)

func TestAnExchangeReturnsWhateverIsAnswered(t *testing.T) {
	for _, status := range []int{200, 400, 502} {
		client, target := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if r.Method != http.MethodPost || r.Header.Get("Accept") != "application/json" || r.PostFormValue("logout_token") != "a+b &c" {
				t.Errorf("got %s %v %v", r.Method, r.Header, r.PostForm)
			}
			w.Header().Set("Content-Type", "application/json; charset=utf-8")
			w.WriteHeader(status)
			_, _ = w.Write([]byte(`{"error":"no"}`))
		})
		answer, err := client.Exchange(t.Context(), target, form, http.Header{"Accept": {"application/json"}})
		if err != nil || answer.Status != status || answer.MediaType != "application/json" || string(answer.Body) != `{"error":"no"}` {
			t.Errorf("got %+v %v", answer, err)
		}
	}
}

func TestAnExchangeIsMadeOnceAndStaysWithItsServer(t *testing.T) {
	var reached atomic.Int32
	client, target := serve(t, func(w http.ResponseWriter, r *http.Request) {
		reached.Add(1)
		http.Redirect(w, r, "/there", http.StatusTemporaryRedirect)
	})
	if answer, err := client.Exchange(t.Context(), target, form, nil); err != nil || answer.Status != 307 || reached.Load() != 1 {
		t.Errorf("got %+v %v after %d requests", answer, err, reached.Load())
	}
	client, target = serve(t, func(w http.ResponseWriter, _ *http.Request) {
		reached.Add(1)
		panic(http.ErrAbortHandler) // it may have been understood, and a code works once
	})
	if _, err := client.Exchange(t.Context(), target, form, nil); err == nil || reached.Load() != 2 {
		t.Errorf("got %v after %d requests", err, reached.Load())
	}
	client, target = serve(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(strings.Repeat("x", fetch.MaxBodyBytes+1)))
	})
	if _, err := client.Exchange(t.Context(), target, form, nil); err == nil {
		t.Error("an answer without end was read")
	}
}

func TestO27AnExchangeReachesNoNetworkOfOurs(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("it was reached") }))
	defer server.Close()
	for _, target := range []string{server.URL, "http://example.com/", "https://169.254.169.254/", "https://10.0.0.1/", "https://[::1]/", "https://u@example.com/"} {
		if _, err := fetch.New(fetch.Options{}).Exchange(t.Context(), target, form, nil); err == nil {
			t.Errorf("%s was reached", target)
		}
	}
}
