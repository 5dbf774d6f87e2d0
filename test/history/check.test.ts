import { expect, it } from "vitest";
import { checkHistory } from "./check.js";
import { end, login, refresh, refused, request, type Telling, tell } from "./told.js";

const unknown = { outcome: "unknown", reason: "the connection was lost" } as const;
const unavailable = { outcome: "unavailable" } as const;
const many = (count: number, make: (index: number) => Telling) =>
  Array.from({ length: count }, (_, index) => make(index));

const wrong: [title: string, tellings: Telling[], roll: string[], faults: (string | RegExp)[]][] = [
  [
    "a request that is admitted after its session's logout has returned",
    [login("s1"), end("logout"), request({ instance: "B" })],
    [],
    [/^wrong admit: request .* session s1, by phone at B, 50\.0 to 60\.0 ms: logout had ended it 10\.0 ms before/],
  ],
  [
    "a request that is admitted after a logoutEverywhere that another session has asked for",
    [login("s1"), login("s2"), end("logoutEverywhere", { session: "s2" }), request()],
    [],
    [/^wrong admit: request .* logoutEverywhere/],
  ],
  [
    "a request that is admitted after logoutOthers, and one after logoutSession",
    [
      ...[login("s1"), login("s2"), login("s3")],
      ...[end("logoutOthers", { session: "s2" }), request()],
      ...[end("logoutSession", { session: "s2", target: "s2" }), request({ session: "s2" })],
    ],
    [],
    [/^wrong admit: .*logoutOthers/, /^wrong admit: .*logoutSession/],
  ],
  [
    "a session that a refresh, which was on its way during the logout, has brought back",
    [
      ...[login("s1"), refresh(0, { beganMs: 30, endedMs: 70 }), end("logout", { beganMs: 40, endedMs: 60 })],
      ...[request({ generation: 1, beganMs: 80 })],
    ],
    ["s1"],
    [/^wrong admit: request/, /^revived session: .* s1, which logout had ended/],
  ],
  [
    "a refresh, and a logout, of a session that has ended",
    [login("s1"), end("logout"), refresh(0), end("logout")],
    [],
    [/^wrong admit: refresh/, /^wrong admit: logout/],
  ],
  [
    "a fresh token that is refused where it was not made",
    [login("s1"), request({ instance: "B", ...refused("SESSION_REVOKED") })],
    ["s1"],
    [/^wrong refusal: request .* at B.* SESSION_REVOKED/],
  ],
  [
    "a good token that is refused because of a logout that was refused itself",
    [login("s1"), end("logout", refused("TOKEN_INVALID")), request(refused("SESSION_REVOKED"))],
    ["s1"],
    [/^wrong refusal: logout .* TOKEN_INVALID/, /^wrong refusal: request/],
  ],
  [
    "a refresh token that counts as used before at its first use",
    [login("s1"), refresh(0), refresh(1, refused("REFRESH_REUSED"))],
    [],
    [/^wrong refusal: refresh/, /^lost session/],
  ],
  [
    "a token that was pushed out after seven others, and not after eight",
    [
      ...[login("s1"), ...many(7, (generation) => refresh(generation)), request(refused("TOKEN_SUPERSEDED"))],
      ...[refresh(7), request(refused("TOKEN_SUPERSEDED"))],
    ],
    ["s1"],
    [/^wrong refusal: request/],
  ],
  [
    "a right password that is refused, and a login that is overtaken by nothing",
    [
      login("s1"),
      end("logoutEverywhere"),
      login("", { ...refused("LOGIN_OVERTAKEN"), made: undefined }),
      login("", { ...refused("INVALID_CREDENTIALS"), made: undefined }),
    ],
    [],
    [/^wrong refusal: login .* LOGIN_OVERTAKEN/, /^wrong refusal: login .* INVALID_CREDENTIALS/],
  ],
  ["a session that is lost", [login("s1"), login("s2")], ["s1"], [/^lost session: .* s2/]],
  ["a session that stands twice on the roll", [login("s1")], ["s1", "s1"], [/^doubled session: .* s1 stands twice/]],
  ["one session for two logins", [login("s1"), login("s1")], ["s1"], [/^doubled session: .* two logins/]],
  [
    "a refresh that is answered with another session's tokens",
    [login("s1"), login("s2"), refresh(0, { made: "s2" })],
    ["s1", "s2"],
    [/^doubled session: refresh .* tokens of s2/],
  ],
  [
    "a token that is refused because of a logoutEverywhere that had no answer, though its session had ended before the login",
    [
      ...[login("s1"), end("logoutEverywhere", unknown), end("logout"), login("s2")],
      ...[request({ session: "s2", ...refused("SESSION_REVOKED") })],
    ],
    ["s2"],
    [/^wrong refusal: request .* session s2/],
  ],
  [
    "a session that nobody was given, where every login was answered",
    [
      login("s1"),
      login("", { ...refused("LOGIN_OVERTAKEN"), made: undefined, beganMs: 30 }),
      end("logoutOthers", { beganMs: 35 }),
    ],
    ["s1", "s2"],
    [/^doubled session: .* nobody was given s2, and 0 logins/],
  ],
  ["a session that has ended and is on the roll", [login("s1"), end("logout")], ["s1"], [/^revived session: .* s1/]],
  [
    "an answer for somebody else",
    [login("s1"), request({ answeredAs: "eve@test.example" })],
    ["s1"],
    [/^wrong user: .* eve@test\.example/],
  ],
  [
    "an answer that nobody should get",
    [login("s1"), request({ outcome: "wrong", reason: "500" })],
    ["s1"],
    [/^wrong answer: .* 500/],
  ],
];

