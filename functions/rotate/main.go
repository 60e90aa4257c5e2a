// Command rotate is the Lambda that a schedule calls to keep the signing keys
// fresh. Its first call, at deployment, makes them.
package main

import (
	"context"
	"os"

	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/awsenv"
	"github.com/ostiary-auth/ostiary/pkg/config"
	"github.com/ostiary-auth/ostiary/pkg/gateway"
	"github.com/ostiary-auth/ostiary/pkg/gateway/loop"
	"github.com/ostiary-auth/ostiary/pkg/keys"
	"github.com/ostiary-auth/ostiary/pkg/kms"
	"github.com/ostiary-auth/ostiary/pkg/store/dynamo"
)

func main() {
	cfg, err := config.FromEnv("USER_TABLE", "KMS_KEY_ID")
	gateway.Check(err)
	account, err := awsenv.Config()
	gateway.Check(err)
	table, seals := dynamo.Tables(account), kms.Open(account)
	users := table(cfg.UserTable)
	sealer, err := keys.OpenSealer(context.Background(), users, seals.Wrapper(cfg.KMSKeyID))
	gateway.Check(err)
	ring := keys.OpenRing(users, sealer, keys.PolicyFrom(cfg)).WithCustodian(seals)
	log := gateway.NewLogger(os.Stdout, cfg.LogLevel)
	ring.RecordIn(audit.Open(cfg, table, log, gateway.TraceID))
	loop.Start(loop.Job(log, func(ctx context.Context) (keys.Report, error) {
		report, err := ring.Rotate(ctx)
		if err != nil {
			return report, err
		}
		log.InfoContext(ctx, "rotated", "made", report.Made, "removed", report.Removed)
		return report, nil
	}))
}
