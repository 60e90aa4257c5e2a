package identity

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/ostiary-auth/ostiary/pkg/store"
)

// attributes writes the schema, if there is one.
func (a *Archive) attributes(ctx context.Context, yield func(ArchiveLine) error) error {
	schema, version, err := a.users.loadSchema(ctx)
	if err != nil || version == "" {
		return err
	}
	record, err := json.Marshal(schema)
	if err != nil {
		return fmt.Errorf("encode attributes: %w", err)
	}
	return yield(ArchiveLine{Kind: archiveAttributes, Record: record})
}

// restoreAttributes holds a schema to what AddAttribute holds each attribute to.
func (a *Archive) restoreAttributes(ctx context.Context, line ArchiveLine) error {
	schema, err := DecodeLine[schemaRecord](line)
	if err != nil {
		return err
	}
	if len(schema.Attributes) > maxAttributes {
		return errors.New("too many attributes")
	}
	for i, attribute := range schema.Attributes {
		if err := checkAttribute(attribute); err != nil {
			return err
		}
		if i > 0 && schema.Attributes[i-1].Name >= attribute.Name {
			return errors.New("the attributes are not in order, each once")
		}
	}
	a.users.schema.forget()
	return a.Put(ctx, schemaKey(), schema, store.Put(schemaKey(), schema).IfAbsent())
}

// stillFitting leaves out what the schema no longer has, or has differently: nothing is
// brought in that could not be written here.
func (a *Archive) stillFitting(ctx context.Context, values Values) (Values, error) {
	if len(values) == 0 {
		return nil, nil
	}
	schema, err := a.users.Attributes(ctx)
	if err != nil {
		return nil, err
	}
	fit := Values{}
	for name := range values {
		if i, known := findAttribute(schema, name); known && values.Of(schema[i]) != nil {
			fit[name] = values[name]
		}
	}
	return a.users.fitted(ctx, nil, fit)
}
