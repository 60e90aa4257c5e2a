// Command rotate is the Lambda that a schedule calls to keep the signing keys
// fresh. Its first call, at deployment, makes them.
package main

import (
	"context"
	"os"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/awsenv"
	"github.com/ostiary-auth/ostiary/pkg/config"
	"github.com/ostiary-auth/ostiary/pkg/gateway"
	"github.com/ostiary-auth/ostiary/pkg/keys"
	"github.com/ostiary-auth/ostiary/pkg/kms"
	"github.com/ostiary-auth/ostiary/pkg/store"
	"github.com/ostiary-auth/ostiary/pkg/store/dynamo"
)

func main() {
	cfg, err := config.FromEnv("USER_TABLE", "KMS_KEY_ID")
	gateway.Check(err)
	account, err := awsenv.Config()
	gateway.Check(err)
	users := dynamo.Open(account, cfg.UserTable)
	sealer, err := keys.OpenSealer(context.Background(), users, kms.New(account, cfg.KMSKeyID))
	gateway.Check(err)
	ring := keys.OpenRing(users, sealer, keys.PolicyFrom(cfg)).WithCustodian(kms.NewCustodian(account))
	log := gateway.NewLogger(os.Stdout, cfg.LogLevel)
	ring.RecordIn(audit.Open(cfg, func(name string) store.Table { return dynamo.Open(account, name) }, log, gateway.TraceID))
	lambda.Start(func(ctx context.Context) (keys.Report, error) {
		report, err := ring.Rotate(ctx)
		if err != nil {
			return report, err // which the runtime logs
		}
		log.InfoContext(ctx, "rotated", "made", report.Made, "removed", report.Removed)
		return report, nil
	})
}
