package loop_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/gateway"
	"github.com/ostiary-auth/ostiary/pkg/gateway/loop"
)

// lambda is a Runtime API that hands out events, and notes what comes back. When
// the events are used up it hangs up on everybody.
type lambda struct {
	*httptest.Server
	mu       sync.Mutex
	next     []func(w http.ResponseWriter)
	answered []string
	refuse   bool // the answers
}

func serve(t *testing.T, next ...func(w http.ResponseWriter)) *lambda {
	l := &lambda{next: next}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /2018-06-01/runtime/invocation/next", func(w http.ResponseWriter, _ *http.Request) {
		l.mu.Lock()
		defer l.mu.Unlock()
		if len(l.next) == 0 {
			panic(http.ErrAbortHandler)
		}
		give := l.next[0]
		l.next = l.next[1:]
		give(w)
	})
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/{kind}", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		l.mu.Lock()
		defer l.mu.Unlock()
		l.answered = append(l.answered, r.PathValue("id")+" "+r.PathValue("kind")+" "+string(body))
		if l.refuse {
			http.Error(w, "too large", http.StatusRequestEntityTooLarge)
			return
		}
		w.WriteHeader(http.StatusAccepted)
	})
	l.Server = httptest.NewServer(mux)
	t.Cleanup(l.Close)
	return l
}

func (l *lambda) run(t *testing.T, h handler) error {
	t.Helper()
	return loop.Run(t.Context(), strings.TrimPrefix(l.URL, "http://"), h)
}

// event hands out an event with the headers of an invocation, changed by more.
func event(id, payload string, more ...string) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		w.Header().Set("Lambda-Runtime-Aws-Request-Id", id)
		w.Header().Set("Lambda-Runtime-Deadline-Ms", fmt.Sprint(time.Now().Add(time.Minute).UnixMilli()))
		w.Header().Set("Lambda-Runtime-Trace-Id", "Root=1-"+id)
		for _, header := range more {
			name, value, _ := strings.Cut(header, ": ")
			w.Header().Set(name, value)
		}
		_, _ = io.WriteString(w, payload)
		if len(more) > 0 && more[0] == "Transfer-Encoding: chunked" {
			w.(http.Flusher).Flush()
		}
	}
}

type handler func(ctx context.Context, event []byte) ([]byte, error)

func (h handler) Invoke(ctx context.Context, event []byte) ([]byte, error) { return h(ctx, event) }

func echo(_ context.Context, event []byte) ([]byte, error) { return event, nil }

func TestRun(t *testing.T) {
	large := strings.Repeat("x", 100_000)
	for name, c := range map[string]struct {
		next   []func(http.ResponseWriter)
		handle handler
		want   []string
	}{
		"one after the other": {
			[]func(http.ResponseWriter){event("a", "1"), event("b", "2")}, echo, []string{"a response 1", "b response 2"},
		},
		"a large event":              {[]func(http.ResponseWriter){event("a", large)}, echo, []string{"a response " + large}},
		"an empty event":             {[]func(http.ResponseWriter){event("a", "")}, echo, []string{"a response "}},
		"an event of unknown length": {[]func(http.ResponseWriter){event("a", "1", "Transfer-Encoding: chunked")}, echo, []string{"a response 1"}},
		"a connection that is closed": {
			[]func(http.ResponseWriter){event("a", "1", "Connection: close"), event("b", "2")},
			echo,
			[]string{"a response 1", "b response 2"},
		},
		"an error's text is what API Gateway reads": {
			[]func(http.ResponseWriter){event("a", "1"), event("b", "2")},
			func(_ context.Context, event []byte) ([]byte, error) {
				if string(event) == "1" {
					return nil, errors.New("Unauthorized")
				}
				return event, nil
			},
			[]string{`a error {"errorMessage":"Unauthorized","errorType":"Error"}`, "b response 2"},
		},
		"no deadline": {
			[]func(http.ResponseWriter){event("a", "1", "Lambda-Runtime-Deadline-Ms: soon")},
			echo,
			[]string{`a error {"errorMessage":"the invocation has no deadline","errorType":"Error"}`},
		},
		"deadline and trace reach the handler": {
			[]func(http.ResponseWriter){event("a", "1")},
			func(ctx context.Context, _ []byte) ([]byte, error) {
				at, ok := ctx.Deadline()
				left := time.Until(at)
				sdk := os.Getenv("_X_AMZN_TRACE_ID") // where AWS's SDK looks
				return json.Marshal([]any{ok && left > 50*time.Second && left <= time.Minute, gateway.TraceID(ctx), sdk})
			},
			[]string{`a response [true,"1-a","Root=1-a"]`},
		},
	} {
		l := serve(t, c.next...)
		if err := l.run(t, c.handle); err == nil {
			t.Errorf("%s: the end of the Runtime API is no error", name)
		}
		if got := strings.Join(l.answered, "|"); got != strings.Join(c.want, "|") {
			t.Errorf("%s: got %.200s", name, got)
		}
	}
}

func TestAnAnswerThatIsNotAcceptedEndsNothing(t *testing.T) {
	l := serve(t, event("a", "1"), event("b", "2"))
	l.refuse = true
	_ = l.run(t, echo) // ends with the events
	if len(l.answered) != 2 {
		t.Errorf("got %q", l.answered)
	}
}

func TestRunEndsWithoutTheRuntimeAPI(t *testing.T) {
	l := serve(t)
	l.Close()
	if err := l.run(t, echo); err == nil {
		t.Error("nobody is there, and it goes on")
	}
	l = serve(t, func(w http.ResponseWriter) { w.WriteHeader(http.StatusForbidden) })
	if err := l.run(t, echo); err == nil || !strings.Contains(err.Error(), "403") {
		t.Errorf("got %v", err)
	}
}

func TestJob(t *testing.T) {
	l := serve(t, event("a", "{}"), event("b", "no JSON"), event("c", "{}"))
	var log strings.Builder
	left := []error{nil, nil, errors.New("the table is gone")}
	_ = l.run(t, loop.Job(slog.New(slog.NewTextHandler(&log, nil)), func(context.Context) (map[string]int, error) {
		err := left[0]
		left = left[1:]
		return map[string]int{"removed": 3}, err
	}).Invoke)
	want := `a response {"removed":3}|b response {"removed":3}|c error {"errorMessage":"the table is gone","errorType":"Error"}`
	if got := strings.Join(l.answered, "|"); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if strings.Count(log.String(), "the table is gone") != 1 {
		t.Errorf("the log says %q", log.String())
	}
}

func TestF24AJobThatPanicsEndsItsInvocationAlone(t *testing.T) {
	l := serve(t, event("a", "{}"), event("b", "{}"))
	var log strings.Builder
	first := true
	_ = l.run(t, loop.Job(gateway.NewLogger(&log, "info"), func(context.Context) (string, error) {
		if first {
			first = false
			panic("out of cheese")
		}
		return "done", nil
	}).Invoke)
	want := `a error {"errorMessage":"the job panicked","errorType":"Error"}|b response "done"`
	if got := strings.Join(l.answered, "|"); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if !strings.Contains(log.String(), `"panic":"out of cheese"`) || !strings.Contains(log.String(), `"Panics":1`) {
		t.Errorf("the log says %q", log.String())
	}
}
