/*
 * The memory of auth states: nothing stale is admitted (S), no good token is refused (L).
 *
 * Two instances over one replica set, one user with two tokens. Token a is on the roll from the start; the revocation W
 * ends it. Token b is put on the roll by G, a login or refresh elsewhere that only adds: no stream carries G, and it
 * evicts nothing. Instance A is here whole: memory, loads, requests, stream, beats, registration. Of instance B there is
 * what A can feel of it: the revoker waits for B too, and that part of the wait may end at any moment; and B removes A's
 * row when A is silent. What an instance remembers and is asked changes nothing outside of it, so what holds for A
 * beside any B holds for each of the two.
 *
 *   S  nothing is admitted for a request with token a that began after W's mutation had returned
 *   L  token b is never refused once its login has returned, token a never before W is committed
 *
 * A moment of the log is kept as the pair (W is before it, G is before it). Time is kept as ages: all grow by one a
 * tick and stop once they exceed the lease, so no run is cut off by a last tick. Every process may stand still for any
 * number of ticks between two steps: the paused instance, the slow answer, the hung stream.
 *
 * S is checked without G, which touches nothing that token a is judged by; L (-DPROPERTY_L) without the wait, so that it
 * cannot lean on it.
 *
 * [n] is rule n of README.md. "Ablation X" marks what -DX breaks on purpose; "Variant X" is another correct protocol.
 */

/* ---- leases, in ticks: A's may be longer than the revoker's own ---- */
#ifndef LEASE_A
#define LEASE_A 2
#endif
#define LEASE_B 1
#ifdef OWN_LEASE                  /* Ablation: the revoker, at B, waits by its own lease and not by the row's [6] */
#define WAIT_A LEASE_B
#else
#define WAIT_A LEASE_A
#endif

#ifdef NAIVE                      /* Ablation: a memory, an eviction by the stream, and none of the rules */
#define MINUS_LEASE
#define MINUS_AFTER
#define MINUS_FRESH
#define MINUS_BARRIER
#define NO_WAIT
#endif

bool violates_S;
bool violates_L;

/* ---- "this happens": with -DREACH=n the run must end in this assertion, or the model is idle in that place ---- */
#ifndef REACH
#define REACH 0
#endif
#define reached(n) assert(REACH != n)
bool seenSilent;                  /* (REACH 4) W's mutation returned before A knew of W */
bool seenTick;                    /* (REACH 5) a tick has passed since W */
bool seenRemoved;                 /* (REACH 6) B removed A's row */

/* ---- the database ---- */
bit revoked;                      /* W is majority-committed */
bit good;                         /* G is majority-committed */
bit goodBeforeW;                  /* ... and comes before W in the log */
bit returned;                     /* W's mutation has returned success */
bit loggedIn;                     /* G's mutation has returned: a client holds token b */
bit rowA;                         /* A's registration; in it: */
bit ackA;                         /*   appliedThrough >= W [6] */
bit doneB;                        /* B has acknowledged W, or B's lease has run out */

/* What watchers of the registrations know: for how long the beat number they read last has stood, in ticks [6].
   MOVED stands for "the row's number is another by now": a reading then starts the count anew. */
#define MOVED (LEASE_A + 2)
#define SINCE_READ 0
byte revokerSawA = MOVED;
byte peerSawA = MOVED;
bit counting;                     /* the revoker has read the rows after W: from here on a moving number changes nothing */
#ifdef WAIT_FROM_SEND
byte asked;                       /* age of the question to the database, where the answer is still out */
#endif
#ifdef NO_READ_AFTER_W
byte believedA = LEASE_A + 1;     /* what the revoker believes of A without looking again */
#endif

/* ---- instance A ---- */
bit registered;                   /* A knows its row to be written */
bit leaving;                      /* A has stopped using its memory and has not yet deleted its row */
bit streamOpen;
bit pendingW;                     /* W is in A's stream, not yet applied */
#define NOT_FRESH (LEASE_A + 1)
byte age = NOT_FRESH;             /* since freshAsOf [3] */
bit flag;                         /* (STALE_FLAG) "fresh", kept by a timer */
bit appliedW; bit appliedG;       /* the moment applied so far, which reads must not go behind [2] */

