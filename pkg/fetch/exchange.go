package fetch

import (
	"context"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
)

// Answer is what a server said to a form, good or bad.
type Answer struct {
	Status    int
	MediaType string // without parameters; "" when it says none
	Body      []byte
}

// Exchange posts a form, with these headers, and returns the answer, whatever it is: of
// a token endpoint the error is in the body (RFC 6749 §5.2). It is tried once, for a code
// works once. A redirect is not followed: it could lead anywhere, with a secret.
func (c *Client) Exchange(ctx context.Context, target string, form url.Values, header http.Header) (Answer, error) {
	if err := c.checkURL(target); err != nil {
		return Answer{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, postTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, target, strings.NewReader(form.Encode()))
	if err != nil {
		return Answer{}, fmt.Errorf("fetch: %w", err)
	}
	request.Header = header.Clone()
	if request.Header == nil {
		request.Header = http.Header{}
	}
	request.Header.Set("User-Agent", "ostiary")
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := c.http.Do(request)
	if err != nil {
		return Answer{}, fmt.Errorf("fetch: %w", err)
	}
	defer response.Body.Close()
	answer := Answer{Status: response.StatusCode}
	answer.MediaType, _, _ = mime.ParseMediaType(response.Header.Get("Content-Type")) // what is none stays ""
	answer.Body, err = io.ReadAll(io.LimitReader(response.Body, MaxBodyBytes+1))
	if err == nil {
		err = ctx.Err() // as in try: an answer that was cut may look complete
	}
	if err != nil {
		return Answer{}, fmt.Errorf("fetch: %w", err)
	}
	if len(answer.Body) > MaxBodyBytes {
		return Answer{}, fmt.Errorf("fetch: %s answered with more than %d bytes", request.URL.Host, MaxBodyBytes)
	}
	return answer, nil
}
