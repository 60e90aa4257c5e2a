package template_test

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/ostiary-auth/ostiary/pkg/gateway/local"
)

// What runs on a laptop is what is deployed: the templates hold exactly the table
// that drives `ostiary serve`.
func TestRoutesAndAuthorizersAreThoseOfTheStandIn(t *testing.T) {
	t.Parallel()
	got := []local.API{httpAPI(t, transformed(t)[issuer]), restAPI(t, transformed(t)[demo])}
	want := local.Deployed()
	for _, apis := range [][]local.API{got, want} {
		for _, api := range apis {
			slices.SortFunc(api.Routes, func(a, b local.Route) int {
				return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Method, b.Method))
			})
		}
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("the stand-in's table (-) is not what the templates deploy (+):\n%s", diff)
	}
}

// RFC 9728 §5.1: given the address, a refusal says where the API describes itself.
func TestARefusalPointsToTheMetadata(t *testing.T) {
	t.Parallel()
	headers := at(transformed(t)[demo].Resources["Api"].Properties["Body"],
		"x-amazon-apigateway-gateway-responses", "UNAUTHORIZED", "responseParameters")
	header, _ := at(headers, "gatewayresponse.header.WWW-Authenticate", "Fn::If").([]any)
	if len(header) != 3 || at(header[1], "Fn::Sub") != `'Bearer resource_metadata="${ResourceMetadataUrl}"'` {
		t.Errorf("got %v", header)
	}
}

func httpAPI(t *testing.T, x template) local.API {
	api := local.API{Name: "provider", Kind: local.HTTP}
	for _, stage := range x.of("AWS::ApiGatewayV2::Stage") {
		api.Stage += stage.Properties["StageName"].(string)
	}
	for id, route := range x.of("AWS::ApiGatewayV2::Route") {
		method, path, _ := strings.Cut(route.Properties["RouteKey"].(string), " ")
		target, _ := at(route.Properties["Target"], "Fn::Sub").(string)
		target = strings.TrimSuffix(strings.TrimPrefix(target, "integrations/${"), "}")
		integration := x.Resources[target]
		if integration.Properties["PayloadFormatVersion"] != "2.0" || integration.Properties["IntegrationType"] != "AWS_PROXY" {
			t.Errorf("%s: got the integration %v", id, integration.Properties)
		}
		api.Routes = append(api.Routes, local.Route{
			Method: method, Path: path, Function: aliased(t, x, ref(integration.Properties["IntegrationUri"])),
		})
	}
	return api
}

// aliased is the function behind an alias. An integration that named the function
// itself would run $LATEST.
func aliased(t *testing.T, x template, id string) string {
	alias, ok := x.Resources[id]
	if !ok || alias.Type != "AWS::Lambda::Alias" || alias.Properties["Name"] != "live" {
		t.Errorf("%q is not the alias of a function", id)
	}
	return strings.ToLower(strings.TrimSuffix(ref(alias.Properties["FunctionName"]), "Function"))
}

func restAPI(t *testing.T, x template) local.API {
	api := local.API{Name: "demo", Kind: local.REST, Responses: map[string]local.Response{}}
	for _, stage := range x.of("AWS::ApiGateway::Stage") {
		api.Stage += stage.Properties["StageName"].(string)
	}
	body := x.Resources["Api"].Properties["Body"]
	for name, scheme := range object(at(body, "components", "securitySchemes")) {
		api.Authorizers = append(api.Authorizers, restAuthorizer(t, name, at(scheme, "x-amazon-apigateway-authorizer")))
	}
	for path, methods := range object(at(body, "paths")) {
		for method, operation := range object(methods) {
			uri, _ := at(operation, "x-amazon-apigateway-integration", "uri", "Fn::Sub").(string)
			_, alias, _ := strings.Cut(uri, "functions/${")
			route := local.Route{
				Method: strings.ToUpper(method), Path: path,
				Function: aliased(t, x, strings.TrimSuffix(alias, "}/invocations")),
			}
			security, _ := at(operation, "security").([]any)
			for _, requirement := range security {
				for name := range object(requirement) {
					if name != "NONE" { // as SAM writes that there is none
						route.Authorizer += name
					}
				}
			}
			api.Routes = append(api.Routes, route)
		}
	}
	for kind, response := range object(at(body, "x-amazon-apigateway-gateway-responses")) {
		api.Responses[kind] = gatewayResponse(t, response)
	}
	return api
}

func restAuthorizer(t *testing.T, name string, a any) local.Authorizer {
	ttl, err := strconv.Atoi(fmt.Sprint(at(a, "authorizerResultTtlInSeconds")))
	if err != nil {
		t.Error(err)
	}
	sources, _ := at(a, "identitySource").(string)
	for _, prefix := range []string{"method.request.header.", "context."} {
		sources = strings.ReplaceAll(sources, prefix, map[string]string{"context.": "$"}[prefix])
	}
	return local.Authorizer{
		Name: name, Function: demoAuthorizer(t, a), Type: strings.ToUpper(at(a, "type").(string)),
		IdentitySource: strings.Split(sources, ", "), TTL: ttl,
	}
}

// demoAuthorizer follows the authorizer's URI to the function: through the demo
// stack's parameter and the authorizer stack's output.
func demoAuthorizer(t *testing.T, a any) string {
	uri, _ := at(a, "authorizerUri", "Fn::Sub").([]any)
	if len(uri) != 2 || ref(at(uri[1], "__FunctionArn__")) != "AuthorizerAliasArn" {
		t.Errorf("got the authorizer's URI %v", uri)
	}
	if from := getAtt(nested(t)[demo]["AuthorizerAliasArn"]); from != "Authorizer.Outputs.AuthorizerAliasArn" {
		t.Errorf("the demo stack gets its authorizer from %s", from)
	}
	x := transformed(t)[authorizer]
	return aliased(t, x, ref(x.Outputs["AuthorizerAliasArn"].Value))
}

func gatewayResponse(t *testing.T, v any) local.Response {
	status, err := strconv.Atoi(fmt.Sprint(at(v, "statusCode")))
	if err != nil {
		t.Error(err)
	}
	response := local.Response{Status: status, Headers: map[string]string{}}
	for name, value := range object(at(v, "responseParameters")) {
		if branches, ok := at(value, "Fn::If").([]any); ok {
			value = branches[2] // as it is without the parameter
		}
		response.Headers[strings.TrimPrefix(name, "gatewayresponse.header.")] = value.(string)
	}
	response.Body, _ = at(v, "responseTemplates", "application/json").(string)
	return response
}

func object(v any) map[string]any {
	m, _ := v.(map[string]any)
	return m
}
