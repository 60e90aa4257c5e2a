package eventbridge_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	sdk "github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/audit/eventbridge"
	"github.com/ostiary-auth/ostiary/pkg/store/dynamo"
	"github.com/ostiary-auth/ostiary/test/moto"
)

const issuer = "https://id.example.com"

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// stream is what Lambda would hand over of these items.
func stream(t testing.TB, images ...string) (s eventbridge.Stream) {
	t.Helper()
	var records []string
	for n, image := range images {
		records = append(records, fmt.Sprintf(`{"eventID":"e%d","eventName":"INSERT","dynamodb":{"SequenceNumber":"%d","NewImage":%s}}`, n, n, image))
	}
	must(t, json.Unmarshal([]byte(`{"Records":[`+strings.Join(records, ",")+`]}`), &s))
	return s
}

// image is an item with an event, as a stream shows it.
func image(t testing.TB, e audit.Event) string {
	t.Helper()
	event, err := json.Marshal(e)
	must(t, err)
	text, err := json.Marshal(string(event))
	must(t, err)
	return `{"pk":{"S":"time#2026-11-23#1"},"sk":{"S":"x"},"d":{"S":` + string(text) + `},"exp":{"N":"1"}}`
}

// bus answers as EventBridge does: it takes the entries that take says yes to.
func bus(t testing.TB, take func(n int) bool) (aws.Config, *[]string) {
	t.Helper()
	taken, n := &[]string{}, 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			Entries []struct{ Detail, DetailType, Source, EventBusName string }
		}
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil || len(in.Entries) == 0 || len(in.Entries) > 10 {
			t.Errorf("got %d entries %v", len(in.Entries), err)
		}
		var out struct {
			FailedEntryCount int
			Entries          []map[string]string
		}
		for _, entry := range in.Entries {
			if n++; !take(n - 1) {
				out.FailedEntryCount++
				out.Entries = append(out.Entries, map[string]string{"ErrorCode": "ThrottlingException"})
				continue
			}
			*taken = append(*taken, entry.EventBusName+" "+entry.Source+" "+entry.DetailType)
			out.Entries = append(out.Entries, map[string]string{"EventId": fmt.Sprint(n)})
		}
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		_ = json.NewEncoder(w).Encode(out)
	}))
	t.Cleanup(server.Close)
	cfg := moto.Config(server.URL)
	cfg.RetryMaxAttempts = 1
	return cfg, taken
}

func TestWhatTheBusDoesNotTakeComesAgain(t *testing.T) {
	var images []string
	for n := range 25 {
		images = append(images, image(t, audit.Event{ID: fmt.Sprint(n), Kind: audit.UserCreated}))
	}
	for name, c := range map[string]struct {
		take  func(int) bool
		want  []eventbridge.Failure
		taken int
	}{
		"it takes all":              {take: func(int) bool { return true }, want: []eventbridge.Failure{}, taken: 25},
		"not the first":             {take: func(n int) bool { return n != 0 }, want: []eventbridge.Failure{{Record: "0"}}, taken: 9},
		"not one of the second ten": {take: func(n int) bool { return n != 14 }, want: []eventbridge.Failure{{Record: "14"}}, taken: 19},
		"none of the last":          {take: func(n int) bool { return n < 20 }, want: []eventbridge.Failure{{Record: "20"}}, taken: 20},
	} {
		t.Run(name, func(t *testing.T) {
			cfg, taken := bus(t, c.take)
			p := eventbridge.Open(cfg, "events", issuer, slog.New(slog.DiscardHandler))
			answer, err := p.Publish(t.Context(), stream(t, images...))
			must(t, err)
			if !slices.Equal(answer.Failures, c.want) || len(*taken) != c.taken {
				t.Errorf("got %+v, and %d taken", answer, len(*taken))
			}
			for _, each := range *taken {
				if each != "events ostiary.audit user.created" {
					t.Errorf("got %s", each)
				}
			}
		})
	}
	t.Run("nobody is there", func(t *testing.T) {
		cfg := moto.Config("http://127.0.0.1:1")
		cfg.RetryMaxAttempts = 1
		answer, err := eventbridge.Open(cfg, "events", issuer, slog.New(slog.DiscardHandler)).Publish(t.Context(), stream(t, images...))
		if err != nil || !slices.Equal(answer.Failures, []eventbridge.Failure{{Record: "0"}}) {
			t.Errorf("got %+v %v", answer, err)
		}
	})
}

// A record that is no event is told of and passed over: it would come again for a day.
func TestWhatIsNoEventHoldsUpNothing(t *testing.T) {
	cfg, taken := bus(t, func(int) bool { return true })
	var lines bytes.Buffer
	good := image(t, audit.Event{ID: "1", Kind: audit.UserCreated})
	answer, err := eventbridge.Open(cfg, "events", "", slog.New(slog.NewTextHandler(&lines, nil))).
		Publish(t.Context(), stream(t, `{"d":{"S":"{"}}`, good, `{}`, `{"d":{"S":"{}"}}`, good, `{"d":{"N":"1"}}`))
	must(t, err)
	if len(answer.Failures) != 0 || len(*taken) != 2 || strings.Count(lines.String(), "is no event") != 4 {
		t.Errorf("got %+v, %v\n%s", answer, *taken, lines.String())
	}
	if answer, err := eventbridge.Open(cfg, "events", "", slog.New(slog.DiscardHandler)).Publish(t.Context(), stream(t)); err != nil || answer.Failures == nil {
		t.Errorf("of nothing: got %+v %v", answer, err) // Lambda takes null for a failure of all
	}
}

