/* Shared by the files of a login: broker_login.c begins and finishes it, broker_login_answer.c
 * takes what the browser brings in between. */
#ifndef BROKER_LOGIN_INT_H
#define BROKER_LOGIN_INT_H

#include "broker_int.h"
#include "broker_login.h"

struct broker_login {
    struct broker *b;
    struct broker_app app;
    char *redirect_url; /* one of the app's, byte for byte the same in request and exchange (A7) */
    struct base_buf issuer; /* whose answer is awaited (A12) */
    struct base_buf url;
    struct base_buf state, verifier, nonce; /* sensitive; the nonce empty unless openid is asked */
    struct base_buf asked;                  /* scopes, required and optional */
    int64_t portal;                         /* the only account that will do; 0: any */
    bool install;                           /* begun in the marketplace: no verifier, no nonce */
    bool bounced;                           /* the state of an installation was given out */
    int64_t begun_at;
    bool accepted; /* the state is used up (A3) */
    struct crypt_secret *code;
    struct broker_exchange *exchange;
    struct loop_timer *timer;
    struct broker_grant grant;
    broker_login_fn *fn;
    void *arg;
    unsigned store_attempts;
};

#endif
