/*
 * The wait for a silent instance, counted from when its beat was last seen to move [6], and the clocks it is counted by.
 *
 * Beat numbers are explicit here. Instance A beats; its memory holds what its stream has applied, and is used under its
 * lease. One revoker makes two revocations, one after the other, and remembers between them which number it saw and for
 * how long. Instance B removes A's row by the same rule, its delete naming the number, and possibly arriving late. A
 * removed A registers again, under a new id.
 *
 * Ages count ticks. Of A's two clocks either may fail, not both within a lease: the monotonic one stands still while a
 * virtual machine sleeps, the wall clock may be set back. The revoker's wall clock may be set ahead.
 *
 *   S  A's memory is never used without having applied a revocation whose mutation has returned
 */
bool violates_S;
#ifndef REACH
#define REACH 0
#endif
#define reached(n) assert(REACH != n)

#ifndef LEASE
#define LEASE 1
#endif
#define OVER (LEASE + 1)
#ifndef BEATS
#define BEATS 3                   /* beats in a run; a run ends there, time does not */
#endif
#define NO_ROW 255

/* ---- the database ---- */
byte committed;                   /* revocations in the log: 0, 1, 2 */
byte returned;                    /* revocations whose mutation has returned */
byte rowId = 0;                   /* A's row; NO_ROW when there is none */
byte rowNumber;
byte rowAck;                      /* appliedThrough */

/* ---- instance A ---- */
byte id;
byte number;                      /* of its last beat */
byte sent;                        /* beats sent in all */
byte applied;
byte mono = OVER; byte wall = OVER; /* since freshAsOf, by either clock */
#define NONE 0
#define SENT 1
#define WRITTEN 2
#define UNMATCHED 3
byte beat; byte beatNumber; byte beatMono; byte beatWall; byte beatSees;
#define SOUND 0
#define SLEEPS 1
#define SET_BACK 2
byte clocks;                      /* which of A's clocks fails in this run */

#ifdef MONOTONIC_ONLY             /* Ablation: the lease by the monotonic clock alone */
#define FRESH (mono <= LEASE)
#else
#ifdef WALL_ONLY                  /* Ablation: the lease by the wall clock alone */
#define FRESH (wall <= LEASE)
#else
#define FRESH (mono <= LEASE && wall <= LEASE) /* the greater of the two [3] */
#endif
#endif

/* ---- what watchers remember of A's row ---- */
byte sawId = NO_ROW; byte sawNumber; byte sawFor;       /* the revoker */
byte peerId = NO_ROW; byte peerNumber; byte peerFor;    /* B */
bit deleteSent; byte deleteId; byte deleteNumber;
bit ticked;                       /* (REACH) since the second revocation was committed */

inline grow(x) { if :: x <= LEASE -> x++ :: else fi }

inline watch() {
  if :: sawId != NO_ROW -> grow(sawFor) :: else fi;
  if :: peerId != NO_ROW -> grow(peerFor) :: else fi;
  ticked = (REACH == 1 && committed == 2)
}

active proctype Time() {
  do
  :: d_step { grow(mono); grow(wall); if :: beat != NONE -> grow(beatMono); grow(beatWall) :: else fi; watch() }
  :: d_step { clocks == SLEEPS -> grow(wall); if :: beat != NONE -> grow(beatWall) :: else fi; watch() }
  :: d_step { clocks == SET_BACK && (wall > 0 || beatWall > 0) -> wall = 0; beatWall = 0 }
#ifdef WAIT_BY_WALL_CLOCK         /* Ablation: the wait by the wall clock, which may be set ahead */
  :: d_step { sawFor <= LEASE -> sawFor = OVER }
#endif
  :: returned == 2 && sent == BEATS -> break
  od
}

