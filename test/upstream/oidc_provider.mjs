// node oidc-provider as it is, with one person who is always there: the first line of
// standard input is its clients, the first of standard output its issuer.
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import Provider from "oidc-provider";

const [line] = await new Promise((resolve) => createInterface({ input: process.stdin }).once("line", (l) => resolve([l])));
const server = createServer();
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const issuer = `http://localhost:${server.address().port}`;

const provider = new Provider(issuer, {
  clients: JSON.parse(line),
  claims: { openid: ["sub"], profile: ["name"], email: ["email", "email_verified"] },
  cookies: { keys: ["a-key-for-tests-alone"] },
  findAccount: (_, sub) => ({
    accountId: sub,
    claims: () => ({ sub, name: "Jo of Node", email: "jo@example.com", email_verified: true }),
  }),
  // Its client is on this machine, to which its own dispatcher would not speak.
  fetch: (url, { dispatcher, ...options }) => globalThis.fetch(url, options),
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  features: {
    devInteractions: { enabled: false },
    backchannelLogout: { enabled: true },
    rpInitiatedLogout: {
      enabled: true,
      logoutSource: (ctx, form) => {
        ctx.body = form.replace("</form>", '<button id="leave" name="logout" value="yes">Leave</button></form>');
      },
    },
  },
});

for (const event of ["server_error", "authorization.error", "grant.error", "userinfo.error", "end_session.error", "backchannel.error"]) {
  provider.on(event, (ctx, err) => console.error(event, err.error_detail, err));
}

// Whoever comes is Jo, and agrees.
async function interact(req, res) {
  const { prompt, params } = await provider.interactionDetails(req, res);
  if (prompt.name === "login") {
    return provider.interactionFinished(req, res, { login: { accountId: "jo-of-node" } }, { mergeWithLastSubmission: true });
  }
  const grant = new provider.Grant({ accountId: "jo-of-node", clientId: params.client_id });
  grant.addOIDCScope(params.scope);
  return provider.interactionFinished(req, res, { consent: { grantId: await grant.save() } }, { mergeWithLastSubmission: true });
}

const answer = provider.callback();
server.on("request", (req, res) => {
  if (!req.url.startsWith("/interaction/")) return answer(req, res);
  interact(req, res).catch((err) => {
    res.writeHead(500).end(String(err));
  });
});
console.log(issuer);
