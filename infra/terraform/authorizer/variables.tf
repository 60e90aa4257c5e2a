# The parameters of infra/authorizer.yaml by the same names, beside what Terraform needs
# of its own: name, zip, secrets, execution_arns.

variable "name" {
  description = "What the function, its role and its log group are called."
  type        = string
  default     = "ostiary-authorizer"
}

variable "zip" {
  description = "The built function: build/authorizer.zip, as `make package` makes it."
  type        = string
}

variable "architecture" {
  description = "What the function was built for: arm64, or x86_64 with `make package ARCH=amd64`."
  type        = string
  default     = "arm64"
}

variable "issuer" {
  description = "The issuer whose tokens are let in, byte for byte as in their iss. Empty only with settings."
  type        = string
  default     = ""
}

variable "audience" {
  description = "The identifiers of the API, one of which must stand in a token's aud. Empty only with settings."
  type        = list(string)
  default     = []
}

variable "jwks_uri" {
  description = "Where the issuer's keys are. Empty: the issuer followed by /jwks.json."
  type        = string
  default     = ""
}

variable "authorizer_settings" {
  description = "The authorizer's settings as one JSON document: jsonencode({...}). Empty: what the other variables say; with it, those but secrets have no part in what is decided."
  type        = string
  default     = ""
}

variable "authorizer_settings_file" {
  description = "A file with the settings that was packed with GATE: /var/task/gate/settings.json."
  type        = string
  default     = ""
}

variable "secrets" {
  description = "Variables that settings name, such as CLIENT_SECRET, and HS256_SECRET. They are in the state: keep it where few can read it."
  type        = map(string)
  default     = {}
  sensitive   = true
}

variable "route_scopes" {
  description = "What a route demands, as `METHOD /path/{id}=scope scope`, separated by semicolons. Empty: a good token opens every route."
  type        = string
  default     = ""
}

variable "context_claims" {
  description = "Claims passed on to the API beside sub, client_id and scope."
  type        = list(string)
  default     = []
}

variable "result_ttl" {
  description = "For how many seconds API Gateway keeps an answer, as configured at the API."
  type        = number
  default     = 10

  validation {
    condition     = var.result_ttl >= 0 && var.result_ttl <= 3600
    error_message = "API Gateway keeps answers for 0 to 3600 seconds."
  }
}

variable "http_response" {
  description = "What an HTTP API with payload 2.0 gets: simple, or iam for a policy document."
  type        = string
  default     = "simple"
}

variable "log_level" {
  description = "What is logged: debug, info, warn or error."
  type        = string
  default     = "info"
}

variable "log_retention" {
  description = "For how many days logs are kept."
  type        = number
  default     = 30
}

variable "authorizer_memory" {
  description = "The authorizer's memory in MB, and with it its share of a processor."
  type        = number
  default     = 256
}

variable "authorizer_concurrency" {
  description = "How many instances are reserved for the authorizer; it must exceed what the API gets. -1 reserves none."
  type        = number
  default     = -1
}

variable "permissions_boundary" {
  description = "The ARN of a policy that bounds the role. Empty for none."
  type        = string
  default     = ""
}

variable "execution_arns" {
  description = "The APIs that may ask the authorizer: their execution_arn, under names of your choice."
  type        = map(string)
  default     = {}
}
