package invoke_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/ostiary-auth/ostiary/pkg/invoke"
)

const function = "arn:aws:lambda:eu-central-1:123456789012:function:hook:live"

var credentials = aws.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "an example secret", SessionToken: "a session"}

// account is where a server that stands in for Lambda is.
func account(uri string) aws.Config {
	return aws.Config{
		Region: "us-east-1", HTTPClient: http.DefaultClient, BaseEndpoint: &uri,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return credentials, nil }),
	}
}

func TestInvocation(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if r.Method != http.MethodPost || r.RequestURI != "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aeu-central-1%3A123456789012%3Afunction%3Ahook%3Alive/invocations" ||
			r.Header.Get("X-Amz-Invocation-Type") != "RequestResponse" || string(body) != `{"version":1}` {
			t.Errorf("got %s %s %v %s", r.Method, r.RequestURI, r.Header, body)
		}
		if got, want := r.Header.Get("Authorization"), signature(t, r, body); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		_, _ = io.WriteString(w, `{"deny":"no"}`)
	}))
	defer server.Close()
	answer, err := invoke.New(account(server.URL), function)(t.Context(), []byte(`{"version":1}`))
	if string(answer) != `{"deny":"no"}` || err != nil {
		t.Errorf("got %s, %v", answer, err)
	}
}

// signature is what whoever received the request would sign it with, in the function's
// own region.
func signature(t *testing.T, r *http.Request, body []byte) string {
	t.Helper()
	at, err := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
	if err != nil {
		t.Fatal(err)
	}
	again, err := http.NewRequestWithContext(t.Context(), r.Method, "http://"+r.Host+r.RequestURI, nil)
	if err != nil {
		t.Fatal(err)
	}
	again.ContentLength = int64(len(body))
	for _, name := range []string{"Content-Type", "X-Amz-Invocation-Type"} {
		again.Header.Set(name, r.Header.Get(name))
	}
	digest := sha256.Sum256(body)
	if err := v4.NewSigner().SignHTTP(t.Context(), credentials, again, hex.EncodeToString(digest[:]), "lambda", "eu-central-1", at); err != nil {
		t.Fatal(err)
	}
	return again.Header.Get("Authorization")
}

func TestWhatIsNoAnswer(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"the function failed": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Amz-Function-Error", "Unhandled")
			_, _ = io.WriteString(w, `{"errorMessage":"alice"}`)
		},
		"no permission": func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "alice", http.StatusForbidden) },
		"throttled":     func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTooManyRequests) },
		"an event":      func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusAccepted) },
		"too long":      func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, strings.Repeat("x", 65<<10)) },
	} {
		server := httptest.NewServer(answer)
		got, err := invoke.New(account(server.URL), function)(t.Context(), nil)
		if err == nil || got != nil || strings.Contains(err.Error(), "alice") {
			t.Errorf("%s: got %s, %v", name, got, err)
		}
		server.Close()
	}
}

func TestAnInvocationEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	}))
	defer server.Close()
	if _, err := invoke.New(account(server.URL), function)(ctx, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestWhereLambdaIs(t *testing.T) {
	asked := ""
	client := clientFunc(func(r *http.Request) (*http.Response, error) {
		asked = r.URL.Scheme + "://" + r.URL.Host
		return nil, errors.New("not there")
	})
	for arn, want := range map[string]string{
		"arn:aws:lambda:eu-west-1:123456789012:function:hook":            "https://lambda.eu-west-1.amazonaws.com",
		"arn:aws-cn:lambda:cn-north-1:123456789012:function:hook":        "https://lambda.cn-north-1.amazonaws.com.cn",
		"arn:aws-us-gov:lambda:us-gov-west-1:123456789012:function:hook": "https://lambda.us-gov-west-1.amazonaws.com",
		"arn:aws:sqs:eu-west-1:123456789012:function:hook":               "",
		"hook": "",
	} {
		asked = ""
		cfg := account("")
		cfg.BaseEndpoint, cfg.HTTPClient = nil, client
		if _, err := invoke.New(cfg, arn)(t.Context(), nil); err == nil || asked != want {
			t.Errorf("%s: asked %q, %v", arn, asked, err)
		}
	}
}

type clientFunc func(*http.Request) (*http.Response, error)

func (f clientFunc) Do(r *http.Request) (*http.Response, error) { return f(r) }
