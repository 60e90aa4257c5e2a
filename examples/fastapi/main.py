"""The /protected of FastAPI's tutorial, for access tokens that Ostiary signs.

    pip install -r requirements.txt
    ISSUER=https://id.example.com AUDIENCE=https://api.example.com uvicorn main:app
"""

import os
from typing import Annotated

import jwt
from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import OAuth2PasswordBearer

ISSUER, AUDIENCE = os.environ["ISSUER"], os.environ["AUDIENCE"]
ALGORITHMS = ["ES256", "RS256"]  # never what the token says

app = FastAPI()
bearer = OAuth2PasswordBearer(tokenUrl=f"{ISSUER}/token")
keys = jwt.PyJWKClient(f"{ISSUER}/jwks.json", lifespan=300, timeout=2)


def user(token: Annotated[str, Depends(bearer)]) -> str:
    try:
        if jwt.get_unverified_header(token).get("typ") != "at+jwt":  # an id_token opens nothing
            raise jwt.InvalidTokenError("not an access token")
        key = keys.get_signing_key_from_jwt(token)
        claims = jwt.decode(
            token, key, ALGORITHMS, issuer=ISSUER, audience=AUDIENCE, options={"require": ["exp", "iss", "aud", "sub"]}
        )
    except jwt.PyJWKClientConnectionError:
        raise HTTPException(503)  # nobody's fault who shows a token
    except jwt.PyJWTError:
        raise HTTPException(401, headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})
    return claims["sub"]


@app.get("/protected")
def protected(user_id: Annotated[str, Depends(user)]):
    return {"user_id": user_id}
