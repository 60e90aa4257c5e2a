package dynamo

import (
	"maps"

	"github.com/ostiary-auth/ostiary/pkg/store"
)

// An expression is a condition with what it refers to. Names are aliased without
// exception: DynamoDB reserves more than 500 words.
type expression struct {
	condition string
	names     map[string]string
	values    item
}

// The conditions of the port. A record is absent too when it has expired.
const (
	absent = "attribute_not_exists(#pk) OR #exp <= :now"
	live   = "(attribute_not_exists(#exp) OR #exp > :now)"
)

func conditionOf(c store.Change, now int64) expression {
	switch c.Condition {
	case store.IfAbsent:
		return expression{
			condition: absent,
			names:     map[string]string{"#pk": attrPartition, "#exp": attrExpires},
			values:    item{":now": number(now)},
		}
	case store.IfVersion:
		return expression{
			condition: "#v = :v AND " + live,
			names:     map[string]string{"#v": attrVersion, "#exp": attrExpires},
			values:    item{":now": number(now), ":v": text(c.Version)},
		}
	default:
		return expression{}
	}
}

// holds judges an item as DynamoDB would; nil is an absent one.
func holds(c store.Change, i item, now int64) bool {
	there := i != nil && !i.expired(now)
	switch c.Condition {
	case store.IfAbsent:
		return !there
	case store.IfVersion:
		return there && i.version() == c.Version
	default:
		return true
	}
}

// conditionExpression is nil for no condition, as the SDK wants it.
func (e expression) conditionExpression() *string {
	if e.condition == "" {
		return nil
	}
	return &e.condition
}

// and demands one thing more.
func (e expression) and(condition string, names map[string]string, values item) expression {
	out := expression{condition: e.condition + " AND " + condition, names: maps.Clone(e.names), values: maps.Clone(e.values)}
	maps.Copy(out.names, names)
	maps.Copy(out.values, values)
	return out
}