#ifndef BEATS
#define BEATS 1                   /* beats in the air at a time: 1 or 2 */
#endif
#define NONE 0
#define SENT 1
#define WRITTEN 2                 /* and on its way back in the stream */
#define UNMATCHED 3               /* there was no such row */
byte beat[BEATS];
byte beatAge[BEATS];              /* since the moment before it was sent [3] */
bit beatW[BEATS]; bit beatG[BEATS]; /* the moment of its write */

bit entry;                        /* the user's auth state is in memory, and has on its roll: */
bit entryA; bit entryB;           /*   token a, token b */

#define PLAIN 1                   /* majority read, at or after what was applied [2] */
#define BARRIER 2                 /* a majority write of one's own row, then a majority read at or after it [4] */
#define PLAIN_ANSWER 3
#define BARRIER_ANSWER 4
byte load;                        /* one load of the user at a time */
bit mayStore;                     /* begun while fresh [4] */
bit poisoned;                     /* [1] */
bit readW; bit readG;             /* its floor, and once answered the moment it has read */

#define OWNER 1                   /* the load was sent after the request began */
#define JOINER 2                  /* the load was already in the air */
byte request;
bit token;                        /* 0: a, 1: b */
bit late;                         /* began after W's mutation had returned */

bit ownDelete;                    /* (SAME_ID) A's delete of its row was given up by A and may still be carried out */
bit everFresh;                    /* (MINUS_FRESH) */

#ifdef MINUS_FRESH                /* Ablation: once fresh, for ever fresh */
#define FRESH everFresh
#else
#ifdef STALE_FLAG                 /* Ablation: freshness is a flag that a timer clears; after a pause the timer is late */
#define FRESH flag
#else
#define FRESH (age <= LEASE_A)    /* read from the clock by each request, after it began [3] */
#endif
#endif
#define HAS(t) ((t == 0 && entryA) || (t == 1 && entryB))
#define READ_HAS(t) ((t == 0 && !readW) || (t == 1 && readG))

inline rowMoved() {
#ifndef PROPERTY_L
  if :: !counting -> revokerSawA = MOVED :: else fi;
  if :: !returned -> peerSawA = MOVED :: else fi;
#endif
  skip
}
inline rowGone() { rowA = 0; ackA = 0; rowMoved() }
inline flush() { entry = 0; entryA = 0; entryB = 0 }
inline poison() {
  if :: load != NONE -> poisoned = 1 :: else fi                          /* [1] */
}
inline stopTrusting() { age = NOT_FRESH; flag = 0; everFresh = 0 }
inline forgetBeat(k) { beat[k] = NONE; beatAge[k] = 0; beatW[k] = 0; beatG[k] = 0 }
inline forgetBeats() {
  forgetBeat(0);
#if BEATS > 1
  forgetBeat(1)
#endif
}
inline endRequest() { request = 0; token = 0; late = 0 }
inline endLoad() { load = NONE; mayStore = 0; poisoned = 0; readW = 0; readG = 0 }
inline admit() {
  
#ifndef PROPERTY_L
  violates_S = (token == 0 && late);
  assert(!violates_S);
#endif

  endRequest()
}
inline refuse() {
  violates_L = (token == 1 || !revoked);
  assert(!violates_L);
  endRequest()
}

/* A load is registered before its read is sent [1]. While not fresh it stands behind a barrier, and is not stored [4]. */
inline sendLoad() {
  request = OWNER; poisoned = 0; readW = 0; readG = 0;
  mayStore = FRESH;
#ifdef MINUS_BARRIER              /* Ablation: while not fresh, an ordinary read decides */
  load = PLAIN;
#else
  load = (FRESH -> PLAIN : BARRIER);
#endif
#ifndef MINUS_AFTER               /* Ablation: reads may go behind what was applied */
  if :: load == PLAIN -> readW = appliedW; readG = appliedG :: else fi    /* [2] */
#endif
}
inline sendBarrier() { request = OWNER; load = BARRIER; mayStore = FRESH; poisoned = 0; readW = 0; readG = 0 }

