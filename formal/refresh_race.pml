/*
 * Two uses of one refresh token, racing each other and a logout.
 *
 * The session's element holds a generation, which the token names. Rotation is one update whose filter holds the
 * session's id and that generation. Within the grace the predecessor is answered with the winner's answer; after it, or
 * older than that, its use is reuse, and ends the session.
 *
 *   O  one generation is rotated at most once: whoever else presents it gets the same successor, or nothing
 *   N  a session that was logged out is not on the roll again
 *   E  after reuse was seen, the session is gone
 */
bool violates_O;
bool violates_N;
bool violates_E;
#ifndef REACH
#define REACH 0
#endif
#define reached(n) assert(REACH != n)

bit live = 1;                     /* the element is on the roll */
byte generation = 1;
byte rotations[3];                /* of generation 0, 1, 2 */
bit graceOver;                    /* by the database's clock */
bit loggedOut; bit reused;

proctype Refresh(byte token) {
  bit l; byte g; bit again;
#ifdef NAIVE                      /* Ablation: loads the document, changes it, saves it whole */
  d_step { l = live; g = generation };
  if
  :: l && g == token -> d_step { live = 1; generation = g + 1; rotations[token]++ }
  :: else
  fi;
#else
#ifdef MINUS_GENERATION           /* Ablation: the filter holds the session's id alone */
  d_step { l = live; g = generation };
  if
  :: l && g == token -> d_step { if :: live -> generation = g + 1; rotations[token]++ :: else fi }
  :: else -> again = 1
  fi;
#else
  d_step {                        /* one findOneAndUpdate */
    if
    :: live && generation == token -> generation++; rotations[token]++; graceOver = 0
    :: else -> again = 1
    fi
  };
#endif
  /* It did not match: look why. What ends the session is once more an update whose filter holds what was seen. */
  if
  :: again ->
       d_step { l = live; g = generation; again = (g == token + 1 && !graceOver) };
       if
       :: l && again -> reached(1)                      /* a racer: the winner's answer again */
       :: l && !again && g > token -> d_step { live = 0; reused = 1; reached(2) }
       :: else -> reached(3)                            /* no session, no answer */
       fi
  :: else
  fi;
#endif
  skip
}

proctype Logout() { d_step { live = 0 }; loggedOut = 1 }
proctype Time() { graceOver = 1 }

init {
  atomic { run Refresh(1); run Refresh(1); run Logout(); run Time() };
  (_nr_pr == 1);
  violates_O = (rotations[1] > 1); assert(!violates_O);
  violates_N = (loggedOut && live); assert(!violates_N);
  violates_E = (reused && live); assert(!violates_E)
}
