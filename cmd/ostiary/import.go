package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync/atomic"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/ostiary-auth/ostiary/pkg/identity"
)

// maxRecordBytes of an export's line are more than a store takes.
const maxRecordBytes = 4 << 20

// importCommand reads what exportCommand wrote.
func (a *app) importCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "import FILE",
		Short: "Read an export of users, clients, consents and API keys into this provider",
		Long: `Read what "ostiary export" wrote. Nothing is overwritten: what is there already and the same is passed over, so an
import that broke off can be done again, and what is there and different ends it. Users from elsewhere are read by
"ostiary user import".`,
		Args: cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, args []string) error {
			file, err := os.Open(args[0])
			if err != nil {
				return err
			}
			defer file.Close()
			records, err := checkExport(file)
			if err != nil {
				return fmt.Errorf("%s: %w", args[0], err)
			}
			return a.withArchive(command.Context(), func(ctx context.Context, archive *identity.Archive) error {
				return a.restore(ctx, archive, file, records)
			})
		},
	}
}

// checkExport reads to the end of an export before anything of it is taken, and says how
// many records it has.
func checkExport(file io.ReadSeeker) (records int, err error) {
	var last manifest
	n := 0
	err = eachRecord(file, func(line []byte) error {
		if n++; n > 1 {
			last = manifest{}
			_ = json.Unmarshal(line, &last) // a record is no manifest
			return nil
		}
		var first manifest
		if err := json.Unmarshal(line, &first); err != nil || first.Version == 0 {
			return errors.New("this is no export of Ostiary")
		}
		if first.Version != identity.ArchiveVersion {
			return fmt.Errorf("an export of version %d; this program knows version %d", first.Version, identity.ArchiveVersion)
		}
		return nil
	})
	switch {
	case err != nil:
		return 0, err
	case n == 0:
		return 0, errors.New("this is no export of Ostiary")
	case !last.End || last.Records != n-2:
		return 0, errors.New("the file was cut, or lines are missing")
	}
	_, err = file.Seek(0, io.SeekStart)
	return last.Records, err
}

func eachRecord(r io.Reader, each func([]byte) error) error {
	scanner := bufio.NewScanner(r)
	scanner.Buffer(nil, maxRecordBytes)
	for scanner.Scan() {
		if err := each(scanner.Bytes()); err != nil {
			return err
		}
	}
	return scanner.Err()
}

// restore takes the records in, several people at once; what lies with a person comes
// after them, and people after all that they may name: groups, attributes, clients.
func (a *app) restore(ctx context.Context, archive *identity.Archive, file io.Reader, records int) error {
	archive.Begin(ctx)
	var done atomic.Int64
	stop := a.progress(func() string { return share(done.Load(), int64(max(records, 1))) + "imported" })
	whole := ctx
	group, ctx := errgroup.WithContext(whole)
	group.SetLimit(parallelImports)
	people := false
	var together []identity.ArchiveLine
	flush := func() {
		lines := together
		together = nil
		group.Go(func() error {
			for _, line := range lines {
				if err := archive.Restore(ctx, line); err != nil {
					return err
				}
				done.Add(1)
			}
			return nil
		})
	}
	n := 0
	err := eachRecord(file, func(content []byte) error {
		if n++; n == 1 || n == records+2 {
			return ctx.Err()
		}
		var line identity.ArchiveLine
		decoder := json.NewDecoder(bytes.NewReader(content))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&line); err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
		if line.Owner == "" {
			flush()
		}
		if line.Kind == "user" && !people {
			people = true
			if group.Wait() != nil {
				return ctx.Err()
			}
			group, ctx = errgroup.WithContext(whole)
			group.SetLimit(parallelImports)
		}
		together = append(together, line)
		return ctx.Err()
	})
	flush()
	failure := group.Wait()
	stop()
	if err := errors.Join(failure, err); err != nil {
		return err
	}
	return a.print(map[string]int64{"imported": done.Load()}, func(w io.Writer) { fmt.Fprintf(w, "%s imported\n", counted(done.Load(), "record")) })
}
