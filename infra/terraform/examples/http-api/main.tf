# An HTTP API behind the authorizer, which takes its settings as one document.

variable "issuer" {
  type = string
}

variable "audience" {
  type = list(string)
}

module "authorizer" {
  source = "../../authorizer"

  zip            = "${path.root}/../../../../build/authorizer.zip"
  execution_arns = { pets = aws_apigatewayv2_api.pets.execution_arn }
  authorizer_settings = jsonencode({
    issuers    = [{ issuer = var.issuer, own = true, audience = var.audience }]
    routes     = [{ method = "GET", path = "/pets/{id}", any = ["read"] }]
    cache_key  = "route" # identity_sources below
    result_ttl = "10s"
  })
}

resource "aws_apigatewayv2_api" "pets" {
  name          = "pets"
  protocol_type = "HTTP"
}

resource "aws_apigatewayv2_authorizer" "ostiary" {
  name                              = "ostiary"
  api_id                            = aws_apigatewayv2_api.pets.id
  authorizer_type                   = "REQUEST"
  authorizer_uri                    = module.authorizer.invoke_arn
  authorizer_payload_format_version = "2.0"
  enable_simple_responses           = true
  authorizer_result_ttl_in_seconds  = 10
  identity_sources                  = ["$request.header.Authorization", "$context.routeKey"]
}

# Each route then has: authorization_type = "CUSTOM", authorizer_id = aws_apigatewayv2_authorizer.ostiary.id
