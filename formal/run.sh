#!/bin/bash
# Checks every model of this folder, whole and with one rule taken away at a time; prints a table.
# Exits 1 unless every whole model has no error, every ablation breaks the property it is meant to break, and every
# "this happens" is reached. Needs spin and gcc (Debian: apt-get install -y spin gcc). Two processes at a time, at most
# 4 GB each. JOBS=n and MEMORY_MB=n change that.
set -u
here=$(cd "$(dirname "$0")" && pwd)
export JOBS=${JOBS:-2} MEMORY_MB=${MEMORY_MB:-4000} LIMIT_SECONDS=${LIMIT_SECONDS:-300}
for tool in spin gcc; do
  command -v "$tool" >/dev/null || { echo "formal/run.sh needs $tool: apt-get install -y spin gcc" >&2; exit 1; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# wanted | model | variant | what it is called in the table
# wanted: none, or the letter of the property that must break, or "happens" for a place that must be reached.
cat > "$work/rows" <<'ROWS'
none|session_cache||S: the whole protocol
none|session_cache|BEATS=2 LEASE_A=1|S: the same, two beats in the air
none|session_cache|PROPERTY_L|L: the whole protocol
none|session_cache|PROPERTY_L BEATS=2 LEASE_A=1|L: the same, two beats in the air
none|session_cache|SELF|S: the revoker is A and counts itself by evicting
none|session_cache|BY_HAND|S: someone deletes the row during the wait
none|session_cache|PROPERTY_L REFUSES_BY_PLAIN_READ NO_MEMBER_IS_STALE|L: plain read refuses, were no member ever stale
S|session_cache|NAIVE|naive
S|session_cache|MINUS_LEASE|minus LEASE: poisoned loads are stored
S|session_cache|SHARES_POISONED|poisoned loads are shared
S|session_cache|MINUS_AFTER|minus AFTER: reads may go behind what was applied
S|session_cache|MINUS_FRESH|minus FRESH: once fresh, for ever fresh
S|session_cache|FRESH_AT_RETURN|freshness counted from the beat's return
S|session_cache|STALE_FLAG|freshness kept by a timer, late after a pause
S|session_cache|MINUS_BARRIER|no barrier when not fresh
S|session_cache|JOINS_WHEN_NOT_FRESH|not fresh, joins a barrier in the air
S|session_cache|JOINS_WHAT_IS_NOT_STORED|fresh, joins a load begun while not fresh
S|session_cache|STORES_WHEN_NOT_FRESH|may be stored: judged at the load's end
S|session_cache|RESET_KEEPS_MEMORY|memory survives a new stream
S|session_cache|RESET_KEEPS_LOADS|loads survive a new stream
S|session_cache|RESET_KEEPS_FRESHNESS|the lease survives a new stream
S|session_cache|NO_WAIT|no wait
S|session_cache|WAITS_FOR_ONE|waits for one acknowledgement only
S|session_cache|OWN_LEASE|waits by the revoker's own lease
S|session_cache|WAIT_FROM_SEND|wait counted from before the beat was seen
S|session_cache|NO_READ_AFTER_W|known silent without a reading after the write
S|session_cache|STALE_ROWS|rows read from a member behind the write
S|session_cache|BY_HAND VANISHED_IS_GONE|a row that vanishes is taken for a stopped instance
S|session_cache|ACK_BEFORE_EVICT|acknowledges before it has evicted
S|session_cache|SELF SELF_KEEPS_LOADS|the revoker's own loads are not poisoned
S|session_cache|SELF SELF_KEEPS_FLOOR|the revoker's own reads may go behind its write
S|session_cache|UNREGISTERED|uses its memory before it is registered
S|session_cache|LEAVES_FIRST|deletes its row before it stops
S|session_cache|LATE_BEATS|a late beat makes it fresh while it leaves
S|session_cache|SAME_ID|its old id again, its own delete still in the air
S|session_cache|TTL|removes a row by TTL
S|session_cache|REMOVES_EARLY|removes a row before its lease is over
S|session_cache|REMOVES_WITHOUT_NUMBER|removes a row without its number in the filter
L|session_cache|PROPERTY_L REFUSES_FROM_MEMORY|refuses from memory
L|session_cache|PROPERTY_L JOINER_REFUSED|joiner of a load refused by it
L|session_cache|PROPERTY_L REFUSES_BY_PLAIN_READ|refuses by a plain majority read
happens|session_cache|REACH=1|a admitted from memory, W committed, not returned
happens|session_cache|PROPERTY_L REACH=2|b admitted from memory after W returned
happens|session_cache|REACH=3|returned while a silent A still holds a
happens|session_cache|REACH=4|... and A is fresh again later
happens|session_cache|REACH=5|known silent: returned without waiting a tick
happens|session_cache|REACH=6|A removed, registered again, in use again
happens|session_cache|REACH=7|a poisoned load is thrown away
happens|session_cache|REACH=8|a joiner is admitted
happens|session_cache|REACH=9|a refused by a barrier read
happens|session_cache|REACH=10|a read answered by a stale member
none|silence||the whole protocol
none|silence|SAME_ID|registers under its old id, numbers going on
S|silence|COUNTS_ANEW|registers under its old id and counts anew
S|silence|NO_READ_AFTER_WRITE|known silent without a reading after the write
S|silence|MONOTONIC_ONLY|lease by the monotonic clock alone
S|silence|WALL_ONLY|lease by the wall clock alone
S|silence|WAIT_BY_WALL_CLOCK|wait by the wall clock
happens|silence|REACH=1|the second revocation does not wait for a dead A
happens|silence|REACH=2|A's row is removed
none|acknowledgement||the whole protocol
S|acknowledgement|ACK_UNCOMMITTED|acknowledges what is not majority-committed
D|acknowledgement|W1|the revocation itself with w:1
R|acknowledgement|ACK_ONCE|acknowledges once, not with every beat
happens|acknowledgement|REACH=1|an acknowledgement is rolled back
happens|acknowledgement|REACH=2|admitted from memory, W committed, not returned
happens|acknowledgement|REACH=3|returned on one that the primary does not have
none|additive||the whole protocol
S|additive|DECIDED_BY_CLIENT|decided by the client from what it read before
S|additive|BOTH_MARKERS|one that ends something carries `grew` too
S|additive|NO_WAIT|a login that ends something does not wait
L|additive|REFUSES_FROM_MEMORY|refuses from memory
happens|additive|REACH=1|a login ends a session
happens|additive|REACH=2|a login only adds
happens|additive|REACH=3|a admitted while the login that ended it waits
none|connections||the whole protocol
K|connections|ACK_BEFORE_CUT|acknowledges before the connection is cut
K|connections|VALIDATES_FIRST|validated before it stands in the table
S|connections|SENDS_UNCHECKED|lease not looked at again when sending
S|connections|SENDS_BEHIND_A_BARRIER|not fresh: sent after a barrier, not held
happens|connections|REACH=1|returned while a silent A has it open
happens|connections|REACH=2|a connection is cut
happens|connections|REACH=3|delivered between W and its return
none|login_race||account disabled
none|login_race|PWCHANGE|password changed
none|login_race|EVERYWHERE|logoutEverywhere
N|login_race|NAIVE|disabled, filter by _id alone
N|login_race|PWCHANGE NAIVE|password changed, filter by _id alone
N|login_race|EVERYWHERE MINUS_EPOCH|logoutEverywhere, filter without the epoch
happens|login_race|REACH=1|a login is overtaken
happens|login_race|REACH=2|the revocation ends a session
happens|login_race|REACH=3|a login is through
none|refresh_race||the whole protocol
O|refresh_race|MINUS_GENERATION|filter without the generation
N|refresh_race|NAIVE|loads and saves the document
happens|refresh_race|REACH=1|a racer gets the winner's answer
happens|refresh_race|REACH=2|reuse ends the session
happens|refresh_race|REACH=3|refused after the logout
ROWS

check() { # number wanted|model|variant|name
  IFS='|' read -r wanted model variant name <<< "$2"
  mkdir "$work/$1" && cd "$work/$1" && cp "$here/$model.pml" . || exit 1
  defines=(); for v in $variant; do defines+=("-D$v"); done
  optimise=-O1; [ "$wanted" = none ] && optimise=-O2
  started=$(date +%s.%N)
  spin -a "${defines[@]}" "$model.pml" > spin.out 2>&1 &&
    gcc $optimise -w -DSAFETY -DMEMLIM="$MEMORY_MB" -o pan pan.c &&
    timeout "$LIMIT_SECONDS" ./pan -m1000000 -w22 -E > pan.out 2> pan.err
  seconds=$(echo "$started $(date +%s.%N)" | awk '{ printf "%.1f", $2 - $1 }')
  states=$(grep -oE '[0-9]+ states, stored' pan.out 2>/dev/null | cut -d' ' -f1)
  broken=$(grep -oE 'assertion violated +.*\)' pan.out 2>/dev/null | head -1)
  case $broken in
    *violates_*) got=$(echo "$broken" | sed -E 's/.*violates_([A-Z]).*/\1/') ;;
    *'!='*) got=happens ;;
    '') got=none
        { grep -q 'errors: 0' pan.out && ! grep -qE 'not completed|depth too small|out of memory' pan.out; } 2>/dev/null || got=unfinished ;;
    *) got=unknown ;;
  esac
  verdict=ok; [ "$got" = "$wanted" ] || verdict=WRONG
  printf '%-15s %-52s %-8s %-10s %10s %8s  %s\n' "$model" "$name" "$wanted" "$got" "${states:--}" "$seconds" "$verdict" > "$work/row.$1"
  if [ "$verdict" = WRONG ]; then head -5 spin.out pan.out 2>/dev/null > "$work/why.$1"; fi
  cd "$work" && rm -rf "${work:?}/$1"
}
export -f check
export here work

begun=$(date +%s)
# The largest first, so that two cores end together.
awk '{ printf "%03d\t%s\n", NR, $0 }' "$work/rows" > "$work/numbered"
{ grep -P '^\d+\tnone\|(session_cache|silence)' "$work/numbered"; grep -vP '^\d+\tnone\|(session_cache|silence)' "$work/numbered"; } |
  tr '\t' '\n' | xargs -d '\n' -n 2 -P "$JOBS" bash -c 'check "$1" "$2"' _

printf '%-15s %-52s %-8s %-10s %10s %8s\n' model variant wanted got states seconds
cat "$work"/row.*
cat "$work"/why.* 2>/dev/null
passed=$(cat "$work"/row.* | grep -c ' ok$'); all=$(wc -l < "$work/rows")
echo "$(( $(date +%s) - begun )) s in all; states are those visited until the first error"
echo "$passed passed, $((all - passed)) failed"
[ "$passed" = "$all" ]
