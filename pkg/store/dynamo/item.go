package dynamo

import (
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/ostiary-auth/ostiary/pkg/store"
)

// The attributes of an item.
const (
	attrPartition = "pk"  // S
	attrSort      = "sk"  // S
	attrVersion   = "v"   // S, the id of the write that left it so
	attrValue     = "d"   // S, JSON; of a record that was put
	attrCount     = "n"   // N; of a counter
	attrExpires   = "exp" // N, seconds; the table's TTL attribute
)

// An item is a record as DynamoDB has it.
type item map[string]types.AttributeValue

func keyItem(key store.Key) item {
	return item{attrPartition: text(key.Partition), attrSort: text(key.Sort)}
}

func putItem(c store.Change, version string) item {
	i := keyItem(c.Key)
	i[attrVersion] = text(version)
	i[attrValue] = text(string(c.Value))
	if !c.Expires.IsZero() {
		i[attrExpires] = number(c.Expires.Unix())
	}
	return i
}

// record is what a caller sees of the item. A counter's value is its count.
func (i item) record() store.Record {
	r := store.Record{
		Key:     store.Key{Partition: i.text(attrPartition), Sort: i.text(attrSort)},
		Value:   []byte(i.text(attrValue)),
		Version: i.version(),
	}
	if n, ok := i[attrCount].(*types.AttributeValueMemberN); ok {
		r.Value = []byte(n.Value)
	}
	if exp, ok := i.number(attrExpires); ok {
		r.Expires = time.Unix(exp, 0)
	}
	return r
}

func (i item) version() string { return i.text(attrVersion) }

// expired is asked of every item that is read: the table's TTL only collects
// garbage, days late.
func (i item) expired(now int64) bool {
	exp, ok := i.number(attrExpires)
	return ok && exp <= now
}

func (i item) text(name string) string {
	if s, ok := i[name].(*types.AttributeValueMemberS); ok {
		return s.Value
	}
	return ""
}

func (i item) number(name string) (int64, bool) {
	n, ok := i[name].(*types.AttributeValueMemberN)
	if !ok {
		return 0, false
	}
	value, err := strconv.ParseInt(n.Value, 10, 64)
	return value, err == nil
}

func text(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

func number[N int | int64](n N) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(int64(n), 10)}
}
