/**
 * What the page may load: this server's scripts and styles, nothing inline, nothing evaluated, nothing from elsewhere. GraphiQL brings
 * its fonts as `data:`.
 */
export const pagePolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

export const page = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Muster playground</title>
    <link rel="icon" type="image/svg+xml" href="/playground/icon.svg">
    <link rel="stylesheet" href="/playground/graphiql.css">
    <link rel="stylesheet" href="/playground/playground.css">
    <script src="/playground/react.js" defer></script>
    <script src="/playground/react-dom.js" defer></script>
    <script src="/playground/graphiql.js" defer></script>
    <script src="/playground/playground.js" defer></script>
  </head>
  <body>
    <header class="muster-bar">
      <strong class="muster-name">Muster</strong>
      <span class="muster-status" role="status" aria-live="polite"></span>
      <button class="muster-forget" type="button" hidden>Forget token</button>
    </header>
    <main class="muster-graphiql"><noscript>The playground needs JavaScript.</noscript></main>
  </body>
</html>
`;