active proctype Clock() {
  do
  :: d_step {
       if :: age <= LEASE_A -> age++ :: else fi;
       if :: beat[0] != NONE && beatAge[0] <= LEASE_A -> beatAge[0]++ :: else fi;
#if BEATS > 1
       if :: beat[1] != NONE && beatAge[1] <= LEASE_A -> beatAge[1]++ :: else fi;
#endif
       if :: revokerSawA <= LEASE_A -> revokerSawA++ :: else fi;
       if :: peerSawA <= LEASE_A -> peerSawA++ :: else fi;
#ifdef WAIT_FROM_SEND
       if :: asked <= LEASE_A -> asked++ :: else fi;
#endif
#ifdef NO_READ_AFTER_W
       if :: believedA <= LEASE_A -> believedA++ :: else fi;
#endif
       seenTick = (REACH == 5 && revoked)
     }
  od
}

#ifdef PROPERTY_L
/* G: a write that only adds. It carries the marker that every stream leaves out, and nobody waits for it [1]. */
active proctype Login() { good = 1; loggedIn = 1 }

/* W, and its mutation returns when it likes: L must not hang on the wait. */
active proctype Revoker() {
  d_step { revoked = 1; goodBeforeW = good; pendingW = streamOpen };
  returned = 1
}

/* Rows vanish when they like. */
active proctype PeerB() {
  do
  :: d_step { rowA -> rowGone() }
  od
}
#else
/* Instance B: its part of the wait ends, by acknowledgement or by its lease; and it removes the row of an A whose number
   has stood for longer than A's lease, with that number in the delete's filter [6]. */
active proctype PeerB() {
#ifdef REMOVES_WITHOUT_NUMBER
  bit decided;
#endif
  do
  :: d_step { revoked && !doneB -> doneB = 1 }
  :: d_step { !returned && rowA && peerSawA == MOVED -> peerSawA = SINCE_READ }
#ifdef REMOVES_WITHOUT_NUMBER     /* Ablation: the delete names the row alone, and the number may have moved meanwhile */
  :: d_step { !returned && rowA && peerSawA == LEASE_A + 1 -> decided = 1 }
  :: d_step { decided -> decided = 0; rowGone() }
#else
#ifdef REMOVES_EARLY              /* Ablation: removes a row whose number has not yet stood for longer than the lease */
  :: d_step { !returned && rowA && peerSawA == LEASE_A -> rowGone() }
#else
  :: d_step { !returned && rowA && peerSawA == LEASE_A + 1 -> rowGone(); seenRemoved = (REACH == 6) }
#endif
#endif
#ifdef TTL                        /* Ablation: the database removes rows by its wall clock, which may be set ahead */
  :: d_step { rowA -> rowGone() }
#endif
#ifdef BY_HAND                    /* Variant: someone deletes the row while the revoker waits */
  :: d_step { rowA && counting -> rowGone() }
#endif
  od
}

#endif

inline sendBeat(k) { beat[k] = SENT; beatAge[k] = 0 }
inline writeBeat(k) {
  if
#ifdef UNREGISTERED               /* Ablation: A uses its memory before it is registered; its beats need no row */
  :: true -> beat[k] = WRITTEN; beatW[k] = revoked; beatG[k] = good; rowMoved()
#else
  :: rowA -> beat[k] = WRITTEN; beatW[k] = revoked; beatG[k] = good; rowMoved()
  :: else -> beat[k] = UNMATCHED
#endif
  fi
}
inline beatIsBack(k) {
#ifdef FRESH_AT_RETURN            /* Ablation: fresh as of the beat's return, not as of the moment before it was sent */
  age = 0;
#else
  if :: beatAge[k] < age -> age = beatAge[k] :: else fi;                  /* [3] */
#endif
  flag = (age <= LEASE_A);
  everFresh = 1;
  if :: seenSilent && age <= LEASE_A -> reached(4) :: else fi;
  appliedW = appliedW || beatW[k]; appliedG = appliedG || beatG[k];
  forgetBeat(k)
}
#define MAY_BEAT (registered && !leaving)
#define ON_ITS_WAY(k) (beat[k] == WRITTEN && !beatW[k]) /* written before W: comes back before W does */
#if BEATS > 1
#define ANY_ON_ITS_WAY (ON_ITS_WAY(0) || ON_ITS_WAY(1))
#define ANY_UNMATCHED (beat[0] == UNMATCHED || beat[1] == UNMATCHED)
#else
#define ANY_ON_ITS_WAY ON_ITS_WAY(0)
#define ANY_UNMATCHED (beat[0] == UNMATCHED)
#endif
#define BACK(k) (streamOpen && beat[k] == WRITTEN && !(beatW[k] && pendingW))

