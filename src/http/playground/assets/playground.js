/* global React, ReactDOM, GraphiQL */
"use strict";

// Everything the page knows of tokens is in here, and gone when it is closed: nothing is written to the browser's storage.
const signedIn = { accessToken: null, refreshToken: null, email: null, expiresAt: null, refused: null };

const tokenRefused = /^(?:TOKEN_|SESSION_(?:REVOKED|EXPIRED)|USER_)/;
const lastRefreshToken = "(the last one)";
const person = { email: "ada@example.org", password: "a lantern over quiet water" };

const payload = `    accessToken
    accessTokenExpiresAt
    refreshToken
    session { id deviceName }
    user { id email }`;

const examples = [
  {
    query: `# Makes an account. Its token is sent with everything
# you run afterwards.
mutation SignUp($input: SignupInput!) {
  signup(input: $input) {
${payload}
  }
}
`,
    variables: { input: { ...person, deviceName: "Playground" } },
  },
  {
    query: `# One more session of the same account: another device.
mutation LogIn($input: LoginInput!) {
  login(input: $input) {
${payload}
  }
}
`,
    variables: { input: { ...person, deviceName: "Another device" } },
  },
  {
    query: `# Who you are, by what the database says now.
query Me {
  me {
    id
    email
    roles
    scopes
    createdAt
    lastLoginAt
  }
}
`,
  },
  {
    query: `# Your devices. Copy the id of one into LogOutSession
# to throw it out.
query Sessions {
  sessions(first: 20) {
    totalCount
    nodes {
      id
      deviceName
      browser
      os
      ip
      lastUsedAt
      expiresAt
      isCurrent
    }
  }
}
`,
  },
  {
    query: `# Ends one of your sessions: its tokens are refused
# everywhere when this has answered.
mutation LogOutSession($id: ID!) {
  logoutSession(id: $id) {
    revokedCount
  }
}
`,
    variables: { id: "an id from Sessions" },
  },
  {
    query: `# Ends every session of yours. Run Me again afterwards:
# no token of yours is accepted anywhere.
mutation LogOutEverywhere {
  logoutEverywhere {
    revokedCount
  }
}
`,
  },
  {
    query: `# Changes the refresh token for a new pair of tokens.
# "${lastRefreshToken}" stands for the one of the last answer.
mutation Refresh($input: RefreshInput!) {
  refresh(input: $input) {
${payload}
  }
}
`,
    variables: { input: { refreshToken: lastRefreshToken } },
  },
];

const statusLine = document.querySelector(".muster-status");
const forgetButton = document.querySelector(".muster-forget");

function timeLeft(expiresAt) {
  const seconds = Math.round((Date.parse(expiresAt) - Date.now()) / 1000);
  if (Number.isNaN(seconds)) return "";
  if (seconds <= 0) return ", which has expired: run Refresh";
  return `, good for ${seconds > 60 ? `${Math.ceil(seconds / 60)} min` : `${seconds} s`}`;
}

function showStatus() {
  const { accessToken, email, expiresAt, refused } = signedIn;
  forgetButton.hidden = accessToken === null;
  statusLine.dataset.state = accessToken === null ? "out" : refused ? "refused" : "in";
  const who = email ?? "someone";
  statusLine.textContent =
    accessToken === null
      ? "Nobody is signed in. Run SignUp or LogIn: the token is then sent with every request."
      : refused
        ? `The token of ${who} is still sent, and refused: ${refused}`
        : `Signed in as ${who}. The token is sent with every request${timeLeft(expiresAt)}.`;
}

function forget() {
  Object.assign(signedIn, { accessToken: null, refreshToken: null, email: null, expiresAt: null, refused: null });
  showStatus();
}

function learn(answer, sentToken) {
  for (const value of Object.values(answer.data ?? {})) {
    if (typeof value?.accessToken !== "string") continue;
    signedIn.accessToken = value.accessToken;
    signedIn.refreshToken = value.refreshToken ?? null;
    signedIn.email = value.user?.email ?? signedIn.email;
    signedIn.expiresAt = value.accessTokenExpiresAt ?? null;
    signedIn.refused = null;
  }
  if (sentToken !== null && sentToken === signedIn.accessToken) {
    const refusal = (answer.errors ?? []).find(({ extensions }) => tokenRefused.test(extensions?.reason));
    signedIn.refused = refusal?.extensions.reason ?? null;
  }
  showStatus();
}

