package local

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
)

// response is what goes back to the caller.
type response struct {
	status int
	header http.Header
	body   []byte
}

func (r response) send(w http.ResponseWriter) {
	maps.Copy(w.Header(), r.header)
	w.WriteHeader(r.status)
	_, _ = w.Write(r.body) // a caller that went away is nobody's failure
}

// message is the plain JSON answer of API Gateway itself.
func message(status int, text string) response {
	body, _ := json.Marshal(map[string]string{"message": text})
	return response{status, http.Header{"Content-Type": {"application/json"}}, body}
}

func (k Kind) timeout() time.Duration {
	if k == REST {
		return 29 * time.Second
	}
	return 30 * time.Second
}

func (k Kind) timedOut() response {
	if k == REST {
		return message(http.StatusGatewayTimeout, "Endpoint request timed out")
	}
	return message(http.StatusServiceUnavailable, "Service Unavailable")
}

func (k Kind) failed() response {
	if k == REST {
		return message(http.StatusBadGateway, "Internal server error")
	}
	return message(http.StatusInternalServerError, "Internal Server Error")
}

// read takes a function's answer. An HTTP API takes anything for a body that has
// no statusCode; a REST API takes nothing but the form.
func (k Kind) read(answer []byte) (response, error) {
	var a struct {
		StatusCode        int                 `json:"statusCode"`
		Headers           map[string]string   `json:"headers"`
		MultiValueHeaders map[string][]string `json:"multiValueHeaders"`
		Cookies           []string            `json:"cookies"`
		Body              string              `json:"body"`
		IsBase64Encoded   bool                `json:"isBase64Encoded"`
	}
	if k == GraphQL {
		return resolved(answer)
	}
	err := json.Unmarshal(answer, &a)
	if k == HTTP && a.StatusCode == 0 && json.Valid(answer) {
		return response{http.StatusOK, http.Header{"Content-Type": {"application/json"}}, answer}, nil
	}
	if err != nil || a.StatusCode < 200 || a.StatusCode > 599 {
		return response{}, errors.New("malformed Lambda proxy response")
	}
	r := response{a.StatusCode, http.Header{}, []byte(a.Body)}
	for name, value := range a.Headers {
		r.header.Set(name, value)
	}
	switch k {
	case HTTP:
		for _, cookie := range a.Cookies {
			r.header.Add("Set-Cookie", cookie)
		}
	case REST:
		for name, values := range a.MultiValueHeaders { // format 2.0 knows no such member
			r.header[http.CanonicalHeaderKey(name)] = slices.Clone(values)
		}
		if challenge, ok := r.header["Www-Authenticate"]; ok { // REST APIs keep this header for themselves
			r.header["X-Amzn-Remapped-Www-Authenticate"] = challenge
			r.header.Del("WWW-Authenticate")
		}
	}
	if a.IsBase64Encoded {
		if r.body, err = base64.StdEncoding.DecodeString(a.Body); err != nil {
			return response{}, errors.New("malformed Lambda proxy response: isBase64Encoded")
		}
	}
	if r.header.Get("Content-Type") == "" {
		r.header.Set("Content-Type", "text/plain;charset=UTF-8")
	}
	return r, nil
}

// refusal answers a request that did not pass. An HTTP API's refusals are bare; a
// REST API's are its gateway responses.
func (s *standIn) refusal(ctx context.Context, r *request, err error) response {
	switch {
	case r.api.Kind == GraphQL && (errors.Is(err, errUnauthorized) || errors.Is(err, errDenied)):
		return notAuthorized()
	case errors.Is(err, errUnauthorized):
		return r.gatewayResponse("UNAUTHORIZED", message(http.StatusUnauthorized, "Unauthorized"))
	case errors.Is(err, errDenied) && r.api.Kind != HTTP:
		return r.gatewayResponse("ACCESS_DENIED",
			message(http.StatusForbidden, "User is not authorized to access this resource"))
	case errors.Is(err, errDenied):
		return message(http.StatusForbidden, "Forbidden")
	}
	s.log.ErrorContext(ctx, "authorizer failed", "request_id", r.id, "err", err)
	if r.api.Kind == REST {
		return r.gatewayResponse("AUTHORIZER_FAILURE", message(http.StatusInternalServerError, "Internal server error"))
	}
	return message(http.StatusInternalServerError, "Internal Server Error")
}

var contextVariable = regexp.MustCompile(`\$?context\.[A-Za-z0-9_.]+`)

// gatewayResponse renders the API's response of the type, or the standard one.
func (r *request) gatewayResponse(kind string, standard response) response {
	template, ok := r.api.Responses[kind]
	if !ok {
		return standard
	}
	var text struct {
		Message string `json:"message"`
	}
	_ = json.Unmarshal(standard.body, &text) // message() made it
	variable := func(name string) string {
		name = strings.TrimPrefix(name, "$")
		switch name {
		case "context.error.message":
			return text.Message
		case "context.error.messageString":
			return fmt.Sprintf("%q", text.Message)
		}
		if value, ok := r.authorizer[strings.TrimPrefix(name, "context.authorizer.")]; ok {
			return fmt.Sprint(value)
		}
		return ""
	}
	header := http.Header{"Content-Type": {"application/json"}}
	for name, value := range template.Headers {
		if quoted, ok := strings.CutPrefix(value, "'"); ok {
			value = strings.TrimSuffix(quoted, "'")
		} else {
			value = variable(value)
		}
		if value != "" {
			header.Set(name, value)
		}
	}
	return response{template.Status, header, []byte(contextVariable.ReplaceAllStringFunc(template.Body, variable))}
}