/* Instance A's feed: its stream, its registration, its beats, its acknowledgements. */
active proctype FeedA() {
  do
  /* The stream opens at the end of the log: what was written before is not in it. */
  :: d_step { !streamOpen -> streamOpen = 1; pendingW = 0;
       if :: beat[0] == WRITTEN -> forgetBeat(0) :: else fi;
#if BEATS > 1
       if :: beat[1] == WRITTEN -> forgetBeat(1) :: else fi
#endif
     }
  /* Or, on a member that lags, at an earlier moment. */
  :: d_step { !streamOpen -> streamOpen = 1; pendingW = revoked }
  /* It fails, or has been silent for too long: flush, poison all, not fresh until a beat sent from now on is back. */
  :: d_step { streamOpen -> streamOpen = 0; pendingW = 0;
#ifndef RESET_KEEPS_MEMORY        /* Ablation: what is in memory survives a new stream */
       flush();
#endif
#ifndef RESET_KEEPS_LOADS         /* Ablation: loads in the air survive a new stream */
       poison();
#endif
#ifndef RESET_KEEPS_FRESHNESS     /* Ablation: the lease survives a new stream */
       stopTrusting();
#endif
       forgetBeats() }

  /* Registers [6]; under an id of its own, never used before. */
  :: d_step { !registered -> registered = 1; rowA = 1; ackA = 0; rowMoved() }

  /* Beats [3]. */
#ifdef UNREGISTERED
  :: d_step { !leaving && beat[0] == NONE -> sendBeat(0) }
#else
  :: d_step { MAY_BEAT && beat[0] == NONE -> sendBeat(0) }
#endif
  :: d_step { beat[0] == SENT -> writeBeat(0) }
  :: d_step { BACK(0) -> beatIsBack(0) }
#if BEATS > 1
  :: d_step { MAY_BEAT && beat[0] != NONE && beat[1] == NONE -> sendBeat(1) }
  :: d_step { beat[1] == SENT -> writeBeat(1) }
  :: d_step { BACK(1) -> beatIsBack(1) }
#endif
  /* A beat that matched nothing: A was removed. It flushes, and registers again. */
  :: d_step { ANY_UNMATCHED -> registered = 0; flush(); poison(); stopTrusting(); forgetBeats() }
#ifdef STALE_FLAG
  :: d_step { flag && age > LEASE_A -> flag = 0 }
#endif

  /* W arrives: evict and poison [1]. */
  :: d_step { streamOpen && pendingW && !ANY_ON_ITS_WAY -> pendingW = 0; appliedW = 1; appliedG = appliedG || goodBeforeW; flush(); poison() }
  /* And is acknowledged, after that [6]. */
  :: d_step { rowA && registered && appliedW && !ackA -> ackA = 1 }
#ifdef ACK_BEFORE_EVICT           /* Ablation: acknowledged when it is received, evicted afterwards */
  :: d_step { rowA && registered && pendingW && !ackA -> ackA = 1 }
#endif

  /* Leaves: first stops using its memory, for good, then deletes its row [6]. May start again, as a new process. */
#ifdef LEAVES_FIRST               /* Ablation: deletes its row while its memory is still in use */
  :: d_step { MAY_BEAT -> leaving = 1 }
  :: d_step { leaving && rowA -> rowGone() }
  :: d_step { leaving && !rowA -> flush(); poison(); stopTrusting(); forgetBeats(); leaving = 0; registered = 0 }
#else
#ifdef LATE_BEATS                 /* Ablation: a beat that was in the air when it stopped makes it fresh again */
  :: d_step { MAY_BEAT -> leaving = 1; flush(); poison(); stopTrusting() }
#else
  :: d_step { MAY_BEAT -> leaving = 1; flush(); poison(); stopTrusting(); forgetBeats() }
#endif
  :: d_step { leaving -> leaving = 0; registered = 0; rowGone(); streamOpen = 0; pendingW = 0; appliedW = 0; appliedG = 0
#ifdef SAME_ID
       ; ownDelete = 1
#endif
     }
#endif
#ifdef SAME_ID                    /* Ablation: registers again under its old id, while its old delete may still happen */
  :: d_step { ownDelete -> ownDelete = 0; if :: rowA -> rowGone() :: else fi }
#endif
  od
}

