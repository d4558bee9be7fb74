/* The functions of libm that SQLite's SQL functions for mathematics call. Our statements use none
 * of them, and to map and relocate libm costs a start as much as libsodium does. So they are here,
 * and libm is not linked. They answer that there is no result, which SQL calls NULL. A later SQLite
 * that needs another one gets libm. */
#include <math.h>

#define OF_ONE(name)                                                                               \
    double name(double x)                                                                          \
    {                                                                                              \
        (void)x;                                                                                   \
        return NAN;                                                                                \
    }

#define OF_TWO(name)                                                                               \
    double name(double x, double y)                                                                \
    {                                                                                              \
        (void)x;                                                                                   \
        (void)y;                                                                                   \
        return NAN;                                                                                \
    }

OF_ONE(acos)
OF_ONE(acosh)
OF_ONE(asin)
OF_ONE(asinh)
OF_ONE(atan)
OF_ONE(atanh)
OF_ONE(cos)
OF_ONE(cosh)
OF_ONE(exp)
OF_ONE(log)
OF_ONE(sin)
OF_ONE(sinh)
OF_ONE(sqrt)
OF_ONE(tan)
OF_ONE(tanh)
OF_ONE(trunc)
OF_TWO(atan2)
OF_TWO(fmod)
OF_TWO(pow)
