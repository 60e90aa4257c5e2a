package socket

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/store"
)

// maxRequest bounds a request: the largest write, in base64, and room to spare.
const maxRequest = 2 * store.MaxWriteBytes

// Serve answers for the tables, by name, until ctx is done; it then lets what is
// under way finish, removes the socket and returns nil.
func Serve(ctx context.Context, l net.Listener, tables map[string]store.Table) error {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /{table}/{operation}", func(w http.ResponseWriter, r *http.Request) {
		table, ok := tables[r.PathValue("table")]
		operate, known := operations()[r.PathValue("operation")]
		var in request
		if !ok || !known {
			http.Error(w, "no such table or operation", http.StatusNotFound)
			return
		}
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxRequest)).Decode(&in); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(operate(r.Context(), table, in)) // the client sees that it is cut
	})
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	finished := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(finished)
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		_ = server.Shutdown(grace)
	})
	err := server.Serve(l)
	if !stop() {
		<-finished // Serve returns as soon as the shutdown begins
	}
	if !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("store: socket: %w", err)
	}
	return nil
}

// operations is the port.
func operations() map[string]func(context.Context, store.Table, request) response {
	return map[string]func(context.Context, store.Table, request) response{
		"get": func(ctx context.Context, t store.Table, in request) response {
			r, err := t.Get(ctx, in.Key)
			return response{Records: []store.Record{r}, Failure: wrap(err)}
		},
		"list": func(ctx context.Context, t store.Table, in request) response {
			records, page, err := t.List(ctx, in.Partition, in.Prefix, in.Page)
			return response{Records: records, Page: page, Failure: wrap(err)}
		},
		"write": func(ctx context.Context, t store.Table, in request) response {
			return response{Failure: wrap(t.Write(ctx, in.Changes...))}
		},
		"count": func(ctx context.Context, t store.Table, in request) response {
			n, err := t.Count(ctx, in.Key, in.Delta, in.Limit)
			return response{Count: n, Failure: wrap(err)}
		},
	}
}
