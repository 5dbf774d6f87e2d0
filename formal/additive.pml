/*
 * Writes that only add, and are left out of every stream [1].
 *
 * A user's roll holds at most two sessions; a login over the cap ends the oldest. Session a is on the roll. Two logins,
 * b and c, run at once on other instances; instance A has the user in memory. Whether a login only adds is decided
 * inside its update, by the roll as that update finds it: if it ends something, it writes `rev`, its event is delivered
 * and its mutation waits; if not, it writes `grew`, no stream carries it and its mutation returns with the write's ack.
 *
 *   S  A admits nothing with session a once the login that ended it has returned
 *   L  A never refuses a session that is on the roll and whose login has returned
 *
 * A is always in step here but for the delay of its stream: leases and silence are in session_cache.pml.
 */
bool violates_S;
bool violates_L;
#ifndef REACH
#define REACH 0
#endif
#define reached(n) assert(REACH != n)

#define CAP 2
bit onRoll[3];                    /* sessions a, b, c */
byte length;
bit returned[3];                  /* that login's mutation has returned */
bit endedA; bit endReturned;      /* some login ended a; its mutation has returned */
bit event;                        /* a `rev` event is on its way to A */
bit entry; bit has[3];            /* A's memory */

inline pushAndCap(me) {           /* one pipeline update: adds me, and over the cap ends the oldest */
  onRoll[me] = 1; length++;
  if
  :: length > CAP && onRoll[0] -> onRoll[0] = 0; length--; ended = 1; endedA = 1
  :: else -> ended = 0
  fi
}

proctype Login(byte me) {
  bit ended; bit only;
#ifdef DECIDED_BY_CLIENT          /* Ablation: the marker is chosen from the roll as it was read before */
  only = (length < CAP);
  d_step { pushAndCap(me); if :: !only -> event = 1 :: else fi };
#else
#ifdef BOTH_MARKERS               /* Ablation: every login writes `grew`; one that ends something writes `rev` too */
  d_step { pushAndCap(me); only = !ended };
#else
  d_step { pushAndCap(me); only = !ended; if :: ended -> event = 1; reached(1) :: else -> reached(2) fi };
#endif
#endif
#ifndef NO_WAIT                   /* Ablation: a login never waits, whatever it ended */
  if
  :: !only -> !event
  :: only
  fi;
#endif
  d_step { returned[me] = 1; if :: ended -> endReturned = 1 :: else fi }
}

active proctype InstanceA() {
  byte t; bit late; bit due; bit poisoned; bit loading; bit read[3]; bit answered; byte n;
  atomic { onRoll[0] = 1; length = 1; run Login(1); run Login(2) };
  do
  :: d_step { event -> event = 0; entry = 0; has[0] = 0; has[1] = 0; has[2] = 0; if :: loading -> poisoned = 1 :: else fi }
  :: atomic { !loading && n < 4 -> n++;
       if :: t = 0 :: returned[1] -> t = 1 :: returned[2] -> t = 2 fi;
       late = endReturned;
       if
       :: entry && has[t] ->
            violates_S = (t == 0 && late); assert(!violates_S);
            if :: t == 0 && endedA -> reached(3) :: else fi; t = 0; late = 0
#ifdef REFUSES_FROM_MEMORY        /* Ablation: a session that memory does not have is refused [7] */
       :: entry && !has[t] -> violates_L = onRoll[t]; assert(!violates_L); t = 0; late = 0
#endif
       :: else -> loading = 1
       fi }
  :: d_step { loading && !answered -> answered = 1; read[0] = onRoll[0]; read[1] = onRoll[1]; read[2] = onRoll[2] }
  :: d_step { loading && answered ->
       if :: read[t] -> violates_S = (t == 0 && late); assert(!violates_S)
          :: else -> violates_L = onRoll[t]; assert(!violates_L) fi;
       if :: !poisoned -> entry = 1; has[0] = read[0]; has[1] = read[1]; has[2] = read[2] :: else fi;
       loading = 0; answered = 0; poisoned = 0; read[0] = 0; read[1] = 0; read[2] = 0; t = 0; late = 0 }
  :: n == 4 && !loading -> break
  od
}
