package fetch

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// hookTimeout is how long somebody who signs in waits for a hook at most.
const hookTimeout = 3 * time.Second

// CallHook posts JSON as the bearer of a secret that the hook knows us by, and returns
// the answer's status and body, whatever they are. It is tried once: a hook may count
// how often it is asked. A redirect is not followed: it could lead anywhere, with what
// was posted.
func (c *Client) CallHook(ctx context.Context, target string, secret oauth.Secret, ask any) (status int, answer []byte, err error) {
	if err := c.checkURL(target); err != nil {
		return 0, nil, err
	}
	body, err := json.Marshal(ask)
	if err != nil {
		return 0, nil, fmt.Errorf("fetch: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, hookTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, target, bytes.NewReader(body))
	if err != nil {
		return 0, nil, fmt.Errorf("fetch: %w", err)
	}
	request.Header.Set("User-Agent", "ostiary")
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", "application/json")
	request.Header.Set("Authorization", "Bearer "+string(secret))
	response, err := c.http.Do(request)
	if err != nil {
		return 0, nil, fmt.Errorf("fetch: %w", err)
	}
	defer response.Body.Close()
	answer, err = io.ReadAll(io.LimitReader(response.Body, MaxBodyBytes+1))
	if err == nil {
		err = ctx.Err() // as in try: an answer that was cut may look complete
	}
	if err != nil {
		return 0, nil, fmt.Errorf("fetch: %w", err)
	}
	if len(answer) > MaxBodyBytes {
		return 0, nil, fmt.Errorf("%s answered with more than %d bytes", request.URL.Host, MaxBodyBytes)
	}
	return response.StatusCode, answer, nil
}
