"""The /protected of FastAPI's tutorial, for tokens signed with a shared secret.

Register the API for it, and give this service the secret that is printed:

    echo '{"resource": ["https://legacy.example.com"], "access_token_signed_response_alg": "HS256"}' |
      ostiary client add legacy-api -f -
    SECRET=... ISSUER=https://id.example.com AUDIENCE=https://legacy.example.com uvicorn shared_secret:app

Whoever knows the secret can sign tokens for this API: prefer main.py where you can.
"""

import os
from typing import Annotated

import jwt
from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import OAuth2PasswordBearer

ISSUER, AUDIENCE, SECRET = os.environ["ISSUER"], os.environ["AUDIENCE"], os.environ["SECRET"]

app = FastAPI()
bearer = OAuth2PasswordBearer(tokenUrl="token")


def user(token: Annotated[str, Depends(bearer)]) -> str:
    try:
        claims = jwt.decode(
            token, SECRET, ["HS256"], issuer=ISSUER, audience=AUDIENCE, options={"require": ["exp", "iss", "aud", "sub"]}
        )
        if jwt.get_unverified_header(token).get("typ") != "at+jwt":
            raise jwt.InvalidTokenError("not an access token")
    except jwt.PyJWTError:
        raise HTTPException(401, headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})
    return claims["sub"]


@app.get("/protected")
def protected(user_id: Annotated[str, Depends(user)]):
    return {"user_id": user_id}
