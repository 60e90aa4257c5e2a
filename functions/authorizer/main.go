// Command authorizer is the Lambda that API Gateway asks about every request. It
// needs no permission but to write its log.
package main

import (
	"context"
	"os"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/ostiary-auth/ostiary/pkg/authorizer"
	"github.com/ostiary-auth/ostiary/pkg/config"
	"github.com/ostiary-auth/ostiary/pkg/gateway"
)

func main() {
	cfg, err := config.FromEnv("ISSUER", "AUDIENCE")
	gateway.Check(err)
	log := gateway.NewLogger(os.Stdout, cfg.LogLevel)
	keys, err := authorizer.Keys(context.Background(), cfg, log)
	gateway.Check(err)
	guard, err := authorizer.New(cfg, keys, log)
	gateway.Check(err)
	lambda.Start(guard)
}
