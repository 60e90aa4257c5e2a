package main

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"
)

// listen answers until ctx ends, lets what is under way finish, and rotates the
// signing keys when they are due, which in AWS a schedule does.
func listen(ctx context.Context, group *errgroup.Group, b *backend, handler http.Handler, l net.Listener,
	certificates *tls.Config, log *slog.Logger,
) error {
	server := &http.Server{
		Handler: handler, TLSConfig: certificates, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
		ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second, WriteTimeout: 40 * time.Second, IdleTimeout: time.Minute,
		MaxHeaderBytes: 16 << 10,
	}
	group.Go(func() error {
		err := server.Serve(tlsListener(l, certificates))
		if errors.Is(err, http.ErrServerClosed) {
			return nil
		}
		return err
	})
	group.Go(func() error {
		<-ctx.Done()
		grace, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		return server.Shutdown(grace)
	})
	group.Go(func() error {
		return every(ctx, time.Hour, func() {
			if _, err := b.ring.Rotate(ctx); err != nil {
				log.ErrorContext(ctx, "signing keys not rotated", "err", err)
			}
		})
	})
	return group.Wait()
}

// localURL is how a browser on this machine reaches the address.
func localURL(addr net.Addr, secure bool) string {
	scheme := "http"
	if secure {
		scheme = "https"
	}
	host, port, _ := net.SplitHostPort(addr.String())
	if ip := net.ParseIP(host); ip == nil || ip.IsUnspecified() || ip.Equal(net.IPv4(127, 0, 0, 1)) {
		host = "localhost"
	}
	return scheme + "://" + net.JoinHostPort(host, port)
}
