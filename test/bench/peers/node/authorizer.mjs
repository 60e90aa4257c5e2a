// Checks a token as Ostiary's authorizer does, with aws-jwt-verify: a TOKEN event of
// API Gateway in, a policy out. It speaks to the Runtime API over plain http, which
// is less than Lambda's own runtime for Node does. It exists to be measured.
import { JwtVerifier } from "aws-jwt-verify";
import { readFileSync } from "node:fs";
import http from "node:http";

const { AUDIENCE, AWS_LAMBDA_RUNTIME_API, ISSUER, JWKS_FILE, JWKS_URI } = process.env;

const verifier = JwtVerifier.create({
  issuer: ISSUER,
  audience: AUDIENCE,
  jwksUri: JWKS_URI ?? `${ISSUER}/jwks.json`,
  customJwtCheck: ({ header }) => {
    if (header.typ !== "at+jwt") throw new Error("not an access token");
  },
});
if (JWKS_FILE) verifier.cacheJwks(JSON.parse(readFileSync(JWKS_FILE, "utf8")));
else await verifier.hydrate();

async function check({ authorizationToken, methodArn }) {
  let claims;
  try {
    claims = await verifier.verify(authorizationToken.replace(/^Bearer /, ""));
  } catch (err) {
    console.log(JSON.stringify({ level: "INFO", msg: "denied", err: err.message }));
  }
  if (claims) console.log(JSON.stringify({ level: "INFO", msg: "allowed", client_id: claims.client_id }));
  return {
    principalId: claims?.sub ?? "unknown",
    policyDocument: {
      Version: "2012-10-17",
      Statement: [{ Action: "execute-api:Invoke", Effect: claims ? "Allow" : "Deny", Resource: methodArn }],
    },
    context: claims && { sub: claims.sub, client_id: claims.client_id, scope: claims.scope },
  };
}

const [host, port] = AWS_LAMBDA_RUNTIME_API.split(":");
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });

function exchange(method, path, body) {
  return new Promise((resolve, reject) => {
    const request = http.request({ agent, host, port, method, path: `/2018-06-01/runtime/invocation/${path}` }, (response) => {
      const chunks = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("end", () => resolve({ headers: response.headers, body: Buffer.concat(chunks).toString() }));
    });
    request.on("error", reject);
    request.end(body);
  });
}

for (;;) {
  const event = await exchange("GET", "next");
  const answer = await check(JSON.parse(event.body));
  await exchange("POST", `${event.headers["lambda-runtime-aws-request-id"]}/response`, JSON.stringify(answer));
}
