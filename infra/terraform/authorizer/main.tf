locals {
  has_settings = var.authorizer_settings != "" || var.authorizer_settings_file != ""

  environment = { for name, value in {
    ISSUER                   = var.issuer
    AUDIENCE                 = join(",", var.audience)
    JWKS_URI                 = var.jwks_uri
    AUTHORIZER_SETTINGS      = var.authorizer_settings
    AUTHORIZER_SETTINGS_FILE = var.authorizer_settings_file
    ROUTE_SCOPES             = var.route_scopes
    CONTEXT_CLAIMS           = join(",", var.context_claims)
    RESULT_TTL               = "${var.result_ttl}s"
    HTTP_RESPONSE            = var.http_response
    LOG_LEVEL                = var.log_level
  } : name => value if value != "" }
}

resource "aws_lambda_function" "authorizer" {
  function_name                  = var.name
  description                    = "May this request pass?"
  filename                       = var.zip
  source_code_hash               = filebase64sha256(var.zip)
  runtime                        = "provided.al2023"
  handler                        = "bootstrap"
  architectures                  = [var.architecture]
  memory_size                    = var.authorizer_memory
  timeout                        = 3
  reserved_concurrent_executions = var.authorizer_concurrency
  publish                        = true
  role                           = aws_iam_role.authorizer.arn

  logging_config {
    log_group             = aws_cloudwatch_log_group.authorizer.name
    log_format            = "JSON"
    application_log_level = "DEBUG" # LOG_LEVEL decides
  }

  environment {
    variables = merge(local.environment, var.secrets)
  }

  lifecycle {
    precondition {
      condition     = local.has_settings || var.issuer != "" && length(var.audience) > 0
      error_message = "Give issuer and audience, or the settings."
    }
    precondition {
      condition = !local.has_settings || (
        length(var.audience) + length(var.context_claims) == 0 && var.jwks_uri == "" && var.route_scopes == ""
      )
      error_message = "The settings say it all: leave out audience, jwks_uri, route_scopes and context_claims."
    }
    precondition {
      condition     = var.authorizer_settings == "" || var.authorizer_settings_file == ""
      error_message = "Give authorizer_settings or authorizer_settings_file, not both."
    }
  }
}

# What an API's authorizer names: a version that was published, not whatever was
# uploaded last.
resource "aws_lambda_alias" "live" {
  name             = "live"
  function_name    = aws_lambda_function.authorizer.function_name
  function_version = aws_lambda_function.authorizer.version
}

resource "aws_lambda_permission" "api" {
  for_each = var.execution_arns

  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.authorizer.function_name
  qualifier     = aws_lambda_alias.live.name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${each.value}/authorizers/*"
}

resource "aws_cloudwatch_log_group" "authorizer" {
  name              = "/aws/lambda/${var.name}"
  retention_in_days = var.log_retention
}

# Whoever stands at the gate owns nothing: its log and no more.
resource "aws_iam_role" "authorizer" {
  name                 = var.name
  permissions_boundary = var.permissions_boundary != "" ? var.permissions_boundary : null
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "lambda.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy" "log" {
  name = "authorizer"
  role = aws_iam_role.authorizer.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid      = "Log"
      Effect   = "Allow"
      Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
      Resource = "${aws_cloudwatch_log_group.authorizer.arn}:*"
    }]
  })
}
