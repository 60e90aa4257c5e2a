"""Checks a token as Ostiary's authorizer does, with joserfc: a TOKEN event of API
Gateway in, a policy out. It speaks to the Runtime API over http.client, as Lambda's
own runtime for Python did before it was written in C. It exists to be measured.
"""

import http.client
import json
import os
import urllib.request

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet


def key_set():
    """The key set: bundled, or fetched before the first event is asked for."""
    if file := os.environ.get("JWKS_FILE"):
        with open(file, "rb") as content:
            return content.read()
    with urllib.request.urlopen(os.environ["JWKS_URI"], timeout=2) as answer:
        return answer.read()


KEYS = KeySet.import_key_set(json.loads(key_set()))
CLAIMS = jwt.JWTClaimsRegistry(
    iss={"essential": True, "value": os.environ["ISSUER"]},
    aud={"essential": True, "value": os.environ["AUDIENCE"]},
    exp={"essential": True},
    sub={"essential": True},
)


def claims_of(authorization):
    token = jwt.decode(authorization.removeprefix("Bearer "), KEYS, algorithms=["ES256"])
    if token.header.get("typ") != "at+jwt":
        raise ValueError("not an access token")
    CLAIMS.validate(token.claims)
    return token.claims


def check(event):
    claims = None
    try:
        claims = claims_of(event["authorizationToken"])
        print(json.dumps({"level": "INFO", "msg": "allowed", "client_id": claims["client_id"]}), flush=True)
    except (JoseError, ValueError) as err:
        print(json.dumps({"level": "INFO", "msg": "denied", "err": str(err)}), flush=True)
    return {
        "principalId": claims["sub"] if claims else "unknown",
        "policyDocument": {
            "Version": "2012-10-17",
            "Statement": [
                {"Action": "execute-api:Invoke", "Effect": "Allow" if claims else "Deny", "Resource": event["methodArn"]}
            ],
        },
        "context": {name: claims.get(name) for name in ("sub", "client_id", "scope")} if claims else {},
    }


def main():
    api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    while True:
        api.request("GET", "/2018-06-01/runtime/invocation/next")
        event = api.getresponse()
        answer = json.dumps(check(json.loads(event.read())))
        request_id = event.headers["Lambda-Runtime-Aws-Request-Id"]
        api.request("POST", f"/2018-06-01/runtime/invocation/{request_id}/response", answer)
        api.getresponse().read()


main()