it.each(wrong)("names the fault in a history with %s", (_, tellings, roll, faults) => {
  const found = checkHistory(tell(tellings, roll)).map(({ kind, says }) => `${kind}: ${says}`);
  expect(found).toEqual(faults.map((fault) => expect.stringMatching(fault)));
});

it("names the sessions of a user who is gone", () => {
  const { operations } = tell([login("s1")], []);
  expect(checkHistory({ operations, rolls: new Map() })).toMatchObject([{ kind: "lost session" }]);
});

const right: [title: string, tellings: Telling[], roll: string[]][] = [
  [
    "a life: login, requests, refreshes, logout, refusals",
    [
      ...[login("s1"), request(), refresh(0), request({ generation: 1 }), request(), login("s2"), end("logout")],
      ...[request(refused("SESSION_REVOKED")), refresh(1, refused("REFRESH_INVALID")), request({ session: "s2" })],
    ],
    ["s2"],
  ],
  [
    "requests that overlap a logout, admitted and refused",
    [
      ...[login("s1"), end("logout", { beganMs: 100, endedMs: 200 })],
      ...[
        request({ beganMs: 190, endedMs: 300 }),
        request({ beganMs: 110, endedMs: 120, ...refused("SESSION_REVOKED") }),
      ],
    ],
    [],
  ],
  [
    "a logout without an answer that was done",
    [login("s1"), end("logout", unknown), request(), request(refused("SESSION_REVOKED"))],
    [],
  ],
  [
    "a logout without an answer that was not done",
    [login("s1"), end("logout", unavailable), request(), request()],
    ["s1"],
  ],
  [
    "a logout without an answer that is done much later, and repeated",
    [
      login("s1"),
      end("logout", unknown),
      request(),
      request({ beganMs: 60_000 }),
      end("logout"),
      request(refused("SESSION_REVOKED")),
    ],
    [],
  ],
  [
    "logins without an answer, one of them done",
    [login("s1"), ...many(2, () => ({ kind: "login", ...unknown }))],
    ["s1", "s2"],
  ],
  ["a login without an answer that was not done", [login("s1"), { kind: "login", ...unavailable }], ["s1"]],
  [
    "a refresh without an answer, said again",
    [login("s1"), refresh(0, unknown), refresh(0), request({ generation: 1 })],
    ["s1"],
  ],
  [
    "a refresh without an answer that arrives when its token has become old, and so ends its session",
    [
      login("s1"),
      refresh(0, unknown),
      refresh(0),
      refresh(1),
      request({ generation: 2, ...refused("SESSION_REVOKED") }),
    ],
    [],
  ],
  [
    "a login that overlaps a logoutEverywhere, and lives",
    [
      login("s1"),
      login("s2", { beganMs: 100, endedMs: 200 }),
      end("logoutEverywhere", { beganMs: 150, endedMs: 180 }),
      request({ session: "s2", beganMs: 300 }),
    ],
    ["s2"],
  ],
  [
    "a login that overlaps a logoutEverywhere, and ends with it",
    [
      login("s1"),
      login("s2", { beganMs: 100, endedMs: 200 }),
      end("logoutEverywhere", { beganMs: 150, endedMs: 180 }),
      request({ session: "s2", beganMs: 300, ...refused("SESSION_REVOKED") }),
    ],
    [],
  ],
  [
    "a token that is refused because of a logoutEverywhere that had no answer, and may be done while its session lives",
    [
      ...[login("s1"), end("logoutEverywhere", unknown), login("s2")],
      ...[request({ session: "s2", ...refused("SESSION_REVOKED") })],
    ],
    [],
  ],
  [
    "503 and no answer to anything",
    [login("s1"), request(unavailable), request(unknown), refresh(0, unavailable)],
    ["s1"],
  ],
];

it.each(right)("finds no fault in %s", (_, tellings, roll) => {
  expect(checkHistory(tell(tellings, roll))).toEqual([]);
});
