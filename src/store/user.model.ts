import mongoose, { type Connection, type Model } from "mongoose";

/** One unexpired access token of a session, with what is needed to make it again claim for claim. */
export type TokenEntry = {
  jti: string;
  issuedAt: Date;
  expiresAt: Date;
  /** `group-epoch`: the claim of that name. */
  grp?: [group: number, stamp: string];
};

/** One login on one device: an element of `user.sessions[]`. Nothing in it is accepted as a credential. */
export type SessionElement = {
  /** The claim `sid`; safe to show. */
  id: string;
  /** The newest 8 unexpired access tokens, oldest first. */
  jtis: TokenEntry[];
  /** How often the refresh token has been replaced. */
  generation: number;
  /** Random text that the refresh token's `mac` covers; worthless without the deployment's key. */
  refreshSeed: string;
  /** When `generation` last moved, by the database's clock. */
  rotatedAt: Date;
  createdAt: Date;
  lastUsedAt: Date;
  /** When nothing of this session works any more: the end of its refresh token, never past the absolute lifetime. */
  expiresAt: Date;
  /** When the user last proved who they are in this session. */
  authTime: Date;
  /** What the system's counter was known to be before the user of this login was read; missing in sessions from before there was one: 0. */
  sys?: number;
  ip: string | null;
  userAgent: string | null;
  deviceName: string | null;
};

/** A token that ended before it expires: where a strategy judges by what has ended. */
export type EndedToken = { jti: string; until: Date };

/** A session that ended: when, until when tokens of it may be about, and why. */
export type EndedEntry = { id: string; at: Date; until: Date; reason: string };

/** A user as our own model stores it. `email` and `passwordHash` may have other names in a foreign model. */
export type UserDocument = {
  _id: unknown;
  email: string;
  passwordHash: string;
  passwordChangedAt: Date | null;
  enabled: boolean;
  roles: string[];
  scopes: string[];
  /** Moves with every change of the password; a login's write holds the value that its hash was read with. */
  credentialVersion: number;
  /** Moves with whatever ends more than one session; a login's write holds the value that it read before hashing. */
  epoch: number;
  lastLoginAt: Date | null;
  lastLogoutAt: Date | null;
  createdAt: Date;
  sessions: SessionElement[];
  /** What ended lately, and why; an entry lives as long as an access token. The id `all` stands for more than fit. */
  ended: EndedEntry[];
  /** The newest token's `issuedAt`: the next one's is not before it, whatever the clock says. */
  lastIssuedAt?: Date;
  /** Tokens issued before this are refused. Never goes back. */
  tokensValidAfter?: Date;
  /** Random; behind the `_id` in the claim `sub`, once the subject was replaced. */
  subjectSuffix?: string;
  /** `token-version`: moves with whatever ends all tokens. */
  tokenVersion?: number;
  /** `token-key`: random; replaced by whatever ends all tokens. */
  tokenKey?: string;
  /** `derived-secret`: random; the key of the user's tokens is derived from it. */
  tokenSecret?: string;
  /** `denylist`, `opaque`: tokens that ended before they expire. */
  endedTokens?: EndedToken[];
  /** Random; new in every write that ends something, so that such a write always makes an event, and says that it does. */
  rev: string;
  /** Random; new in every write that only adds, which instances need not hear of. */
  grew: string;
};

const tokenEntry = new mongoose.Schema<TokenEntry>(
  { jti: { type: String, required: true }, issuedAt: Date, expiresAt: Date, grp: { type: Array, default: undefined } },
  { _id: false },
);

const sessionElement = new mongoose.Schema<SessionElement>(
  {
    id: { type: String, required: true },
    jtis: [tokenEntry],
    generation: Number,
    refreshSeed: String,
    rotatedAt: Date,
    createdAt: Date,
    lastUsedAt: Date,
    expiresAt: Date,
    authTime: Date,
    sys: Number,
    ip: String,
    userAgent: String,
    deviceName: String,
  },
  { _id: false, id: false },
);

const endedEntry = new mongoose.Schema<EndedEntry>(
  { id: { type: String, required: true }, at: Date, until: Date, reason: String },
  { _id: false, id: false },
);

const endedToken = new mongoose.Schema<EndedToken>(
  { jti: { type: String, required: true }, until: Date },
  { _id: false, id: false },
);

const userSchema = new mongoose.Schema(
  {
    email: { type: String, required: true, unique: true },
    passwordHash: { type: String, required: true },
    passwordChangedAt: Date,
    enabled: { type: Boolean, default: true },
    roles: [String],
    scopes: [String],
    credentialVersion: { type: Number, default: 0 },
    epoch: { type: Number, default: 0 },
    lastLoginAt: Date,
    lastLogoutAt: Date,
    createdAt: Date,
    sessions: [sessionElement],
    ended: [endedEntry],
    lastIssuedAt: Date,
    tokensValidAfter: Date,
    subjectSuffix: String,
    tokenVersion: Number,
    tokenKey: String,
    tokenSecret: String,
    endedTokens: { type: [endedToken], default: undefined },
    rev: String,
    grew: String,
  },
  { collection: "users", autoIndex: false, autoCreate: false, bufferCommands: false },
);

/** Our own user model on `connection`; the same one when asked twice. */
export function userModel(connection: Connection): Model<unknown> {
  return (connection.models.MusterUser ?? connection.model("MusterUser", userSchema)) as Model<unknown>;
}
