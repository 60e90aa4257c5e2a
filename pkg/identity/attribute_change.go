package identity

import (
	"context"

	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// UpdateAttribute changes all of an attribute but its name. change may be called several
// times, each time with the attribute as it stands. What people have of it stays, and is
// said where it fits still. For an unknown one the error wraps store.ErrNotFound.
func (u *Users) UpdateAttribute(ctx context.Context, name string, change func(*oauth.Attribute) error) (oauth.Attribute, error) {
	var before, after oauth.Attribute
	err := u.rewriteSchema(ctx, func(s *schemaRecord) error {
		i, found := findAttribute(s.Attributes, name)
		if !found {
			return oauth.InvalidRequest.Errorf("there is no attribute %s: %w", name, store.ErrNotFound)
		}
		before, after = s.Attributes[i], s.Attributes[i]
		if err := change(&after); err != nil {
			return err
		}
		after.Name = name
		after = withAttributeDefaults(after)
		if err := checkAttribute(after); err != nil {
			return err
		}
		s.Attributes[i] = after
		return nil
	})
	if err != nil {
		return oauth.Attribute{}, err
	}
	u.trail.Record(ctx, audit.Event{Kind: audit.AttributeChanged, Object: name, Changed: audit.Changed(before, after)})
	return after, nil
}
