package identity

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// ArchiveVersion is the version of the lines that an Archive writes.
const ArchiveVersion = 1

// Kinds of lines in an archive.
const (
	archiveSalt         = "pairwise_salt"
	archiveClient       = "client"
	archiveAttributes   = "attributes"
	archiveGroup        = "group"
	archiveUser         = "user"
	archiveConsent      = "consent"
	archiveAPIKey       = "api_key"
	archiveRegistration = "registration_token"
	archiveLinked       = "identity"
)

// Archive takes out of a provider all that lasts, and puts it into another: people with
// the hashes of their passwords, their groups, attributes, factors and identities at other
// providers, those providers, clients with the hashes of their secrets, consents, API keys,
// tokens for registration and the salt of pairwise subjects. Hashes stay hashes. What is
// sealed here could be opened nowhere else, so it is written in clear: the shared secrets
// of clients that sign by them, the keys of authenticator apps, secrets at other providers,
// and the salt. Signing keys stay here: who moves publishes new ones. Sessions and grants
// end with the provider that gave them, and so do the tokens that other providers gave.
type Archive struct {
	users    *Users
	clients  *Clients
	carriers []Carrier
}

// NewArchive is an archive of these people and clients, of what lies with them, and of
// what the carriers know.
func NewArchive(users *Users, clients *Clients, carriers ...Carrier) *Archive {
	return &Archive{users, clients, carriers}
}

// ArchiveLine is one record of an archive.
type ArchiveLine struct {
	Kind    string          `json:"kind"`
	ID      string          `json:"id,omitempty"`
	Owner   string          `json:"sub,omitempty"` // the person with whom it lies
	Record  json.RawMessage `json:"record"`
	Expires time.Time       `json:"expires,omitzero"`

	// ByUsername is somebody whose confirmed address finds somebody else.
	ByUsername bool `json:"found_by_username_only,omitempty"`

	// Clear are the secrets of a client that its record has sealed, in its order; "" for
	// one that was only hashed.
	Clear []string `json:"secrets_in_clear,omitempty"`
}

// Write yields every line. What lies with a person and is of no kind known here is
// counted in left, by the beginning of its key, and not written.
func (a *Archive) Write(ctx context.Context, yield func(ArchiveLine) error) (left map[string]int, err error) {
	a.users.trail.Record(ctx, audit.Event{Kind: audit.DataExported, Object: "archive"}) // at its beginning: one that breaks off took something, too
	if err := a.salt(ctx, yield); err != nil {
		return nil, err
	}
	if err := a.all(ctx, "client", func(r store.Record) error { return a.client(ctx, r, yield) }); err != nil {
		return nil, fmt.Errorf("export clients: %w", err)
	}
	if err := a.attributes(ctx, yield); err != nil {
		return nil, fmt.Errorf("export attributes: %w", err)
	}
	if err := a.all(ctx, "group", func(r store.Record) error { return a.group(r, yield) }); err != nil {
		return nil, fmt.Errorf("export groups: %w", err)
	}
	if err := a.others(ctx, yield); err != nil {
		return nil, err
	}
	left = map[string]int{}
	err = a.all(ctx, "username", func(r store.Record) error { return a.person(ctx, r, left, yield) })
	if err != nil {
		return nil, fmt.Errorf("export users: %w", err)
	}
	err = a.all(ctx, "api-key", func(r store.Record) error {
		return yield(ArchiveLine{Kind: archiveAPIKey, ID: r.Key.Sort, Record: r.Value, Expires: r.Expires})
	})
	if err != nil {
		return nil, fmt.Errorf("export API keys: %w", err)
	}
	tokens, err := store.All(ctx, a.users.users, registrationPartition, registrationKey("").Sort)
	if err != nil {
		return nil, fmt.Errorf("export tokens for registration: %w", err)
	}
	for _, r := range tokens {
		id := strings.TrimPrefix(r.Key.Sort, registrationKey("").Sort)
		if err := yield(ArchiveLine{Kind: archiveRegistration, ID: id, Record: r.Value, Expires: r.Expires}); err != nil {
			return nil, err
		}
	}
	return left, nil
}

// all walks the records of one kind, page after page.
func (a *Archive) all(ctx context.Context, kind string, each func(store.Record) error) error {
	for page := (store.Page{Limit: 500}); ; {
		records, next, err := shards{a.users.users, kind}.list(ctx, "", page)
		if err != nil {
			return err
		}
		for _, r := range records {
			if err := each(r); err != nil {
				return err
			}
		}
		if next == (store.Page{}) {
			return nil
		}
		page = next
	}
}

func (a *Archive) salt(ctx context.Context, yield func(ArchiveLine) error) error {
	salt, err := a.clients.pairwiseSalt(ctx)
	if isNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	record, err := json.Marshal(salt)
	if err != nil {
		return fmt.Errorf("encode salt: %w", err)
	}
	return yield(ArchiveLine{Kind: archiveSalt, Record: record})
}

func (a *Archive) client(ctx context.Context, r store.Record, yield func(ArchiveLine) error) error {
	client, err := store.Decode[oauth.Client](r)
	if err != nil {
		return err
	}
	line := ArchiveLine{Kind: archiveClient, ID: client.ID}
	for n, kept := range client.Secrets {
		clear := []byte(nil)
		if kept.Sealed != nil {
			if clear, err = a.clients.sealer.Open(ctx, kept.Sealed, sealPurpose(client)); err != nil {
				return fmt.Errorf("open the secret of client %s: %w", client.ID, err)
			}
			client.Secrets[n].Sealed = nil
		}
		line.Clear = append(line.Clear, string(clear))
	}
	if line.Record, err = json.Marshal(client); err != nil {
		return fmt.Errorf("encode client: %w", err)
	}
	return yield(line)
}

// person writes the user whose name this is, and what lies with them.
func (a *Archive) person(ctx context.Context, name store.Record, left map[string]int, yield func(ArchiveLine) error) error {
	owner, err := store.Decode[nameRecord](name)
	if err != nil {
		return err
	}
	records, err := store.All(ctx, a.users.users, Partition(owner.ID), "")
	if err != nil {
		return err
	}
	var rest []ArchiveLine
	for _, r := range records {
		kind, id, _ := strings.Cut(r.Key.Sort, "#")
		switch kind {
		case archiveUser: // first, for what lies with a person needs one
			if kept, err := store.Decode[userRecord](r); err != nil || kept.Leaving {
				return err // who is being deleted goes nowhere else
			}
			line, err := a.user(ctx, r)
			if err != nil {
				return err
			}
			if err := yield(line); err != nil {
				return err
			}
		case archiveConsent, archiveLinked:
			rest = append(rest, ArchiveLine{Kind: kind, Owner: owner.ID, ID: id, Record: r.Value, Expires: r.Expires})
		default:
			line, known, err := a.carried(ctx, r, kind, id, owner.ID)
			if err != nil {
				return err
			}
			if !known {
				left[kind]++
				continue
			}
			rest = append(rest, line)
		}
	}
	for _, line := range rest {
		if err := yield(line); err != nil {
			return err
		}
	}
	return nil
}
