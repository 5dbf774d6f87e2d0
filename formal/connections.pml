/*
 * Live connections: cut before the acknowledgement, and silent when the lease is [6].
 *
 * Instance A has a connection of a session that the revocation W ends. Each event for it is authorised, resolved, which
 * takes a while, and sent. W's mutation returns when A has acknowledged it, or when A's lease must have run out.
 *
 *   S  nothing is delivered on the connection after W's mutation returned
 *   K  where A has acknowledged W, no connection of that session is open, and none opens any more
 *
 * A's lease is an age in ticks. A beat that comes back while W is not applied was written before W, so it makes A no
 * fresher than W is old.
 */
bool violates_S;
bool violates_K;
#ifndef REACH
#define REACH 0
#endif
#define reached(n) assert(REACH != n)

#define LEASE 2
#define OVER (LEASE + 1)
byte age; byte sinceW;            /* of freshAsOf; of W's commit */
bit revoked; bit applied; bit acked; bit returned;
#define FRESH (age <= LEASE)

#define CLOSED 0
#define LISTED 1                  /* in the table of connections, not yet validated */
#define OPEN 2
byte connection;
#define UNSEEN 0
#define VALID 1
byte token;                       /* (VALIDATES_FIRST) validated, not yet in the table */
bit event;                        /* authorised, being resolved */
bit resets;

active proctype Clock() {
  do
  :: d_step { if :: age <= LEASE -> age++ :: else fi; if :: revoked && sinceW <= LEASE -> sinceW++ :: else fi }
  od
}

active proctype Revoker() {
  revoked = 1;
  if
  :: acked
  :: sinceW > LEASE -> if :: !acked && connection == OPEN -> reached(1) :: else fi
  fi;
  returned = 1
}

inline opened() { connection = OPEN; violates_K = acked; assert(!violates_K) }

active proctype InstanceA() {
  do
  /* A beat is back. */
  :: d_step { !revoked || applied -> age = 0 }
  :: d_step { revoked && !applied && sinceW < age -> age = sinceW }

  /* W arrives: evict, cut, and only then acknowledge. */
#ifdef ACK_BEFORE_CUT             /* Ablation */
  :: d_step { revoked && !applied -> applied = 1 }
  :: d_step { applied && !acked -> acked = 1; violates_K = (connection == OPEN); assert(!violates_K) }
  :: d_step { applied && connection != CLOSED -> connection = CLOSED }
#else
  :: d_step { revoked && !applied -> applied = 1; if :: connection == OPEN -> reached(2) :: else fi; connection = CLOSED }
  :: d_step { applied && !acked -> acked = 1; violates_K = (connection == OPEN); assert(!violates_K) }
#endif

  /* A connection opens: in the table first, then validated, so that W finds it there. */
#ifdef VALIDATES_FIRST            /* Ablation: validated first, then put into the table */
  :: d_step { connection == CLOSED && token == UNSEEN && FRESH && !applied -> token = VALID }
  :: d_step { token == VALID -> token = UNSEEN; opened() }
#else
  :: d_step { connection == CLOSED -> connection = LISTED }
  :: d_step { connection == LISTED -> if :: FRESH && !applied -> opened() :: FRESH && applied -> connection = CLOSED :: !FRESH && !revoked -> opened() :: else -> connection = CLOSED fi }
#endif

  /* An event: authorised by memory under the lease. */
  :: d_step { connection == OPEN && !event && FRESH && !applied -> event = 1 }
#ifdef SENDS_BEHIND_A_BARRIER     /* Ablation: while not fresh, an event authorised by a barrier read is sent, not held */
  :: d_step { connection == OPEN && !event && !FRESH && !revoked -> event = 1 }
  :: d_step { event && connection == OPEN -> event = 0; violates_S = returned; assert(!violates_S) }
#else
#ifdef SENDS_UNCHECKED            /* Ablation: the lease is looked at when it is authorised, and not again when sent */
  :: d_step { event && connection == OPEN -> event = 0; violates_S = returned; assert(!violates_S) }
#else
  /* Sent while the connection is open and the lease holds, both looked at in the same turn as the sending. */
  :: d_step { event && connection == OPEN && FRESH -> event = 0; violates_S = returned; assert(!violates_S);
       if :: revoked -> reached(3) :: else fi }
#endif
#endif
  :: d_step { event && (connection != OPEN || !FRESH) -> event = 0 }     /* dropped, or held and authorised again */
  od
}
