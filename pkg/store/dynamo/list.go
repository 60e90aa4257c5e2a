package dynamo

import (
	"cmp"
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/ostiary-auth/ostiary/pkg/store"
)

// List implements store.Table. One page is one Query, which ends after 1 MB.
func (t *table) List(ctx context.Context, partition, prefix string, page store.Page) ([]store.Record, store.Page, error) {
	if (store.Key{Partition: partition, Sort: cmp.Or(prefix, "any")}).Validate() != nil {
		return nil, store.Page{}, nil
	}
	in := &dynamodb.QueryInput{
		TableName:                 &t.name,
		ConsistentRead:            aws.Bool(true),
		KeyConditionExpression:    aws.String("#pk = :pk"),
		ExpressionAttributeNames:  map[string]string{"#pk": attrPartition},
		ExpressionAttributeValues: item{":pk": text(partition)},
	}
	if prefix != "" {
		in.KeyConditionExpression = aws.String("#pk = :pk AND begins_with(#sk, :prefix)")
		in.ExpressionAttributeNames["#sk"] = attrSort
		in.ExpressionAttributeValues[":prefix"] = text(prefix)
	}
	if page.Limit > 0 {
		in.Limit = aws.Int32(int32(page.Limit))
	}
	switch { // DynamoDB refuses a start outside of what is asked for
	case strings.HasPrefix(page.After, prefix) && page.After != "":
		in.ExclusiveStartKey = keyItem(store.Key{Partition: partition, Sort: page.After})
	case page.After > prefix:
		return nil, store.Page{}, nil
	}
	ctx, cancel := context.WithTimeout(ctx, t.maxTime)
	defer cancel()
	out, err := t.client.Query(ctx, in)
	if err != nil {
		return nil, store.Page{}, failure("list "+partition+" / "+prefix, err)
	}
	var records []store.Record
	now := t.now().Unix()
	for _, i := range out.Items {
		if !item(i).expired(now) {
			records = append(records, item(i).record())
		}
	}
	if out.LastEvaluatedKey == nil {
		return records, store.Page{}, nil
	}
	return records, store.Page{Limit: page.Limit, After: item(out.LastEvaluatedKey).text(attrSort)}, nil
}
