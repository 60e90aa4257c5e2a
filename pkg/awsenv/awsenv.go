// Package awsenv answers "whom are we in AWS?" from the variables that Lambda
// sets. It never reads files, profiles or metadata: looking for them costs 8 to
// 10 ms of every cold start.
package awsenv

import (
	"context"
	"errors"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// Config reads the environment. The region and the credentials must be there;
// AWS_ENDPOINT_URL, or AWS_ENDPOINT_URL_DYNAMODB and the like for one service
// alone, lead to servers that stand in for AWS.
func Config() (aws.Config, error) {
	region, id, secret := os.Getenv("AWS_REGION"), os.Getenv("AWS_ACCESS_KEY_ID"), os.Getenv("AWS_SECRET_ACCESS_KEY")
	if region == "" || id == "" || secret == "" {
		return aws.Config{}, errors.New("AWS_REGION, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY must be set, as Lambda does")
	}
	credentials := aws.Credentials{
		AccessKeyID: id, SecretAccessKey: secret, SessionToken: os.Getenv("AWS_SESSION_TOKEN"), Source: "awsenv",
	}
	cfg := aws.Config{
		Region:        region,
		Credentials:   aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return credentials, nil }),
		HTTPClient:    httpClient(region),
		ConfigSources: []any{endpoints{}},
	}
	if endpoint := os.Getenv("AWS_ENDPOINT_URL"); endpoint != "" {
		cfg.BaseEndpoint = &endpoint
	}
	return cfg, nil
}

// endpoints tells the SDK's clients where their own service is.
type endpoints struct{}

// GetServiceBaseEndpoint is asked by each client when it is made.
func (endpoints) GetServiceBaseEndpoint(_ context.Context, sdkID string) (string, bool, error) {
	endpoint := os.Getenv("AWS_ENDPOINT_URL_" + strings.ToUpper(strings.ReplaceAll(sdkID, " ", "_")))
	return endpoint, endpoint != "", nil
}

// idleTimeout is shorter than AWS's own, so that we close idle connections first:
// a function thawed after a pause must not write to one that died meanwhile.
const idleTimeout = 50 * time.Second
