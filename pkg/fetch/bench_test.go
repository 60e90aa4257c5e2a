package fetch_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/fetch"
	"github.com/ostiary-auth/ostiary/pkg/roots"
)

// BenchmarkFirstCall is the CPU time that a new process spends on its first
// document: by https with Amazon's roots (ours), with the system's, and by plain http
// (floor). Each call has a process of its own, since roots are read once in one.
func BenchmarkFirstCall(b *testing.B) {
	handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Connection", "close") })
	plain, secure := httptest.NewServer(handler), httptest.NewUnstartedServer(handler)
	secure.TLS = &tls.Config{Certificates: []tls.Certificate{ofTheSystem}}
	secure.StartTLS()
	defer plain.Close()
	defer secure.Close()
	for _, variant := range []struct{ name, url string }{{"ours", secure.URL}, {"system", secure.URL}, {"floor", plain.URL}} {
		b.Run("https/"+variant.name, func(b *testing.B) {
			var spent time.Duration
			for b.Loop() {
				child := exec.Command(os.Args[0])
				child.Env = append(os.Environ(), "GOMAXPROCS=1", "FIRST_CALL="+variant.url, "FIRST_ROOTS="+variant.name)
				if variant.name == "system" { // the machine's own
					child.Env = append(child.Env, "SSL_CERT_FILE=", "SSL_CERT_DIR=")
				}
				output, err := child.Output()
				if err != nil {
					b.Fatalf("%v: %s", err, output)
				}
				nanoseconds, err := strconv.ParseInt(strings.TrimSpace(string(output)), 10, 64)
				if err != nil {
					b.Fatal(err)
				}
				spent += time.Duration(nanoseconds)
			}
			b.ReportMetric(float64(spent.Nanoseconds())/float64(b.N), "ns/op")
		})
	}
}

// firstCall is the child's part: it prints the CPU time of one call.
func firstCall(url, authorities string) {
	own, err := os.ReadFile(os.Getenv("SERVER_CERTIFICATE"))
	if err != nil {
		log.Fatal(err)
	}
	before := spent()
	o := fetch.Options{AllowLoopback: true}
	switch authorities {
	case "ours":
		o.RootCAs = roots.Amazon()
	case "system":
		if o.RootCAs, err = x509.SystemCertPool(); err != nil {
			log.Fatal(err)
		}
	}
	if o.RootCAs != nil {
		o.RootCAs.AppendCertsFromPEM(own)
	}
	if _, err := fetch.New(o).Get(context.Background(), url, ""); err != nil {
		log.Fatal(err)
	}
	fmt.Println(spent() - before)
}

// spent is the process's CPU time in nanoseconds.
func spent() int64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		log.Fatal(err)
	}
	return usage.Utime.Nano() + usage.Stime.Nano()
}
