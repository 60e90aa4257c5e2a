package ses_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/ostiary-auth/ostiary/pkg/mail"
	"github.com/ostiary-auth/ostiary/pkg/mail/ses"
)

// sent is the body of a SendEmail.
type sent struct {
	FromEmailAddress string
	Destination      struct{ ToAddresses, CcAddresses, BccAddresses []string }
	Content          struct{ Raw struct{ Data []byte } }
}

// open returns what sends to a server that stands in for SES and answers so.
func open(t *testing.T, status int, failure, body string, got *sent) mail.Send {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost || r.URL.Path != "/v2/email/outbound-emails" {
			t.Errorf("got %s %s", r.Method, r.URL)
		}
		if err := json.NewDecoder(r.Body).Decode(got); err != nil {
			t.Error(err)
		}
		w.Header().Set("X-Amzn-Errortype", failure)
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}))
	t.Cleanup(server.Close)
	from, err := mail.ParseAddress("no-reply@example.com")
	if err != nil {
		t.Fatal(err)
	}
	return ses.Open(aws.Config{
		Region: "eu-central-1", BaseEndpoint: &server.URL, RetryMaxAttempts: 1,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "id", SecretAccessKey: "secret"}, nil
		}),
	}, mail.Sender{Address: from})
}

func message(t *testing.T) mail.Message {
	to, err := mail.ParseAddress("jo@example.com")
	if err != nil {
		t.Fatal(err)
	}
	return mail.Message{ID: "A", To: to, Content: mail.Content{Subject: "Hello", Text: "text", HTML: "<p>text"}}
}

func TestAMessageGoesToOnePerson(t *testing.T) {
	var got sent
	if err := open(t, 200, "", `{"MessageId":"1"}`, &got)(t.Context(), message(t)); err != nil {
		t.Fatal(err)
	}
	if got.FromEmailAddress != "no-reply@example.com" || len(got.Destination.ToAddresses) != 1 || got.Destination.ToAddresses[0] != "jo@example.com" ||
		len(got.Destination.CcAddresses)+len(got.Destination.BccAddresses) != 0 || !strings.Contains(string(got.Content.Raw.Data), "Subject: Hello\r\n") {
		t.Errorf("got %+v", got)
	}
}

func TestF35WhatSESRefuses(t *testing.T) {
	for failure, c := range map[string]struct {
		status int
		final  bool
	}{
		"TooManyRequestsException": {429, false}, "MessageRejected": {400, false}, "SendingPausedException": {400, false},
		"AccessDeniedException": {403, false}, "LimitExceededException": {400, false}, "BadRequestException": {400, true}, "": {500, false},
	} {
		var got sent
		err := open(t, c.status, failure, `{"message":"jo@example.com is not verified"}`, &got)(t.Context(), message(t))
		if err == nil || errors.Is(err, mail.ErrRefused) != c.final || strings.Contains(err.Error(), "jo@example.com") {
			t.Errorf("%s: got %v", failure, err)
		}
	}
}