/* A request begins, and memory is looked at under the lease: it only ever admits [7]. */
inline begin(t) {
  token = t; late = returned;
  if
  :: entry && FRESH && HAS(t) ->
       if :: t == 0 && revoked -> reached(1) :: t == 1 && returned -> reached(2); :: else fi;
       if :: seenRemoved -> reached(6) :: else fi;
       admit()
#ifdef REFUSES_FROM_MEMORY        /* Ablation */
  :: entry && FRESH && !HAS(t) -> refuse()
#endif
  :: else ->
       if
       :: load == NONE -> sendLoad()
#ifdef JOINS_WHEN_NOT_FRESH       /* Ablation: a request that is not fresh shares a barrier that is already in the air */
       :: load != NONE -> request = JOINER
#else
#ifdef JOINS_WHAT_IS_NOT_STORED   /* Ablation: a fresh request joins a load that was begun while not fresh */
       :: load != NONE && FRESH -> request = JOINER
#else
       :: load != NONE && FRESH && mayStore -> request = JOINER
#endif
#endif
       :: else -> endRequest()    /* waits for its turn: the same as beginning later */
       fi
  fi
}

/* Instance A's requests, and the load of the user. */
active proctype RequestsA() {
  do
  :: d_step { request == 0 -> begin(0) }
  :: d_step { request == 0 && loggedIn -> begin(1) }
  :: d_step { request != 0 -> endRequest() }                              /* its deadline: 503; the load goes on */

  /* A plain read is answered by a member that may be behind, but not behind the floor [2]. */
  :: d_step { load == PLAIN ->
#ifdef NO_MEMBER_IS_STALE         /* Variant: every read sees all that is committed */
       readW = revoked; readG = good;
#endif
       load = PLAIN_ANSWER }
  :: d_step { load == PLAIN -> load = PLAIN_ANSWER;
       if :: readW != revoked || readG != good -> reached(10) :: else fi; readW = revoked; readG = good }
#ifndef NO_MEMBER_IS_STALE
  :: d_step { load == PLAIN && revoked && good && !readW && !readG -> load = PLAIN_ANSWER;
       if :: goodBeforeW -> readG = 1 :: else -> readW = 1 fi }
#endif
  /* A barrier read sees all that was committed before its write [4]. */
  :: d_step { load == BARRIER -> load = BARRIER_ANSWER; readW = revoked; readG = good }

  :: d_step { load == PLAIN_ANSWER || load == BARRIER_ANSWER ->
#ifdef STORES_WHEN_NOT_FRESH      /* Ablation: whether it may be stored is judged at the load's end */
       mayStore = FRESH;
#endif
#ifdef MINUS_LEASE                /* Ablation: poisoned loads are stored, and shared */
       poisoned = 0;
#endif
       if
       :: mayStore && !poisoned -> entry = 1; entryA = !readW; entryB = readG
       :: mayStore && poisoned -> reached(7)
       :: else
       fi;
       if
       :: request == 0 -> endLoad()
       :: request == OWNER && READ_HAS(token) -> admit(); endLoad()
       /* Only a read sent after the request began refuses, and only one behind a barrier: a plain one may have been
          answered by a deposed primary that does not have b yet [7]. */
       :: request == OWNER && !READ_HAS(token) && load == BARRIER_ANSWER -> reached(9); refuse(); endLoad()
#ifdef REFUSES_BY_PLAIN_READ      /* Ablation */
       :: request == OWNER && !READ_HAS(token) && load == PLAIN_ANSWER -> refuse(); endLoad()
#else
       :: request == OWNER && !READ_HAS(token) && load == PLAIN_ANSWER -> sendBarrier()
#endif
#ifdef SHARES_POISONED            /* Ablation: who joined is admitted by a poisoned load */
       :: request == JOINER && READ_HAS(token) -> admit(); endLoad()
       :: request == JOINER && !READ_HAS(token) -> sendLoad()
#else
       :: request == JOINER && READ_HAS(token) && !poisoned -> reached(8); admit(); endLoad()
#ifdef JOINER_REFUSED             /* Ablation: refused by a read sent before the request began */
       :: request == JOINER && !READ_HAS(token) && load == BARRIER_ANSWER -> refuse(); endLoad()
       :: request == JOINER && !READ_HAS(token) && load == PLAIN_ANSWER -> sendLoad()
       :: request == JOINER && READ_HAS(token) && poisoned -> sendLoad()
#else
       :: request == JOINER && (!READ_HAS(token) || poisoned) -> sendLoad()
#endif
#endif
       fi }
  od
}

