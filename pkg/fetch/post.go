package fetch

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// postTimeout is longer than Timeout: nobody waits for a post, and who takes it may
// have to wake up first.
const postTimeout = 5 * time.Second

// maxAnswerBytes of a post's answer are read, so that its connection serves again.
const maxAnswerBytes = 4 << 10

// PostForm sends a form and returns the status of the answer, whatever it is; what
// else it says is not of interest. A redirect is not followed: it could lead
// anywhere, with the form. It is tried once, for only the sender knows whether it
// may arrive twice.
func (c *Client) PostForm(ctx context.Context, target string, form url.Values) (int, error) {
	if err := c.checkURL(target); err != nil {
		return 0, err
	}
	ctx, cancel := context.WithTimeout(ctx, postTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, target, strings.NewReader(form.Encode()))
	if err != nil {
		return 0, fmt.Errorf("fetch: %w", err)
	}
	request.Header.Set("User-Agent", "ostiary")
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := c.http.Do(request)
	if err != nil {
		return 0, fmt.Errorf("fetch: %w", err)
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, maxAnswerBytes)) // the status has come, and counts
	return answer.StatusCode, nil
}
