/*
 * A login in flight while its user is revoked: no resurrection.
 *
 * Two logins read the user, hash the password, which takes long, and push their session. Meanwhile one update empties
 * the roll and moves the counters: the account is disabled (or the password is changed: -DPWCHANGE; or logoutEverywhere
 * runs: -DEVERYWHERE). The push's filter holds `enabled`, `credentialVersion` and `epoch` as read before hashing.
 *
 *   N  when the revocation has returned, no session is on the roll whose login had read the user before it
 */
bool violates_N;
#ifndef REACH
#define REACH 0
#endif
#define reached(n) assert(REACH != n)

bit disabled;
byte credentialVersion = 1;
byte epoch;
byte sessions;                    /* on the roll */
byte stale;                       /* ... of them, pushed after the revocation by a login that read the user before it */
bit revoked;

proctype Login(byte password) {
  bit d; byte c; byte e; bit early;
  d_step { d = disabled; c = credentialVersion; e = epoch; early = !revoked };
  if
  :: d || c != password -> goto out
  :: else
  fi;
  skip;                           /* argon2id, 50 to 300 ms */
  d_step {
    if
#ifdef NAIVE                      /* Ablation: pushes by _id alone */
    :: true ->
#else
#ifdef MINUS_EPOCH                /* Ablation: the filter lacks the epoch */
    :: disabled == d && credentialVersion == c ->
#else
    :: disabled == d && credentialVersion == c && epoch == e ->
#endif
#endif
         sessions++;
         if :: early && revoked -> stale++ :: else -> reached(3) fi
    :: else -> reached(1)         /* LOGIN_OVERTAKEN */
    fi
  };
out: skip
}

proctype Revoke() {
  d_step {
    epoch++;
#ifdef PWCHANGE
    credentialVersion = 2;
#else
#ifndef EVERYWHERE
    disabled = 1;
#endif
#endif
    if :: sessions > 0 -> reached(2) :: else fi;
    sessions = 0; revoked = 1
  };
  violates_N = (stale > 0);
  assert(!violates_N)
}

init {
  atomic { run Login(1); run Login(1); run Revoke() };
  (_nr_pr == 1);
  violates_N = (stale > 0);
  assert(!violates_N)
}
