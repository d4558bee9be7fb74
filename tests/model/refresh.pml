/* The refresh protocol of hubauth (docs/refresh.md), for spin(1). One grant, CLIENTS processes that share its record, a
 * server, and a person who may log in again at any moment.
 *
 * What can go wrong, as often as CRASHES and LOSSES say: a process dies at any point; an answer is lost on its way, or the
 * request is. That a process stalls needs no words here: nothing says when it takes its next step. The wait for its turn at the token
 * endpoint, under the lease and before anything is written ahead, is such a stall.
 *
 * SERVER: 0 keeps its refresh token (fixed), 1 replaces it and takes the old one until the new one was used (grace), 2
 * takes only the newest (strict). The last two end the login when a used-up token is shown.
 *
 * A request that is under way when its sender dies arrives at that moment or never: one that arrives half an hour later, when
 * its successors were used, is a replay that no client can prevent.
 *
 * Break the protocol to see the properties fail: -DNO_LOCK -DNO_FENCE -DHAND_OUT_FIRST -DNO_RECOVERY -DPREVIOUS_FIRST
 * -DDEATH_BY_DOUBT -DLATE_NOTE. */

#ifndef CLIENTS
#define CLIENTS 2
#endif
#ifndef SERVER
#define SERVER 2
#endif
#ifndef CRASHES
#define CRASHES 2
#endif
#ifndef LOSSES
#define LOSSES 1
#endif
#ifndef ROUNDS
#define ROUNDS 2 /* how often the access token expires */
#endif
#define FIXED 0
#define GRACE 1
#define STRICT 2

/* ---------------------------------------------------------------- the server: one login at a time */

byte family = 1;  /* which login; a new one ends the one before */
bool alive = true;
byte oldest = 1, newest = 1; /* refresh tokens that work, as numbers of issue; the next login goes on from there */

#define WORKS(token) (alive && (token) >= oldest && (token) <= newest)

/* ---------------------------------------------------------------- the record, durable */

byte generation = 1, stored = 1, previous = 0, record_family = 1;
bool in_doubt = false, dead = false;
byte note = 0, note_previous = 0, note_generation = 0, note_family = 0; /* beside the lease */

/* ---------------------------------------------------------------- the rest of the world */

byte lease = 0;  /* who has it; 0: nobody */
byte waiting_for_answer = 0;
byte in_memory = 0, in_memory_family = 0; /* a new refresh token that only the holder's memory knows: with LATE_NOTE */
bool fresh = false;
bool excuse = false; /* an answer did not arrive: a strict server has then forgotten what it took */
byte crashes = 0, losses = 0, rounds = 1, started = CLIENTS, finished = 0;

#define KNOWN(token) (WORKS(token) && record_family == family)
#define NOTED (note_generation == generation + 1 && note_family == record_family && KNOWN(note))
#define LIVES_ON (KNOWN(stored) || (previous != 0 && KNOWN(previous)) || NOTED || \
                  (in_memory_family == family && WORKS(in_memory)))

/* No generation is lost: what the server would still take is known to somebody. */
#define SOUND (!alive || LIVES_ON || (SERVER == STRICT && excuse))
/* ...and it is alive, unless there is that excuse: showing it a wrong token would have ended it. */
#define TRUE_TO_IT (alive || (SERVER == STRICT && excuse))

inline serve(token, token_family, answer)
{
    if
    :: token_family != family -> answer = 0 /* of a login that is over */
    :: token_family == family && WORKS(token) ->
        if
        :: SERVER == FIXED -> answer = token
        :: SERVER == GRACE -> oldest = token; newest++; answer = newest
        :: SERVER == STRICT -> newest++; oldest = newest; answer = newest
        fi
    :: token_family == family && !WORKS(token) -> answer = 0; alive = (SERVER == FIXED -> alive : false)
    fi
}

/* The note beside the lease, of a refresh token that replaced another. */
inline take_note()
{
    if
    :: SERVER != FIXED && answer != 0 ->
        note = answer; note_previous = shown; note_generation = seen_generation + 1; note_family = shown_family
    :: else
    fi
}

/* The process is gone, and what it had in memory. The kernel takes the lease back. */
inline die()
{
    crashes++;
    if
    :: holds -> in_memory = 0; in_memory_family = 0
    :: else
    fi;
    waiting_for_answer = waiting_for_answer - (awaits -> 1 : 0);
    lease = (lease == _pid -> 0 : lease);
    goto gone
}

/* A step, before which the process may die instead. */
#define MAY_DIE :: atomic { crashes < CRASHES -> die() }

