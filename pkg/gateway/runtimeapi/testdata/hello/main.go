// Command hello is the smallest function that there is: the floor of cold starts,
// and, told by its event, what functions do wrong.
package main

import (
	"context"
	"errors"
	"os"
	"strings"

	"github.com/aws/aws-lambda-go/lambda"
)

type hello struct{}

func (hello) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	switch string(payload) {
	case `"fail"`:
		return nil, errors.New("Unauthorized")
	case `"panic"`:
		panic("out of cheese")
	case `"exit"`:
		os.Exit(3)
	case `"hang"`:
		<-ctx.Done()
		return nil, ctx.Err()
	case `"large"`:
		return []byte(strings.Repeat("x", 7<<20)), nil
	}
	return payload, nil
}

func main() {
	if os.Getenv("INIT") == "fail" {
		println("no key")
		os.Exit(1)
	}
	lambda.Start(hello{})
}
