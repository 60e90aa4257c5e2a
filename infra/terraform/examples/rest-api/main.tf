# A REST API behind the authorizer, with the challenges that only a REST API can send.

variable "issuer" {
  type = string
}

variable "audience" {
  type = list(string)
}

module "authorizer" {
  source = "../../authorizer"

  zip            = "${path.root}/../../../../build/authorizer.zip"
  issuer         = var.issuer
  audience       = var.audience
  result_ttl     = 10
  execution_arns = { pets = aws_api_gateway_rest_api.pets.execution_arn }
}

resource "aws_api_gateway_rest_api" "pets" {
  name = "pets"
}

resource "aws_api_gateway_authorizer" "ostiary" {
  name                             = "ostiary"
  rest_api_id                      = aws_api_gateway_rest_api.pets.id
  type                             = "REQUEST" # TOKEN would tell it neither headers nor certificate
  authorizer_uri                   = module.authorizer.invoke_arn
  identity_source                  = "method.request.header.Authorization"
  authorizer_result_ttl_in_seconds = 10
}

resource "aws_api_gateway_gateway_response" "unauthorized" {
  rest_api_id         = aws_api_gateway_rest_api.pets.id
  response_type       = "UNAUTHORIZED"
  status_code         = "401"
  response_parameters = { "gatewayresponse.header.WWW-Authenticate" = "'Bearer'" }
}

resource "aws_api_gateway_gateway_response" "denied" {
  rest_api_id         = aws_api_gateway_rest_api.pets.id
  response_type       = "ACCESS_DENIED"
  status_code         = "403"
  response_parameters = { "gatewayresponse.header.WWW-Authenticate" = "context.authorizer.challenge" }
}

# Each method then has: authorization = "CUSTOM", authorizer_id = aws_api_gateway_authorizer.ostiary.id
