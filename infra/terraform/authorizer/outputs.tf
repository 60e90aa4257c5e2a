output "function_arn" {
  description = "The authorizer. APIs should name the alias instead."
  value       = aws_lambda_function.authorizer.arn
}

output "alias_arn" {
  description = "The authorizer's alias."
  value       = aws_lambda_alias.live.arn
}

output "invoke_arn" {
  description = "The alias as authorizer_uri of an API's authorizer wants it."
  value       = aws_lambda_alias.live.invoke_arn
}

output "log_group" {
  description = "The authorizer's log group."
  value       = aws_cloudwatch_log_group.authorizer.name
}