// What the trail writes into a table, taken from there as the stream shows it, arrives at
// whoever has a rule for it.
func TestAnEventGoesFromTheTrailToARule(t *testing.T) {
	endpoint := moto.Start(t)
	cfg, ctx := moto.Config(endpoint), t.Context()
	tables := dynamo.NewClient(cfg)
	must(t, dynamo.Create(ctx, tables, "audit"))
	queue := sqs{endpoint}
	address := queue.call(t, "CreateQueue", map[string]any{"QueueName": "events"})["QueueUrl"]
	client := sdk.NewFromConfig(cfg)
	_, err := client.CreateEventBus(ctx, &sdk.CreateEventBusInput{Name: aws.String("security")})
	must(t, err)
	_, err = client.PutRule(ctx, &sdk.PutRuleInput{
		Name: aws.String("locked"), EventBusName: aws.String("security"),
		EventPattern: aws.String(`{"source":["ostiary.audit"],"detail-type":["sign_in.locked"],"detail":{"sub":["alice"]}}`),
	})
	must(t, err)
	_, err = client.PutTargets(ctx, &sdk.PutTargetsInput{
		Rule: aws.String("locked"), EventBusName: aws.String("security"),
		Targets: []types.Target{{Id: aws.String("queue"), Arn: aws.String("arn:aws:sqs:eu-central-1:123456789012:events")}},
	})
	must(t, err)

	trail := audit.New(dynamo.New(tables, "audit"), slog.New(slog.DiscardHandler), audit.Options{})
	trail.Record(ctx, audit.Event{Kind: audit.SignInLocked, Outcome: audit.Refused, Subject: "alice", Address: "192.0.2.1"})
	trail.Record(ctx, audit.Event{Kind: audit.SignInFailed, Outcome: audit.Refused, Subject: "alice"})
	s := stream(t, timeline(t, tables)...)
	answer, err := eventbridge.Open(cfg, "security", issuer, slog.New(slog.DiscardHandler)).Publish(ctx, s)
	must(t, err)
	if len(answer.Failures) != 0 || len(s.Records) != 2 {
		t.Fatalf("got %+v of %d records", answer, len(s.Records))
	}
	messages, _ := queue.call(t, "ReceiveMessage", map[string]any{"QueueUrl": address, "MaxNumberOfMessages": 10})["Messages"].([]any)
	if len(messages) != 1 {
		t.Fatalf("got %v", messages)
	}
	var got struct {
		Source    string      `json:"source"`
		Type      string      `json:"detail-type"`
		Resources []string    `json:"resources"`
		Detail    audit.Event `json:"detail"`
	}
	body, _ := messages[0].(map[string]any)["Body"].(string)
	must(t, json.Unmarshal([]byte(body), &got))
	if got.Source != eventbridge.Source || got.Type != "sign_in.locked" || !slices.Equal(got.Resources, []string{issuer}) ||
		got.Detail.Subject != "alice" || got.Detail.Address != "192.0.2.1" || got.Detail.ID == "" {
		t.Errorf("got %s", body)
	}
}

// timeline returns the items that the stream's filter lets pass, as a stream shows them.
func timeline(t testing.TB, client *dynamodb.Client) (images []string) {
	t.Helper()
	items, err := client.Scan(t.Context(), &dynamodb.ScanInput{TableName: aws.String("audit")})
	must(t, err)
	for _, item := range items.Items {
		encoded, err := json.Marshal(item)
		must(t, err)
		// The SDK's types marshal as {"Value": "..."}; a stream says {"S": "..."}.
		if text := strings.ReplaceAll(string(encoded), `{"Value":`, `{"S":`); strings.Contains(text, `"pk":{"S":"time#`) {
			images = append(images, text)
		}
	}
	return images
}

// sqs is a queue of moto's, spoken to by hand: the product knows no queue.
type sqs struct{ endpoint string }

func (q sqs) call(t testing.TB, action string, in map[string]any) (out map[string]any) {
	t.Helper()
	body, err := json.Marshal(in)
	must(t, err)
	r, err := http.NewRequestWithContext(context.WithoutCancel(t.Context()), http.MethodPost, q.endpoint, bytes.NewReader(body))
	must(t, err)
	r.Header.Set("X-Amz-Target", "AmazonSQS."+action)
	r.Header.Set("Content-Type", "application/x-amz-json-1.0")
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=test/20260101/eu-central-1/sqs/aws4_request, SignedHeaders=host, Signature=0")
	response, err := http.DefaultClient.Do(r)
	must(t, err)
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	must(t, err)
	if err := json.Unmarshal(answer, &out); err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d %s", action, response.StatusCode, answer)
	}
	return out
}
