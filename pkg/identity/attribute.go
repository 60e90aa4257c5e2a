package identity

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/kept"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// maxAttributes keeps the schema, which is one record, readable at once.
const maxAttributes = 50

// schemaRecord is all attributes that people may have, in the order of their names.
type schemaRecord struct {
	Attributes []oauth.Attribute `json:"attributes"`
}

func schemaKey() store.Key { return store.Key{Partition: "attributes", Sort: "schema"} }

// Attributes returns the attributes that people may have, as they are now.
func (u *Users) Attributes(ctx context.Context) ([]oauth.Attribute, error) {
	schema, _, err := u.loadSchema(ctx)
	return schema.Attributes, err
}

func (u *Users) loadSchema(ctx context.Context) (schemaRecord, string, error) {
	schema, version, err := store.Load[schemaRecord](ctx, u.users, schemaKey())
	if isNotFound(err) {
		return schemaRecord{}, "", nil
	}
	return schema, version, wrap("load attributes", err)
}

// AddAttribute makes an attribute, with defaults filled in. The error wraps ErrTaken when
// there is one of its name.
func (u *Users) AddAttribute(ctx context.Context, a oauth.Attribute) (oauth.Attribute, error) {
	a = withAttributeDefaults(a)
	if err := checkAttribute(a); err != nil {
		return oauth.Attribute{}, err
	}
	err := u.rewriteSchema(ctx, func(s *schemaRecord) error {
		i, taken := findAttribute(s.Attributes, a.Name)
		switch {
		case taken:
			return oauth.InvalidRequest.Errorf("there is an attribute %s already: %w", a.Name, ErrTaken)
		case len(s.Attributes) == maxAttributes:
			return oauth.InvalidRequest.Errorf("there are %d attributes already, which is as many as there can be", maxAttributes)
		}
		s.Attributes = slices.Insert(s.Attributes, i, a)
		return nil
	})
	if err != nil {
		return oauth.Attribute{}, err
	}
	u.trail.Record(ctx, audit.Event{Kind: audit.AttributeMade, Object: a.Name})
	return a, nil
}

// DeleteAttribute takes an attribute out of the schema: from then on no token says it.
// What people have of it goes when their records are next written. For an unknown one the
// error wraps store.ErrNotFound.
func (u *Users) DeleteAttribute(ctx context.Context, name string) error {
	err := u.rewriteSchema(ctx, func(s *schemaRecord) error {
		i, found := findAttribute(s.Attributes, name)
		if !found {
			return oauth.InvalidRequest.Errorf("there is no attribute %s: %w", name, store.ErrNotFound)
		}
		s.Attributes = slices.Delete(s.Attributes, i, i+1)
		return nil
	})
	if err == nil {
		u.trail.Record(ctx, audit.Event{Kind: audit.AttributeDeleted, Object: name})
	}
	return err
}

func (u *Users) rewriteSchema(ctx context.Context, change func(*schemaRecord) error) error {
	for {
		schema, version, err := u.loadSchema(ctx)
		if err != nil {
			return err
		}
		if err := change(&schema); err != nil {
			return err
		}
		put := store.Put(schemaKey(), schema).IfAbsent()
		if version != "" {
			put = store.Put(schemaKey(), schema).IfVersion(version)
		}
		err = u.users.Write(ctx, put)
		if !outrun(err, schemaKey()) {
			u.schema.forget()
			return wrap("change attributes", err)
		}
	}
}

func findAttribute(schema []oauth.Attribute, name string) (int, bool) {
	return slices.BinarySearchFunc(schema, name, func(a oauth.Attribute, name string) int {
		switch {
		case a.Name < name:
			return -1
		case a.Name > name:
			return 1
		}
		return 0
	})
}

// schemaAge is how long an instance may not know of another attribute.
const schemaAge = 10 * time.Second

// keptSchema remembers the schema for who says claims. Whoever writes values reads it.
type keptSchema struct {
	mu         sync.Mutex
	attributes []oauth.Attribute
	read       time.Time // zero: never
}

func (k *keptSchema) forget() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.read = time.Time{}
}

// KnownAttributes is Attributes of at most ten seconds ago. When the table cannot be
// read, an older answer is better than none: the schema decides what is said, and the
// scope who hears it. The list is shared, and must not be changed.
func (u *Users) KnownAttributes(ctx context.Context) ([]oauth.Attribute, error) {
	u.schema.mu.Lock()
	known, read := u.schema.attributes, u.schema.read
	u.schema.mu.Unlock()
	now := u.now().Round(0)
	if !read.IsZero() && kept.Apart(read, now) < schemaAge {
		return known, nil
	}
	found, err := u.Attributes(ctx)
	if errors.Is(err, store.ErrUnavailable) && !read.IsZero() && ctx.Err() == nil {
		return known, nil
	}
	if err != nil {
		return nil, fmt.Errorf("know attributes: %w", err)
	}
	u.schema.mu.Lock()
	defer u.schema.mu.Unlock()
	u.schema.attributes, u.schema.read = found, now
	return found, nil
}