active proctype InstanceA() {
  if :: clocks = SOUND :: clocks = SLEEPS :: clocks = SET_BACK fi;
  do
  :: d_step { rowId == id && beat == NONE && sent < BEATS -> sent++; number++;
       beat = SENT; beatNumber = number; beatMono = 0; beatWall = 0 }
  :: d_step { beat == SENT ->
       if
       :: rowId == id ->
            beat = WRITTEN; beatSees = committed;
            if :: beatNumber > rowNumber -> rowNumber = beatNumber :: else fi     /* $max */
       :: else -> beat = UNMATCHED
       fi }
  :: d_step { applied < committed && !(beat == WRITTEN && beatSees == applied) -> applied++ }
  :: d_step { beat == WRITTEN && beatSees == applied -> 
       if :: beatMono < mono -> mono = beatMono :: else fi;
       if :: beatWall < wall -> wall = beatWall :: else fi;
       beat = NONE; beatSees = 0; beatNumber = 0; beatMono = 0; beatWall = 0 }
  :: d_step { rowId == id && rowAck < applied -> rowAck = applied }
  /* Removed: not fresh, and registers again. */
  :: d_step { beat == UNMATCHED && rowId == NO_ROW -> beat = NONE; beatNumber = 0; beatMono = 0; beatWall = 0; mono = OVER; wall = OVER;
#ifdef COUNTS_ANEW                /* Ablation: registers again under its old id, and counts from the start */
       number = 0;
#else
#ifndef SAME_ID                   /* Variant: the old id, its numbers going on */
       id = 1 - id;
#endif
#endif
       rowId = id; rowNumber = number; rowAck = 0 }
  /* A request, answered from memory. */
  :: d_step { FRESH -> violates_S = (applied < returned); assert(!violates_S) }
  :: d_step { beat == NONE && rowId == NO_ROW -> beat = SENT; beatNumber = number; beatMono = 0; beatWall = 0 } /* finds out */
  :: returned == 2 && sent == BEATS -> break
  od
}

inline look() {                   /* the reply that first shows a number starts the count */
  if
  :: rowId == NO_ROW -> skip
  :: rowId != NO_ROW && (rowId != sawId || rowNumber != sawNumber) -> sawId = rowId; sawNumber = rowNumber;
       sawFor = 0
  :: else -> skip
  fi
}

active proctype Revoker() {
  bit wait;
  do
  :: d_step { committed == returned && committed < 2 -> look() }           /* some other revocation's reading */
  :: committed == returned && committed < 2 ->
       skip;
       d_step { committed++; ticked = 0 };
#ifdef NO_READ_AFTER_WRITE        /* Ablation: known silent by what it saw before its own write */
       d_step { wait = (rowId != NO_ROW) };
#else
       d_step { wait = (rowId != NO_ROW); look() };
#endif
       do
       :: d_step { wait && rowId == sawId && rowAck >= committed -> wait = 0 }
       :: d_step { wait && sawFor > LEASE -> wait = 0;
            if :: committed == 2 && !ticked -> reached(1) :: else fi }
       :: !wait -> break
       od;
       skip;
       d_step { returned++; if :: returned == 2 -> sawId = NO_ROW; sawNumber = 0; sawFor = 0; peerId = NO_ROW; peerNumber = 0; peerFor = 0 :: else fi }
  :: returned == 2 -> break
  od
}

active proctype PeerB() {
  do
  :: d_step { returned < 2 && rowId != NO_ROW && (rowId != peerId || rowNumber != peerNumber) ->
       peerId = rowId; peerNumber = rowNumber; peerFor = 0 }
  :: d_step { rowId != NO_ROW && rowId == peerId && rowNumber == peerNumber && peerFor > LEASE && !deleteSent ->
       deleteSent = 1; deleteId = peerId; deleteNumber = peerNumber; peerId = NO_ROW; peerNumber = 0; peerFor = 0 }
  :: d_step { deleteSent -> deleteSent = 0;
       if :: rowId == deleteId && rowNumber == deleteNumber -> rowId = NO_ROW; reached(2) :: else fi;
       deleteId = 0; deleteNumber = 0 }
  :: returned == 2 -> break
  od
}
