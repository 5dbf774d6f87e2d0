/*
 * Acknowledgements written with w:1 and read by polling [6].
 *
 * A registration's appliedThrough is written without waiting for a majority, so a failover may roll it back, and it is
 * read with read concern local, so a deposed primary may answer. It is right all the same, because it states what an
 * instance has done with its own memory, which no failover undoes; and it is written again with every beat, so that one
 * rolled back is only late. Two members hold a copy: 0 is primary first, 1 after the failover; until it is healed, 0
 * still answers those who believe in it. A third member, without a name here, makes the majority.
 *
 *   S  instance A admits nothing from memory after the mutation returned
 *   D  when the mutation returns, its write is majority-committed
 *   R  the mutation never waits for ever for an instance that runs
 *
 * Nobody is silent here and no lease runs out: that is silence.pml.
 */
bool violates_S;
bool violates_D;
bool violates_R;
#ifndef REACH
#define REACH 0
#endif
#define reached(n) assert(REACH != n)

bit primary;
bit healed;
bit wAt[2];                       /* the revocation W is in this member's copy */
bit committed;                    /* ... and in a majority's: only then streams and majority reads show it */
bit ackAt[2];                     /* A's appliedThrough >= W, in this member's copy */
bit registered;                   /* A has a row */
bit inMemory;                     /* A's memory says that the token is good */
bit applied;                      /* A has evicted it for W */
bit askedBy[2];                    /* which member A (0) and the revoker (1) take for the primary */
bit returned;

proctype Members() {
  do
  :: d_step { wAt[primary] && !committed && (primary == 1 || !healed) -> committed = 1; wAt[1] = 1 }
  :: d_step { primary == 0 && ackAt[0] != ackAt[1] -> ackAt[1] = ackAt[0] }
  :: d_step { primary == 0 -> primary = 1;
       if :: ackAt[0] && !ackAt[1] -> reached(1) :: else fi }  /* what only 0 has is lost from here on */
  :: d_step { primary == 1 && !healed -> healed = 1; wAt[0] = wAt[1]; ackAt[0] = ackAt[1]; askedBy[0] = 1; askedBy[1] = 1 }
  :: d_step { primary == 1 && healed && ackAt[0] != ackAt[1] -> ackAt[0] = ackAt[1] }
  :: returned && healed -> break
  od
}

proctype InstanceA() {
  bit once;
  do
#ifdef ACK_UNCOMMITTED            /* Ablation: A learns of W by reading the user's document, not by its stream */
  :: d_step { registered && (wAt[askedBy[0]] || committed) && !applied -> applied = 1; inMemory = 0 }
  :: d_step { registered && !committed && !inMemory -> inMemory = 1 }
#else
  :: d_step { registered && committed && !applied -> applied = 1; inMemory = 0 }
  :: d_step { registered && !committed && !inMemory -> inMemory = 1 }
#endif
#ifdef ACK_ONCE                   /* Ablation: acknowledged once, and not again with every beat */
  :: d_step { applied && !once -> ackAt[askedBy[0]] = 1; once = 1 }
#else
  :: d_step { applied && !ackAt[askedBy[0]] -> ackAt[askedBy[0]] = 1 }
#endif
  :: d_step { askedBy[0] != primary -> askedBy[0] = primary }
  :: d_step { inMemory -> violates_S = returned; assert(!violates_S);
       if :: committed -> reached(2) :: else fi; inMemory = 0 }
  :: returned && (!registered || (applied && ackAt[1])) -> break
  od
}

proctype Revoker() {
  wAt[askedBy[1]] = 1;
#ifndef W1                        /* Ablation: the revocation itself is written with w:1 */
  skip;
  do                              /* w: majority; a write that is lost in the failover is sent again */
  :: committed -> break
  :: d_step { !committed && primary == 1 && !wAt[1] -> askedBy[1] = 1; wAt[1] = 1 }
  od;
#endif
  do
  :: !registered -> break
  :: registered && ackAt[askedBy[1]] -> break
  :: d_step { askedBy[1] != primary -> askedBy[1] = primary }
  od;
  skip;
  d_step {
    returned = 1;
    if :: registered && !ackAt[primary] -> reached(3) :: else fi;
    violates_D = !committed;
    assert(!violates_D)
  }
}

/* Nobody can take a step, and the mutation has not returned. */
proctype Stuck() { timeout -> violates_R = !returned; assert(!violates_R) }

init {
  atomic {
    if :: registered = 1; inMemory = 1 :: skip fi; /* without a row it does not use its memory */
    run Members(); run InstanceA(); run Revoker(); run Stuck()
  }
}
