package dynamo

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/ostiary-auth/ostiary/pkg/store"
)

func (w *write) transact() func(context.Context) error {
	in := &dynamodb.TransactWriteItemsInput{ClientRequestToken: &w.id}
	for _, c := range w.changes {
		in.TransactItems = append(in.TransactItems, w.transactItem(c))
	}
	return func(ctx context.Context) error {
		_, err := w.client.TransactWriteItems(ctx, in)
		return err
	}
}

func (w *write) transactItem(c store.Change) types.TransactWriteItem {
	const allOld = types.ReturnValuesOnConditionCheckFailureAllOld
	e := conditionOf(c, w.at)
	switch c.Op {
	case store.OpPut:
		return types.TransactWriteItem{Put: &types.Put{
			TableName:                           &w.name,
			Item:                                putItem(c, w.id),
			ConditionExpression:                 e.conditionExpression(),
			ExpressionAttributeNames:            e.names,
			ExpressionAttributeValues:           e.values,
			ReturnValuesOnConditionCheckFailure: allOld,
		}}
	case store.OpDelete:
		return types.TransactWriteItem{Delete: &types.Delete{
			TableName:                           &w.name,
			Key:                                 keyItem(c.Key),
			ConditionExpression:                 e.conditionExpression(),
			ExpressionAttributeNames:            e.names,
			ExpressionAttributeValues:           e.values,
			ReturnValuesOnConditionCheckFailure: allOld,
		}}
	default:
		return types.TransactWriteItem{ConditionCheck: &types.ConditionCheck{
			TableName:                           &w.name,
			Key:                                 keyItem(c.Key),
			ConditionExpression:                 e.conditionExpression(),
			ExpressionAttributeNames:            e.names,
			ExpressionAttributeValues:           e.values,
			ReturnValuesOnConditionCheckFailure: allOld,
		}}
	}
}
