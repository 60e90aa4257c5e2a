// Package profile answers "whom are we in AWS?" for the command line: profiles,
// single sign-on, environment, as the AWS CLI does. No function imports it.
package profile

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
)

// Config reads the user's AWS configuration.
func Config(ctx context.Context) (aws.Config, error) {
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return aws.Config{}, fmt.Errorf("AWS configuration: %w", err)
	}
	if cfg.Region == "" {
		return aws.Config{}, errors.New("AWS configuration: no region; set AWS_REGION or choose a profile by AWS_PROFILE")
	}
	return cfg, nil
}