proctype Client()
{
    byte seen_generation, shown, shown_family, answer;
    bool holds = false, awaits = false, arrived = false, with_previous = false, kept = false;

again:
    do
    :: fresh || dead -> goto done
    :: !fresh && !dead ->
        /* vault_lease_try() */
#ifdef NO_LOCK
        atomic { true -> holds = true }
#else
        atomic { lease == 0 -> lease = _pid; holds = true }
#endif
        break
    od;
    if
    MAY_DIE
    :: atomic { true -> /* broker_grant_recover(): one transaction of the vault */
#ifndef NO_RECOVERY
        if
        :: note_generation == generation + 1 && note_family == record_family ->
            stored = note; previous = note_previous; generation++; in_doubt = false; fresh = true
        :: else
        fi;
#endif
        note_generation = 0 }
    fi;
    if /* the second look, under the lease */
    :: fresh || dead -> goto release
    :: else
    fi;
    if
    MAY_DIE
    :: atomic { true -> /* written ahead */
        shown = stored; shown_family = record_family; with_previous = false;
#ifdef PREVIOUS_FIRST
        shown = (previous != 0 -> previous : stored);
#endif
        generation++; seen_generation = generation; in_doubt = true }
    fi;

send:
    if
    MAY_DIE
    :: atomic { crashes < CRASHES -> serve(shown, shown_family, answer); excuse = excuse || answer > shown; die() }
    :: atomic { true -> awaits = true; waiting_for_answer++; assert(waiting_for_answer <= 1) }
    fi;
    if
    MAY_DIE
    :: atomic { crashes < CRASHES -> serve(shown, shown_family, answer); excuse = excuse || answer > shown; die() }
    :: atomic { true -> serve(shown, shown_family, answer); arrived = true;
#ifdef LATE_NOTE
        in_memory = (SERVER != FIXED && answer != 0 -> answer : 0);
        in_memory_family = (in_memory != 0 -> shown_family : 0) }
#else
        take_note() } /* no system call is in between, and before those the processes of this model die */
#endif
    :: atomic { losses < LOSSES -> losses++; arrived = false } /* the request is lost */
    :: atomic { losses < LOSSES -> losses++; serve(shown, shown_family, answer); excuse = excuse || answer > shown; arrived = false }
    fi;
    atomic { true -> awaits = false; waiting_for_answer-- }
    if
    :: !arrived -> /* in doubt: the record says so already. Somebody asks again with what is stored. */
#ifdef DEATH_BY_DOUBT
        atomic { true -> dead = true; assert(!alive) }
#endif
        goto release
    :: arrived && answer == 0 -> goto refused
    :: arrived && answer != 0 -> goto got
    fi;

refused:
    if
    MAY_DIE
    :: atomic { previous != 0 && !with_previous && shown == stored && generation == seen_generation ->
        with_previous = true; shown = previous; goto send }
    :: atomic { else ->
        if
        :: generation != seen_generation -> skip /* a login came in between, and counts for more */
        :: generation == seen_generation ->
            generation++; in_doubt = false; dead = true;
            assert(!WORKS(stored) && (previous == 0 || !WORKS(previous))) /* a grant dies only when it is dead */
        fi }
    fi;
    goto release;

got:
#ifdef HAND_OUT_FIRST
    assert(stored == answer);
#endif
#ifdef LATE_NOTE
    if
    MAY_DIE
    :: atomic { true -> take_note(); in_memory = 0; in_memory_family = 0 }
    fi;
#endif
    if
    MAY_DIE
    :: atomic { true -> /* the store, fenced by the generation */
        if
#ifdef NO_FENCE
        :: true ->
#else
        :: generation == seen_generation ->
#endif
            assert(record_family == shown_family); /* no late write wins over a login */
            previous = (answer == shown -> 0 : shown); stored = answer; generation++; in_doubt = false; fresh = true;
            kept = true
        :: generation != seen_generation -> skip
        fi;
        in_memory = 0; in_memory_family = 0 }
    fi;
    if
    MAY_DIE
    :: atomic { true -> note_generation = 0 }
    fi;
    if /* the hand-out: the refresh token that came with it is durable by now */
    :: kept -> assert(record_family != shown_family || stored == answer)
    :: !kept /* a login came in between; the next look finds its token */
    fi;

release:
    if
    MAY_DIE
    :: atomic { true -> lease = (lease == _pid -> 0 : lease); holds = false;
        /* nothing of this turn is remembered */
        seen_generation = 0; shown = 0; shown_family = 0; answer = 0; with_previous = false; arrived = false; kept = false }
    fi;
    goto again;

done:
gone:
    finished++
}

/* The access token expires; a person may log in, whatever the processes do. */
proctype World()
{
    byte login = 0;
    do
    :: atomic { fresh && rounds < ROUNDS -> rounds++; fresh = false; run Client(); started++ }
    :: atomic { login == 0 -> login = 1; family++; alive = true; newest++; oldest = newest;
        /* broker_login: replaces whatever is there */
        generation++; stored = newest; previous = 0; record_family = family; in_doubt = false; dead = false; fresh = true }
    :: atomic { login == 0 -> login = 2 } /* nobody does */
    :: login != 0 && (rounds == ROUNDS || finished == started) -> break
    od
}

init
{
    byte i = 0;
    atomic {
        do
        :: i < CLIENTS -> run Client(); i++
        :: else -> break
        od;
        run World()
    }
}

/* Looks at every state. */
active proctype Watch()
{
end:
    atomic {
        !(SOUND && TRUE_TO_IT) -> assert(SOUND);
        assert(TRUE_TO_IT)
    }
}

/* Under weak fairness everybody comes to an end: with a token, a dead grant, or its own death. */
ltl comes_to_an_end { <> [] (finished == started) }
