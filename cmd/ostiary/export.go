package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/ostiary-auth/ostiary/pkg/factor"
	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/upstream"
)

// manifest is the first line of an export, and its last.
type manifest struct {
	Version int       `json:"ostiary_export,omitempty"` // of the format; only in the first
	Created time.Time `json:"created,omitzero"`
	End     bool      `json:"end,omitempty"` // only in the last: without it the file was cut
	Records int       `json:"records,omitempty"`
}

// exportCommand writes all that lasts into one file: who wants to leave can.
func (a *app) exportCommand() *cobra.Command {
	var sure bool
	var events string
	command := &cobra.Command{
		Use:   "export FILE",
		Short: "Write all that lasts to a file: people, groups, clients, providers, with the hashes of passwords and secrets",
		Long: `Write people with their groups, attributes, factors, consents and identities elsewhere, clients, other identity
providers, API keys and tokens for registration to a file, a line of JSON each, which "ostiary import" reads. Passwords,
keys and secrets are in it as hashes; what has no hash is in it in clear: secrets that clients sign by, keys of
authenticator apps, secrets at other providers, and the salt of pairwise subjects. Signing keys, sessions and grants are
not, and events only where --audit names a file for them.`,
		Args: cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, args []string) error {
			if !sure {
				return errors.New("the file will hold every password's hash, and shared secrets in clear; say --yes-secrets if you want that")
			}
			err := a.withArchive(command.Context(), func(ctx context.Context, archive *identity.Archive) error {
				return a.export(ctx, archive, args[0])
			})
			if err != nil || events == "" {
				return err
			}
			return a.withTrail(command.Context(), func(ctx context.Context, b *backend) error {
				return a.exportEvents(ctx, b.trail, events, 0)
			})
		},
	}
	command.Flags().BoolVar(&sure, "yes-secrets", false, "yes, write secrets to the file")
	command.Flags().StringVar(&events, "audit", "", "write the audit trail, too, to this file: see audit export")
	return command
}

// withArchive opens what --data or --aws names.
func (a *app) withArchive(ctx context.Context, run func(context.Context, *identity.Archive) error) error {
	b, err := a.open(ctx)
	if err != nil {
		return err
	}
	people := b.people()
	err = run(ctx, identity.NewArchive(people, b.clients(),
		factor.Open(b.users, people, b.sealer).Carrier(), upstream.NewProviders(b.users, b.sealer).Carrier()))
	return errors.Join(explained(err), b.close())
}

// export never writes into a file that is there: others might be allowed to read it.
// One that breaks off is removed.
func (a *app) export(ctx context.Context, archive *identity.Archive, path string) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	counts := map[string]int{}
	stop := a.progress(func() string { return "exporting to " + path })
	left, err := writeArchive(ctx, archive, file, counts)
	stop()
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	result := struct {
		Exported map[string]int `json:"exported"`
		Left     map[string]int `json:"not_exported,omitempty"`
	}{counts, left}
	return a.print(result, func(w io.Writer) {
		for _, kind := range slices.Sorted(maps.Keys(counts)) {
			fmt.Fprintf(w, "%d of kind %s exported\n", counts[kind], kind)
		}
		for _, kind := range slices.Sorted(maps.Keys(left)) {
			fmt.Fprintf(w, "%d of kind %s not exported: it is of use here only\n", left[kind], kind)
		}
	})
}

func writeArchive(ctx context.Context, archive *identity.Archive, w io.Writer, counts map[string]int) (left map[string]int, err error) {
	buffered := bufio.NewWriter(w)
	encoder := json.NewEncoder(buffered)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(manifest{Version: identity.ArchiveVersion, Created: time.Now().UTC()}); err != nil {
		return nil, err
	}
	records := 0
	left, err = archive.Write(ctx, func(line identity.ArchiveLine) error {
		records++
		counts[line.Kind]++
		return encoder.Encode(line)
	})
	if err != nil {
		return nil, err
	}
	return left, errors.Join(encoder.Encode(manifest{End: true, Records: records}), buffered.Flush())
}
