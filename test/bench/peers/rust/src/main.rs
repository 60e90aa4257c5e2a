//! Checks a token as Ostiary's authorizer does, as plainly as these crates allow: a
//! TOKEN event of API Gateway in, a policy out. It exists to be measured.
use jsonwebtoken::{decode, decode_header, jwk::JwkSet, DecodingKey, Validation};
use lambda_runtime::{run, service_fn, Error, LambdaEvent};
use serde::Deserialize;
use serde_json::{json, Value};
use std::{collections::HashMap, env, time::Duration};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    authorization_token: String,
    method_arn: String,
}

struct Guard {
    keys: HashMap<String, (DecodingKey, Validation)>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let guard = &Guard::new(&key_set().await?)?;
    run(service_fn(move |event: LambdaEvent<Event>| async move {
        Ok::<Value, Error>(guard.check(event.payload))
    }))
    .await
}

/// The key set: bundled, or fetched before the first event is asked for.
async fn key_set() -> Result<Vec<u8>, Error> {
    if let Ok(file) = env::var("JWKS_FILE") {
        return Ok(std::fs::read(file)?);
    }
    let mut client = reqwest::Client::builder().timeout(Duration::from_secs(2));
    if let Ok(file) = env::var("SSL_CERT_FILE") {
        client = client.tls_built_in_root_certs(false);
        for root in reqwest::Certificate::from_pem_bundle(&std::fs::read(file)?)? {
            client = client.add_root_certificate(root);
        }
    }
    let answer = client.build()?.get(env::var("JWKS_URI")?).send().await?;
    Ok(answer.error_for_status()?.bytes().await?.to_vec())
}

impl Guard {
    fn new(document: &[u8]) -> Result<Self, Error> {
        let set: JwkSet = serde_json::from_slice(document)?;
        let mut keys = HashMap::new();
        for jwk in &set.keys {
            let (Some(kid), Some(alg)) = (&jwk.common.key_id, jwk.common.key_algorithm) else {
                continue;
            };
            let mut rules = Validation::new(alg.to_string().parse()?);
            rules.set_issuer(&[env::var("ISSUER")?]);
            rules.set_audience(&[env::var("AUDIENCE")?]);
            rules.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
            keys.insert(kid.clone(), (DecodingKey::from_jwk(jwk)?, rules));
        }
        Ok(Guard { keys })
    }

    fn check(&self, event: Event) -> Value {
        let (effect, claims) = match self.claims(&event.authorization_token) {
            Some(claims) => ("Allow", claims),
            None => ("Deny", json!({})),
        };
        println!("{}", json!({"level": "INFO", "msg": effect, "client_id": claims["client_id"]}));
        json!({
            "principalId": claims["sub"].as_str().unwrap_or("unknown"),
            "policyDocument": {"Version": "2012-10-17", "Statement": [
                {"Action": "execute-api:Invoke", "Effect": effect, "Resource": event.method_arn},
            ]},
            "context": {"sub": claims["sub"], "client_id": claims["client_id"], "scope": claims["scope"]},
        })
    }

    fn claims(&self, authorization: &str) -> Option<Value> {
        let token = authorization.strip_prefix("Bearer ")?;
        let header = decode_header(token).ok()?;
        if header.typ.as_deref() != Some("at+jwt") {
            return None;
        }
        let (key, rules) = self.keys.get(&header.kid?)?;
        decode::<Value>(token, key, rules).ok().map(|token| token.claims)
    }
}
