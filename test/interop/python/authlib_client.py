"""Authlib, as a Flask application uses it: a confidential client that authenticates
with client_secret_post. What it says to the test is explained in ../interop_test.go."""

import json
import sys

from authlib.integrations.base_client import OAuthError
from authlib.integrations.flask_client import OAuth
from flask import Flask, request

me = json.loads(sys.stdin.readline())


def did(step):
    print("did", step, flush=True)


def visit(url):
    """Has the person go somewhere; returns where the provider sent them."""
    print("visit", url, flush=True)
    return sys.stdin.readline().strip()


app = Flask(__name__)
app.secret_key = "of this test alone"
provider = OAuth(app).register(
    "ostiary",
    client_id=me["client_id"],
    client_secret=me["client_secret"],
    server_metadata_url=me["issuer"] + "/.well-known/openid-configuration",
    client_kwargs={
        "scope": "openid profile email offline_access",
        "code_challenge_method": "S256",
        "token_endpoint_auth_method": "client_secret_post",
    },
)
tokens = {}


@app.get("/login")
def login():
    return provider.authorize_redirect(me["redirect_uri"], prompt=request.args["prompt"])


@app.get("/callback")
def callback():
    try:
        tokens.update(provider.authorize_access_token())
    except OAuthError as e:
        return {"error": e.error}
    return tokens["userinfo"]


@app.get("/userinfo")
def userinfo():
    return provider.userinfo(token=tokens)


@app.get("/logout")
def logout():
    return provider.logout_redirect(
        post_logout_redirect_uri=me["post_logout_redirect_uri"], id_token_hint=tokens["id_token"]
    )


@app.get("/goodbye")
def goodbye():
    provider.validate_logout_response()
    return {}


browser = app.test_client()


def get(path):
    response = browser.get(path)
    if response.status_code != 200:
        raise SystemExit(f"{path}: {response.status_code} {response.text}")
    return response.json


def sign_in(prompt):
    arrived = visit(browser.get("/login?prompt=" + prompt).location)
    return get("/callback?" + arrived.partition("?")[2])


def must(truth, complaint):
    if not truth:
        raise SystemExit(complaint)


provider.load_server_metadata()
did("discovery")

claims = sign_in("consent")
did("code")
must(claims.get("sub") and claims.get("nonce"), claims)
did("id_token")

info = get("/userinfo")
must(info["sub"] == claims["sub"] and info["name"] == me["name"] and info["email"] == me["email"], info)
did("userinfo")

with app.test_request_context():
    client = provider._get_oauth_client(**provider.load_server_metadata())
    refreshed = client.refresh_token(client.metadata["token_endpoint"], refresh_token=tokens["refresh_token"])
must(refreshed["access_token"] != tokens["access_token"], "the access token is the old one")
tokens.update(refreshed)
must(get("/userinfo")["sub"] == claims["sub"], "refreshed for somebody else")
did("refresh")

left = visit(browser.get("/logout").location)
must(left.partition("?")[0] == me["post_logout_redirect_uri"], left)
get("/goodbye?" + left.partition("?")[2])
did("logout")

must(sign_in("none") == {"error": "login_required"}, "still signed in")
did("signed out")
