// Command protected is the Lambda of the example API behind the authorizer.
package main

import (
	"os"

	"github.com/ostiary-auth/ostiary/pkg/config"
	"github.com/ostiary-auth/ostiary/pkg/gateway"
	"github.com/ostiary-auth/ostiary/pkg/gateway/loop"
)

func main() {
	cfg, err := config.FromEnv()
	gateway.Check(err)
	log := gateway.NewLogger(os.Stdout, cfg.LogLevel)
	loop.Start(gateway.Handler{HTTP: gateway.Protected(gateway.Describe(cfg.Issuer, cfg.Audience)), BasePath: cfg.BasePath, Log: log})
}
