// Command protected is the Lambda of the example API behind the authorizer.
package main

import (
	"os"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/ostiary-auth/ostiary/pkg/config"
	"github.com/ostiary-auth/ostiary/pkg/gateway"
)

func main() {
	cfg, err := config.FromEnv()
	gateway.Check(err)
	log := gateway.NewLogger(os.Stdout, cfg.LogLevel)
	lambda.Start(gateway.Handler{HTTP: gateway.Protected(gateway.Describe(cfg.Issuer, cfg.Audience)), BasePath: cfg.BasePath, Log: log})
}
