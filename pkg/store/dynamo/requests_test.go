package dynamo_test

import (
	"context"
	"errors"
	"regexp"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go/middleware"

	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/ostiary-auth/ostiary/pkg/store"
	"github.com/ostiary-auth/ostiary/pkg/store/dynamo"
	"github.com/ostiary-auth/ostiary/pkg/store/storetest"
	"github.com/ostiary-auth/ostiary/test/dynamodb"
)

// TestF12F13F17EveryRequest looks at every request that the whole suite causes:
// strongly consistent (F13), of the table itself, never of an index and never a
// scan (F12), with every attribute name aliased (F17).
func TestF12F13F17EveryRequest(t *testing.T) {
	server := dynamodb.Start(t)
	cfg := server.Config()
	cfg.APIOptions = append(cfg.APIOptions, func(stack *middleware.Stack) error {
		return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("look", func(
			ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler,
		) (middleware.InitializeOutput, middleware.Metadata, error) {
			look(t, in.Parameters)
			return next.HandleInitialize(ctx, in)
		}), middleware.Before)
	})
	client := dynamo.NewClient(cfg)
	storetest.Run(t, func(t *testing.T) store.Table {
		return dynamo.NewAt(client, server.Table(t), time.Now, patience)
	})
}

func look(t *testing.T, request any) {
	switch in := request.(type) {
	case *sdk.GetItemInput:
		if !aws.ToBool(in.ConsistentRead) {
			t.Error("GetItem is not strongly consistent")
		}
	case *sdk.QueryInput:
		if !aws.ToBool(in.ConsistentRead) || in.IndexName != nil {
			t.Error("Query is not strongly consistent, or of an index")
		}
		aliased(t, in.KeyConditionExpression)
		aliased(t, in.FilterExpression)
	case *sdk.PutItemInput:
		aliased(t, in.ConditionExpression)
	case *sdk.DeleteItemInput:
		aliased(t, in.ConditionExpression)
	case *sdk.UpdateItemInput:
		aliased(t, in.ConditionExpression)
		aliased(t, in.UpdateExpression)
	case *sdk.TransactWriteItemsInput:
		if aws.ToString(in.ClientRequestToken) == "" {
			t.Error("a transaction without a token of ours")
		}
		for _, i := range in.TransactItems {
			aliased(t, condition(i))
		}
	default:
		t.Errorf("%T is none of the port's requests", request)
	}
}

func condition(i types.TransactWriteItem) *string {
	switch {
	case i.Put != nil:
		return i.Put.ConditionExpression
	case i.Delete != nil:
		return i.Delete.ConditionExpression
	default:
		return i.ConditionCheck.ConditionExpression
	}
}

var (
	bareWord = regexp.MustCompile(`(?:^|[^#:\w])([A-Za-z_]\w*)`)
	keyword  = regexp.MustCompile(`^(AND|OR|SET|ADD|REMOVE|attribute_exists|attribute_not_exists|begins_with)$`)
)

func aliased(t *testing.T, expression *string) {
	for _, word := range bareWord.FindAllStringSubmatch(aws.ToString(expression), -1) {
		if !keyword.MatchString(word[1]) {
			t.Errorf("%q has the bare name %s", *expression, word[1])
		}
	}
}

// TestF14ExpiredButNotCollected: DynamoDB removes what has expired days late.
func TestF14ExpiredButNotCollected(t *testing.T) {
	server := dynamodb.Start(t)
	name := server.Table(t)
	now := time.Now()
	table := dynamo.NewAt(server.Client(), name, func() time.Time { return now }, patience)
	if err := table.Write(t.Context(), store.Put(k, "x").Until(now.Add(time.Hour))); err != nil {
		t.Fatal(err)
	}
	now = now.Add(time.Hour + time.Second)
	out, err := server.Client().GetItem(t.Context(), &sdk.GetItemInput{TableName: &name, Key: map[string]types.AttributeValue{
		"pk": &types.AttributeValueMemberS{Value: k.Partition}, "sk": &types.AttributeValueMemberS{Value: k.Sort},
	}})
	if err != nil || out.Item == nil {
		t.Fatalf("the item is gone: %v", err)
	}
	if _, err := table.Get(t.Context(), k); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("get: %v, want ErrNotFound", err)
	}
}
