// Command audit is the Lambda that publishes audit events to EventBridge. The stream of
// their table calls it.
package main

import (
	"os"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/ostiary-auth/ostiary/pkg/audit/eventbridge"
	"github.com/ostiary-auth/ostiary/pkg/awsenv"
	"github.com/ostiary-auth/ostiary/pkg/config"
	"github.com/ostiary-auth/ostiary/pkg/gateway"
)

func main() {
	cfg, err := config.FromEnv("ISSUER", "AUDIT_EVENT_BUS")
	gateway.Check(err)
	account, err := awsenv.Config()
	gateway.Check(err)
	log := gateway.NewLogger(os.Stdout, cfg.LogLevel)
	lambda.Start(eventbridge.Open(account, cfg.AuditEventBus, cfg.Issuer, log).Publish)
}
