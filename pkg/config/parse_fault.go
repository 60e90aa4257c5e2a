package config

import (
	"errors"
	"reflect"
	"time"

	"github.com/caarlos0/env/v11"
)

// parseFault names a variable that does not hold its type, where the parser knows the
// field alone. The value is not told: it may be another variable's secret.
func parseFault(err error) string {
	var wrong env.ParseError
	if !errors.As(err, &wrong) {
		return err.Error()
	}
	field, ok := reflect.TypeFor[Config]().FieldByName(wrong.Name)
	if !ok {
		return err.Error()
	}
	name := field.Tag.Get("env")
	switch {
	case field.Type == reflect.TypeFor[time.Duration]():
		return name + " must be a duration, such as 90s, 15m or 24h"
	case field.Type.Kind() == reflect.Int:
		return name + " must be a whole number"
	case field.Type.Kind() == reflect.Bool:
		return name + " must be true or false"
	}
	return name + " cannot be read as what it is for"
}
