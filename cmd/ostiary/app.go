package main

import (
	"encoding/json"
	"io"
	"os"

	"github.com/spf13/cobra"
)

// app is what every command shares: where it reads and writes, and the flags of
// the root command.
type app struct {
	in       io.Reader
	out, err io.Writer

	json bool   // --json
	data string // --data: the folder of the local server
	aws  bool   // --aws: work on the deployed tables that USER_TABLE, STATE_TABLE and AUDIT_TABLE name

	running string // the command, for the audit trail
}

// root is the command itself; its subcommands are one file each.
func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:           "ostiary",
		Short:         "An OAuth 2 and OpenID Connect provider, and an authorizer for API Gateway",
		Version:       version(),
		SilenceUsage:  true,
		SilenceErrors: true,

		PersistentPreRun: a.whoRuns,
	}
	root.SetIn(a.in)
	root.SetOut(a.out)
	root.SetErr(a.err)
	flags := root.PersistentFlags()
	flags.BoolVar(&a.json, "json", false, "print JSON")
	flags.StringVar(&a.data, "data", ".ostiary", "the local server's folder")
	flags.BoolVar(&a.aws, "aws", false, "work on the deployed tables named by USER_TABLE, STATE_TABLE and AUDIT_TABLE")
	root.AddCommand(a.userCommand(), a.groupCommand(), a.attributeCommand(), a.clientCommand(), a.apiKeyCommand(), a.sessionCommand(), a.consentCommand(), a.outboxCommand())
	root.AddCommand(a.serveCommand(), a.invokeCommand(), a.authorizeCommand(), a.tokenCommand())
	root.AddCommand(a.keyCommand(), a.providerCommand(), a.exportCommand(), a.importCommand(), a.auditCommand(), a.doctorCommand())
	explainUsage(root)
	return root
}

// readFile reads a file that an argument names: - is standard input.
func (a *app) readFile(name string) ([]byte, error) {
	if name == "-" {
		return io.ReadAll(a.in)
	}
	return os.ReadFile(name)
}

// print shows a result: as JSON under --json, else as human writes it.
func (a *app) print(v any, human func(w io.Writer)) error {
	if a.json {
		encoder := json.NewEncoder(a.out)
		encoder.SetEscapeHTML(false)
		return encoder.Encode(v)
	}
	human(a.out)
	return nil
}