function withLastRefreshToken(variables) {
  if (variables?.input?.refreshToken !== lastRefreshToken) return variables;
  // null where a cookie carries it
  return { ...variables, input: { ...variables.input, refreshToken: signedIn.refreshToken } };
}

/** Runs a subscription over a WebSocket, with the protocol graphql-transport-ws: an iterator of its answers. */
function listen(payload, authorization) {
  const socket = new WebSocket(location.origin.replace(/^http/, "ws") + location.pathname, "graphql-transport-ws");
  const send = (message) => socket.send(JSON.stringify(message));
  const arrived = [];
  let arrive = () => {};
  const tell = (answer) => {
    arrived.push(answer);
    arrive();
  };
  socket.onopen = () => send({ type: "connection_init", payload: { authorization } });
  socket.onmessage = ({ data }) => {
    const { type, payload: told } = JSON.parse(data);
    if (type === "connection_ack") send({ id: "1", type: "subscribe", payload });
    else if (type === "next") tell(told);
    else if (type === "error") tell({ errors: told });
    else if (type === "complete") socket.close(1000);
  };
  socket.onclose = ({ code, reason }) => {
    if (code === 4401 && authorization === `Bearer ${signedIn.accessToken}`) {
      signedIn.refused = reason;
      showStatus();
    }
    if (code !== 1000 && code !== 1005)
      tell({ errors: [{ message: `The connection was closed with ${code} ${reason}` }] });
    tell(null);
  };
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      while (arrived.length === 0) {
        await new Promise((resolve) => {
          arrive = resolve;
        });
      }
      const value = arrived.shift();
      return { value, done: value === null };
    },
    async return() {
      socket.close(1000);
      return { value: undefined, done: true };
    },
  };
}

function isSubscription(query, operationName) {
  const text = query.replace(/#.*$/gm, "");
  const named = new RegExp(`\\b(query|mutation|subscription)\\s+${operationName}\\b`).exec(text);
  return named ? named[1] === "subscription" : /^\s*subscription\b/.test(text);
}

async function fetcher({ query, variables, operationName }, { headers = {} } = {}) {
  const ownToken = Object.keys(headers).some((name) => name.toLowerCase() === "authorization");
  const isIntrospection = operationName === "IntrospectionQuery";
  const sentToken = ownToken || isIntrospection ? null : signedIn.accessToken;
  if (isSubscription(query, operationName)) {
    const [, given] = Object.entries(headers).find(([name]) => name.toLowerCase() === "authorization") ?? [];
    return listen({ query, variables, operationName }, given ?? (sentToken === null ? null : `Bearer ${sentToken}`));
  }
  const response = await fetch("/graphql", {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/json",
      ...(sentToken === null ? {} : { authorization: `Bearer ${sentToken}` }),
      ...headers,
    },
    body: JSON.stringify({
      query,
      // GraphiQL learns the name a moment after the tab was changed
      operationName: operationName && query.includes(operationName) ? operationName : undefined,
      variables: withLastRefreshToken(variables),
    }),
  });
  const answer = await response.json();
  if (!isIntrospection) learn(answer, sentToken);
  return answer;
}

/** GraphiQL stores queries, variables and headers, passwords among them: they stay in memory. The theme alone is remembered. */
function createMemoryStorage() {
  const items = new Map();
  const isTheme = (key) => key === "graphiql:theme";
  return {
    get length() {
      return items.size;
    },
    getItem: (key) => (isTheme(key) ? localStorage.getItem(key) : (items.get(key) ?? null)),
    setItem: (key, value) => (isTheme(key) ? localStorage.setItem(key, value) : void items.set(key, String(value))),
    removeItem: (key) => (isTheme(key) ? localStorage.removeItem(key) : void items.delete(key)),
    clear: () => items.clear(),
  };
}

forgetButton.addEventListener("click", forget);
setInterval(showStatus, 5_000);
showStatus();

ReactDOM.createRoot(document.querySelector(".muster-graphiql")).render(
  React.createElement(
    GraphiQL,
    {
      fetcher,
      storage: createMemoryStorage(),
      shouldPersistHeaders: false,
      showPersistHeadersSettings: false,
      defaultTabs: examples.map(({ query, variables }) => ({
        query,
        variables: variables ? JSON.stringify(variables, null, 2) : "",
      })),
      defaultEditorToolsVisibility: "variables",
    },
    React.createElement(GraphiQL.Logo, null, "GraphiQL"),
  ),
);
