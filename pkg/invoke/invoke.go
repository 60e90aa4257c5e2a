// Package invoke answers "what does this Lambda function say?": it invokes one and waits
// for its answer. It signs the one request itself, because the SDK's client of Lambda
// would be linked into a function whose cold starts people wait for. It never retries: a
// function may count how often it is asked.
package invoke

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/ostiary-auth/ostiary/pkg/awsenv"
)

// maxAnswerBytes bounds what is read; a hook's answer is shorter.
const maxAnswerBytes = 64 << 10

// Open is New as the function that calls it, which is a Lambda function itself.
func Open(function string) (func(ctx context.Context, payload []byte) ([]byte, error), error) {
	cfg, err := awsenv.Config()
	return New(cfg, function), err
}

// New returns what invokes the function with this ARN, which may have a version or an
// alias at its end. The caller's context bounds each invocation.
func New(cfg aws.Config, function string) func(ctx context.Context, payload []byte) ([]byte, error) {
	signer := v4.NewSigner()
	return func(ctx context.Context, payload []byte) ([]byte, error) {
		request, err := signed(ctx, cfg, signer, function, payload)
		if err != nil {
			return nil, fmt.Errorf("invoke: %w", err)
		}
		answer, err := cfg.HTTPClient.Do(request)
		if err != nil {
			return nil, fmt.Errorf("invoke: %w", err)
		}
		defer answer.Body.Close()
		body, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswerBytes+1))
		switch {
		case err != nil:
			return nil, fmt.Errorf("invoke: %w", err)
		case ctx.Err() != nil: // an answer that was cut may look complete
			return nil, ctx.Err()
		case len(body) > maxAnswerBytes:
			return nil, fmt.Errorf("invoke: the function answered with more than %d bytes", maxAnswerBytes)
		case answer.StatusCode != http.StatusOK:
			return nil, fmt.Errorf("invoke: Lambda answered with status %d", answer.StatusCode)
		case answer.Header.Get("X-Amz-Function-Error") != "": // the body is what it failed with
			return nil, errors.New("invoke: the function failed")
		}
		return body, nil
	}
}

// signed makes the request of Lambda's Invoke: the caller waits for the answer.
func signed(ctx context.Context, cfg aws.Config, signer *v4.Signer, function string, payload []byte) (*http.Request, error) {
	parts := strings.Split(function, ":")
	if len(parts) < 7 || parts[0] != "arn" || parts[2] != "lambda" {
		return nil, errors.New("not the ARN of a function")
	}
	region := parts[3]
	target, err := url.Parse(endpoint(ctx, cfg, parts[1], region))
	if err != nil {
		return nil, err
	}
	target.Path = "/2015-03-31/functions/" + function + "/invocations"
	target.RawPath = "/2015-03-31/functions/" + url.QueryEscape(function) + "/invocations" // as the SDK writes it
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, target.String(), bytes.NewReader(payload))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("X-Amz-Invocation-Type", "RequestResponse")
	credentials, err := cfg.Credentials.Retrieve(ctx)
	if err != nil {
		return nil, err
	}
	digest := sha256.Sum256(payload)
	return request, signer.SignHTTP(ctx, credentials, request, hex.EncodeToString(digest[:]), "lambda", region, time.Now())
}

// endpoint is where Lambda is: at a server that stands in for AWS, where the
// configuration names one, as for the SDK's own clients.
func endpoint(ctx context.Context, cfg aws.Config, partition, region string) string {
	for _, source := range cfg.ConfigSources {
		known, ok := source.(interface {
			GetServiceBaseEndpoint(ctx context.Context, sdkID string) (string, bool, error)
		})
		if !ok {
			continue
		}
		if uri, found, err := known.GetServiceBaseEndpoint(ctx, "Lambda"); found && err == nil {
			return uri
		}
	}
	if cfg.BaseEndpoint != nil {
		return *cfg.BaseEndpoint
	}
	suffix := "amazonaws.com"
	if partition == "aws-cn" {
		suffix = "amazonaws.com.cn"
	}
	return "https://lambda." + region + "." + suffix
}
