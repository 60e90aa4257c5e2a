package runtimeapi

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

// maxAnswer is what Lambda takes from a function: 6 MB and 100 bytes.
const maxAnswer = 6<<20 + 100

// api serves the paths of Lambda's Runtime API, and of its Extensions API as much
// as a runtime that wants SIGTERM needs.
func (f *Function) api() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /2018-06-01/runtime/invocation/next", f.next)
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/response", f.response)
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/error", f.failure)
	mux.HandleFunc("POST /2018-06-01/runtime/init/error", func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(f.output, r.Body) // the process ends next, and its output is told
		w.WriteHeader(http.StatusAccepted)
	})
	mux.HandleFunc("POST /2020-01-01/extension/register", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Lambda-Extension-Identifier", "local")
		fmt.Fprint(w, `{"functionName":"local","functionVersion":"$LATEST","handler":"bootstrap"}`)
	})
	mux.HandleFunc("GET /2020-01-01/extension/event/next", func(_ http.ResponseWriter, r *http.Request) {
		<-r.Context().Done()
	})
	return mux
}

// next hands out an event; the binary waits here between invocations.
func (f *Function) next(w http.ResponseWriter, r *http.Request) {
	f.first.Do(func() {
		f.init = time.Since(f.started)
		close(f.ready)
	})
	select {
	case i := <-f.waiting:
		header := w.Header()
		header.Set("Content-Type", "application/json")
		header.Set("Lambda-Runtime-Aws-Request-Id", i.id)
		header.Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(i.deadline.UnixMilli(), 10))
		header.Set("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:us-east-1:123456789012:function:local")
		header.Set("Lambda-Runtime-Trace-Id", fmt.Sprintf("Root=1-%08x-%024x;Sampled=0", time.Now().Unix(), i.deadline.UnixNano()))
		_, _ = w.Write(i.payload) // a binary that is gone is noticed by its exit
	case <-r.Context().Done():
	case <-f.exited:
	}
}

// response takes an answer. A failure in the midst of a streamed one is in the
// trailers.
func (f *Function) response(w http.ResponseWriter, r *http.Request) {
	answer, err := io.ReadAll(io.LimitReader(r.Body, maxAnswer+1))
	o := outcome{answer: answer, err: err}
	status := http.StatusAccepted
	switch failed := r.Trailer.Get("Lambda-Runtime-Function-Error-Type"); {
	case err != nil:
	case len(answer) > maxAnswer:
		status = http.StatusRequestEntityTooLarge
		o = outcome{err: &FunctionError{"Function.ResponseSizeTooLarge", "the answer is larger than Lambda takes"}}
	case failed != "":
		o = outcome{err: &FunctionError{failed, "the answer ended early"}}
	}
	f.finish(w, r, status, o)
}

// failure takes a function's error.
func (f *Function) failure(w http.ResponseWriter, r *http.Request) {
	failed := &FunctionError{}
	if err := json.NewDecoder(io.LimitReader(r.Body, maxAnswer)).Decode(failed); err != nil {
		failed.Message = "the function's error is not JSON"
	}
	f.finish(w, r, http.StatusAccepted, outcome{err: failed})
}

// finish passes the outcome to who is waiting for it, the first one only.
func (f *Function) finish(w http.ResponseWriter, r *http.Request, status int, o outcome) {
	f.mu.Lock()
	i, ok := f.running[r.PathValue("id")]
	delete(f.running, r.PathValue("id"))
	f.mu.Unlock()
	if !ok {
		http.Error(w, `{"errorType":"InvalidRequestID"}`, http.StatusBadRequest)
		return
	}
	i.done <- o
	w.WriteHeader(status)
}
