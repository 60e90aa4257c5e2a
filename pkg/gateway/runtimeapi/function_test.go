package runtimeapi_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/gateway/runtimeapi"
)

// hello builds the smallest function, once a test.
func hello(tb testing.TB) string {
	tb.Helper()
	binary := filepath.Join(tb.TempDir(), "hello", "bootstrap")
	if err := runtimeapi.Build(tb.Context(), ".", "./testdata/hello", binary); err != nil {
		tb.Fatal(err)
	}
	return binary
}

func start(tb testing.TB, binary string, env map[string]string) *runtimeapi.Function {
	tb.Helper()
	f, err := runtimeapi.Start(tb.Context(), binary, env, io.Discard)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := f.Close(); err != nil {
			tb.Error(err)
		}
	})
	return f
}

func TestABuiltFunctionIsInvoked(t *testing.T) {
	binary := hello(t)
	t.Run("answers and errors, one after the other", func(t *testing.T) {
		f := start(t, binary, nil)
		if f.InitDuration() <= 0 {
			t.Error("no init duration")
		}
		for range 2 {
			answer, err := f.Invoke(t.Context(), []byte(`{"n":1}`))
			if err != nil || string(answer) != `{"n":1}` {
				t.Fatalf("got %s, %v", answer, err)
			}
			_, err = f.Invoke(t.Context(), []byte(`"fail"`))
			var failed *runtimeapi.FunctionError
			if !errors.As(err, &failed) || failed.Message != "Unauthorized" || failed.Type != "errorString" {
				t.Fatalf("got %v", err)
			}
		}
	})
	t.Run("the deadline is told", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer cancel()
		if _, err := start(t, binary, nil).Invoke(ctx, []byte(`"hang"`)); err == nil || !strings.Contains(err.Error(), "deadline exceeded") {
			t.Errorf("got %v", err)
		}
	})
	for name, c := range map[string]struct{ event, want string }{
		"too large an answer": {`"large"`, "larger than Lambda takes"},
		"F24 panic":           {`"panic"`, "out of cheese"},
		"exit":                {`"exit"`, "exit status 3"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := start(t, binary, nil).Invoke(t.Context(), []byte(c.event)); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
	t.Run("F23 concurrent invocations of one process", func(t *testing.T) {
		f := start(t, binary, map[string]string{"AWS_LAMBDA_MAX_CONCURRENCY": "4"})
		var wg sync.WaitGroup
		for n := range 16 {
			wg.Go(func() {
				want := fmt.Sprint(n)
				if answer, err := f.Invoke(t.Context(), []byte(want)); err != nil || string(answer) != want {
					t.Errorf("got %s, %v, want %s", answer, err, want)
				}
			})
		}
		wg.Wait()
	})
	t.Run("F25 init failure", func(t *testing.T) {
		_, err := runtimeapi.Start(t.Context(), binary, map[string]string{"INIT": "fail"}, io.Discard)
		if err == nil || !strings.Contains(err.Error(), "no key") || !strings.Contains(err.Error(), "exit status 1") {
			t.Errorf("got %v", err)
		}
	})
}