#ifndef PROPERTY_L
/* W: a write that ends token a. One majority write, then a wait for every registered instance [6]. */
active proctype Revoker() {
  bit waitA;
  do                              /* earlier revocations read the rows too, and what they saw is remembered */
  :: break
#ifdef WAIT_FROM_SEND             /* Ablation: counts from when it asked, before the beat was there to be seen */
  :: d_step { rowA && asked != 0 -> asked = 0 }
  :: d_step { rowA && revokerSawA == MOVED -> revokerSawA = asked }
#else
  :: d_step { rowA && revokerSawA == MOVED -> revokerSawA = SINCE_READ }
#endif
#ifdef NO_READ_AFTER_W
  :: d_step { rowA && believedA != 0 && revokerSawA == 0 -> believedA = 0 }
#endif
  od;
  skip;
  d_step { revoked = 1; goodBeforeW = good; pendingW = streamOpen };
#ifdef SELF                       /* Variant: A itself revokes, and counts itself as done by evicting after the ack */
  d_step {
    flush();
#ifndef SELF_KEEPS_LOADS          /* Ablation: a load in the air is not poisoned by A's own mutation */
    poison();
#endif
#ifndef SELF_KEEPS_FLOOR          /* Ablation: A's reads may still go behind A's own write */
    appliedW = 1; appliedG = appliedG || goodBeforeW
#endif
  };
#endif
#ifdef NO_WAIT                    /* Ablation: returns with the write's ack */
  skip;
#else
  d_step {                        /* the rows, read at or after W: majority, afterClusterTime W */
    counting = 1;
    waitA = rowA;
    if :: rowA && revokerSawA == MOVED -> revokerSawA = SINCE_READ :: else fi
#ifdef SELF
    ; waitA = 0
#endif
  };
#ifdef STALE_ROWS                 /* Ablation: the rows are read from a member that may be behind W */
  if :: waitA = 0 :: skip fi;
#endif
  do                              /* polls of the rows still open, and the clock */
  :: d_step { waitA && rowA && ackA -> waitA = 0 }
#ifdef NO_READ_AFTER_W            /* Ablation: "known silent" by what was seen before W, without a reading after W */
  :: d_step { waitA && believedA > WAIT_A -> waitA = 0 }
#else
  :: d_step { waitA && revokerSawA > WAIT_A && revokerSawA < MOVED -> waitA = 0 }
#endif
#ifdef VANISHED_IS_GONE           /* Ablation: a row that vanishes is taken for an instance that has stopped */
  :: d_step { waitA && !rowA -> waitA = 0 }
#endif
#ifdef WAITS_FOR_ONE              /* Ablation: the first acknowledgement is enough */
  :: ackA || doneB -> break
#endif
  :: !waitA && doneB -> break
  od;
  skip;
#endif
  d_step {
    returned = 1; revokerSawA = MOVED; peerSawA = MOVED; /* B's part is over */
    if
    :: streamOpen && pendingW && entryA -> reached(3); seenSilent = (REACH == 4); if :: !seenTick -> reached(5) :: else fi
    :: else
    fi
  }
}
#endif
