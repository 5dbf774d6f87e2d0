export const help = `muster: a GraphQL auth server whose JSON Web Tokens can be taken back

  muster start                  starts the server
  muster grant EMAIL ROLE       gives a user a role; the first admin is made with: muster grant EMAIL admin
  muster grant EMAIL --scope S  gives a user a scope
  muster roles EMAIL [ROLE …]   gives a user these roles and no others
  muster disable EMAIL          disables a user and ends all sessions
  muster enable EMAIL           lets the user sign in again
  muster delete EMAIL --confirm EMAIL
                                deletes a user

  muster sessions EMAIL         lists the sessions of a user, newest first: id, since when, last used, address, device
  muster revoke session EMAIL ID
                                ends one session of a user
  muster revoke user EMAIL      ends all sessions of a user
  muster revoke everything --confirm DATABASE
                                ends the sessions of all users; DATABASE is the name of the database
    --issued-before DATE        for these two: only what was issued before: 2026-01-31, or 2026-01-31T12:00:00Z
  muster replace-subject EMAIL  gives a user another subject, and ends whatever has the old one

  muster help                   shows this
  muster --version              shows the version

Each returns when it holds on every server. Settings come from environment variables, the same as the server's: its MONGODB_URI,
or for the embedded database its DATA_DIR (.muster in the folder that it runs in), and its REVOCATION_STRATEGY.
Exit codes: 0 done, 1 failed, 2 not understood.
`;
