export const help = `muster: a GraphQL auth server whose JSON Web Tokens can be taken back

  muster start                  starts the server
  muster grant EMAIL ROLE       gives a user a role; the first admin is made with: muster grant EMAIL admin
  muster grant EMAIL --scope S  gives a user a scope
  muster help                   shows this
  muster --version              shows the version

Settings come from environment variables, the same as the server's: run it in the server's folder, or with its MONGODB_URI.
Exit codes: 0 done, 1 failed, 2 not understood.
`;
