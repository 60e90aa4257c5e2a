package dynamo

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/ostiary-auth/ostiary/pkg/store"
)

// add is the update of a counter that is open and has room.
func (c *counting) add() *dynamodb.UpdateItemInput {
	e := c.whenOpen()
	switch {
	case c.delta < 0:
		e = e.and("#n >= :room", nil, item{":room": number(-c.delta)})
	case c.limit.Max > 0:
		e = e.and("#n <= :room", nil, item{":room": number(c.limit.Max - c.delta)})
	}
	e.values[":delta"] = number(c.delta)
	return e.update("SET #v = :id ADD #n :delta")
}

// empty is the update of a counter that would go below zero.
func (c *counting) empty() *dynamodb.UpdateItemInput {
	e := c.whenOpen().and("#n < :room", nil, item{":room": number(-c.delta), ":zero": number(0)})
	return e.update("SET #v = :id, #n = :zero")
}

// begin is the update where no counter is, or one whose window has passed.
func (c *counting) begin() *dynamodb.UpdateItemInput {
	e := expression{
		condition: absent,
		names: map[string]string{
			"#pk": attrPartition, "#exp": attrExpires, "#v": attrVersion, "#n": attrCount, "#d": attrValue,
		},
		values: item{":now": number(c.at.Unix()), ":id": text(c.id), ":delta": number(c.delta)},
	}
	if c.limit.Window == 0 {
		return e.update("SET #v = :id, #n = :delta REMOVE #d, #exp")
	}
	e.values[":exp"] = number(store.Change{}.Until(c.at.Add(c.limit.Window)).Expires.Unix())
	return e.update("SET #v = :id, #n = :delta, #exp = :exp REMOVE #d")
}

// whenOpen is the condition of an open counter that this counting has not touched.
func (c *counting) whenOpen() expression {
	return expression{
		condition: "attribute_exists(#n) AND #v <> :id AND " + live,
		names:     map[string]string{"#n": attrCount, "#v": attrVersion, "#exp": attrExpires},
		values:    item{":now": number(c.at.Unix()), ":id": text(c.id)},
	}
}

func (e expression) update(update string) *dynamodb.UpdateItemInput {
	return &dynamodb.UpdateItemInput{
		UpdateExpression:          aws.String(update),
		ConditionExpression:       &e.condition,
		ExpressionAttributeNames:  e.names,
		ExpressionAttributeValues: e.values,
	}
}
