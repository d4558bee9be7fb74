#include "base_time.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* 0000-01-01 and the last millisecond of 9999: what four digits can write. */
#define TIME_FIRST INT64_C(-62167219200000)
#define TIME_LAST INT64_C(253402300799999)

static const char time_months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
static const char time_weekdays[7][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};

struct time_fields {
    int year, month, day, hour, minute, second, ms,
        weekday; /* month 1 to 12, weekday 0 is Sunday */
};

static int64_t time_clock(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t); /* cannot fail: the clock exists and the address is good */
    return (int64_t)t.tv_sec * BASE_SECOND_MS + t.tv_nsec / 1000000;
}

int64_t base_time_now(void)
{
    return time_clock(CLOCK_REALTIME);
}

int64_t base_time_monotonic(void)
{
    return time_clock(CLOCK_BOOTTIME);
}

/* Days since 1970-01-01 of a date in the proleptic Gregorian calendar. The year is shifted to begin
 * in March, so that the leap day is its last; 400 years have 146,097 days. */
static int64_t time_days(int year, int month, int day)
{
    int y = month <= 2 ? year - 1 : year;
    int era = (y >= 0 ? y : y - 399) / 400;
    int year_of_era = y - era * 400;
    int day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return (int64_t)era * 146097 + day_of_era - 719468;
}

/* The reverse of time_days(), for days within four-digit years. */
static void time_date(int64_t days, struct time_fields *f)
{
    int64_t z = days + 719468;
    int era = (int)((z >= 0 ? z : z - 146096) / 146097);
    int day_of_era = (int)(z - (int64_t)era * 146097);
    int year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int march_month = (5 * day_of_year + 2) / 153;
    f->day = day_of_year - (153 * march_month + 2) / 5 + 1;
    f->month = march_month < 10 ? march_month + 3 : march_month - 9;
    f->year = year_of_era + era * 400 + (f->month <= 2 ? 1 : 0);
}

static struct time_fields time_split(int64_t unix_ms)
{
    if (unix_ms < TIME_FIRST)
        unix_ms = TIME_FIRST;
    if (unix_ms > TIME_LAST)
        unix_ms = TIME_LAST;
    int64_t days = unix_ms / BASE_DAY_MS;
    int64_t rest = unix_ms % BASE_DAY_MS;
    if (rest < 0) {
        rest += BASE_DAY_MS;
        days--;
    }
    struct time_fields f = {
        .hour = (int)(rest / BASE_HOUR_MS),
        .minute = (int)(rest / BASE_MINUTE_MS % 60),
        .second = (int)(rest / BASE_SECOND_MS % 60),
        .ms = (int)(rest % BASE_SECOND_MS),
        .weekday = (int)(((days + 4) % 7 + 7) % 7), /* 1970-01-01 was a Thursday */
    };
    time_date(days, &f);
    return f;
}

/* False when a field is out of its range. Second 60 is a leap second and counts as the next
 * minute's first. */
static bool time_join(const struct time_fields *f, int64_t *ret_unix_ms)
{
    static const int days_in_month[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (f->month < 1 || f->month > 12 || f->hour > 23 || f->minute > 59 || f->second > 60)
        return false;
    bool leap = f->year % 4 == 0 && (f->year % 100 != 0 || f->year % 400 == 0);
    int last = days_in_month[f->month - 1] + (leap && f->month == 2 ? 1 : 0);
    if (f->day < 1 || f->day > last)
        return false;
    *ret_unix_ms = time_days(f->year, f->month, f->day) * BASE_DAY_MS + f->hour * BASE_HOUR_MS +
                   f->minute * BASE_MINUTE_MS + f->second * BASE_SECOND_MS + f->ms;
    return true;
}

/* So many digits and the character that follows them; returns the place behind it. */
static char *time_put(char *at, int number, int digits, char then)
{
    for (int i = digits - 1; i >= 0; i--) {
        at[i] = (char)('0' + number % 10);
        number /= 10;
    }
    at[digits] = then;
    return at + digits + 1;
}

/* By hand: snprintf() was a third of the time that writing many records took. */
const char *base_time_iso(char out[32], int64_t unix_ms)
{
    struct time_fields f = time_split(unix_ms);
    char *at = time_put(out, f.year, 4, '-');
    at = time_put(at, f.month, 2, '-');
    at = time_put(at, f.day, 2, 'T');
    at = time_put(at, f.hour, 2, ':');
    at = time_put(at, f.minute, 2, ':');
    at = time_put(at, f.second, 2, f.ms != 0 ? '.' : 'Z');
    if (f.ms != 0)
        at = time_put(at, f.ms, 3, 'Z');
    *at = '\0';
    return out;
}

const char *base_time_http(char out[32], int64_t unix_ms)
{
    struct time_fields f = time_split(unix_ms);
    snprintf(out, 32, "%s, %02d %s %04d %02d:%02d:%02d GMT", time_weekdays[f.weekday], f.day,
             time_months[f.month - 1], f.year, f.hour, f.minute, f.second);
    return out;
}

/* Takes a fixed number of digits, or one literal character, off the front of *s. */
static bool time_take_digits(struct base_span *s, size_t n, int *ret)
{
    uint64_t value;
    if (s->n < n || !base_span_uint64(base_span_first(*s, n), &value))
        return false;
    *ret = (int)value;
    *s = base_span_from(*s, n);
    return true;
}

static bool time_take_text(struct base_span *s, const char *text)
{
    if (!base_span_starts(*s, text))
        return false;
    *s = base_span_from(*s, strlen(text));
    return true;
}

static bool time_take_clock(struct base_span *s, struct time_fields *f)
{
    return time_take_digits(s, 2, &f->hour) && time_take_text(s, ":") &&
           time_take_digits(s, 2, &f->minute) && time_take_text(s, ":") &&
           time_take_digits(s, 2, &f->second);
}

/* The index of the three-letter name at the front, or -1. */
static int time_take_name(struct base_span *s, const char names[][4], int count)
{
    for (int i = 0; i < count; i++) {
        if (time_take_text(s, names[i]))
            return i;
    }
    return -1;
}

bool base_time_parse_http(struct base_span text, int64_t *ret_unix_ms)
{
    struct time_fields f = {0};
    if (time_take_name(&text, time_weekdays, 7) < 0 || !time_take_text(&text, ", ") ||
        !time_take_digits(&text, 2, &f.day) || !time_take_text(&text, " "))
        return false;
    f.month = time_take_name(&text, time_months, 12) + 1;
    if (f.month == 0 || !time_take_text(&text, " ") || !time_take_digits(&text, 4, &f.year) ||
        !time_take_text(&text, " ") || !time_take_clock(&text, &f) ||
        !time_take_text(&text, " GMT") || text.n > 0)
        return false;
    return time_join(&f, ret_unix_ms);
}

/* ".123456": one to nine digits, cut to milliseconds. No point is no fraction. */
static bool time_take_fraction(struct base_span *s, int *ret_ms)
{
    int ms = 0;
    if (time_take_text(s, ".")) {
        size_t digits = 0;
        for (; digits < s->n && s->p[digits] >= '0' && s->p[digits] <= '9'; digits++) {
            if (digits < 3)
                ms = ms * 10 + (s->p[digits] - '0');
        }
        if (digits == 0 || digits > 9)
            return false;
        for (size_t i = digits; i < 3; i++)
            ms *= 10;
        *s = base_span_from(*s, digits);
    }
    *ret_ms = ms;
    return true;
}

/* "Z", "+02:00" or "-05:30" as ms to be subtracted. */
static bool time_take_zone(struct base_span *s, int64_t *ret_offset_ms)
{
    int hours;
    int minutes;
    *ret_offset_ms = 0;
    if (time_take_text(s, "Z"))
        return true;
    int sign = time_take_text(s, "+") ? 1 : time_take_text(s, "-") ? -1 : 0;
    if (sign == 0 || !time_take_digits(s, 2, &hours) || !time_take_text(s, ":") ||
        !time_take_digits(s, 2, &minutes) || hours > 23 || minutes > 59)
        return false;
    *ret_offset_ms = sign * (hours * BASE_HOUR_MS + minutes * BASE_MINUTE_MS);
    return true;
}

bool base_time_parse_iso(struct base_span text, int64_t *ret_unix_ms)
{
    struct time_fields f = {0};
    int64_t offset;
    int64_t local;
    if (!time_take_digits(&text, 4, &f.year) || !time_take_text(&text, "-") ||
        !time_take_digits(&text, 2, &f.month) || !time_take_text(&text, "-") ||
        !time_take_digits(&text, 2, &f.day) || !time_take_text(&text, "T") ||
        !time_take_clock(&text, &f) || !time_take_fraction(&text, &f.ms) ||
        !time_take_zone(&text, &offset) || text.n > 0 || !time_join(&f, &local))
        return false;
    *ret_unix_ms = local - offset;
    return true;
}

const char *base_time_human(char out[32], int64_t span_ms)
{
    uint64_t ms = span_ms < 0 ? 0 - (uint64_t)span_ms : (uint64_t)span_ms;
    uint64_t minutes = ms / (uint64_t)BASE_MINUTE_MS;
    if (ms < 1000)
        snprintf(out, 32, "%u ms", (unsigned)ms);
    else if (minutes == 0)
        snprintf(out, 32, "%u s", (unsigned)(ms / 1000));
    else if (minutes < 60)
        snprintf(out, 32, "%u m", (unsigned)minutes);
    else if (minutes < UINT64_C(48) * 60)
        snprintf(out, 32, "%u h %02u m", (unsigned)(minutes / 60), (unsigned)(minutes % 60));
    else
        snprintf(out, 32, "%llu d", (unsigned long long)(minutes / (UINT64_C(24) * 60)));
    return out;
}

bool base_time_parse_span(struct base_span text, int64_t *ret_ms)
{
    static const struct {
        const char *unit;
        int64_t ms;
    } units[] = {
        {"", BASE_SECOND_MS},  {"ms", 1},           {"s", BASE_SECOND_MS},
        {"m", BASE_MINUTE_MS}, {"h", BASE_HOUR_MS}, {"d", BASE_DAY_MS},
    };
    size_t digits = 0;
    while (digits < text.n && text.p[digits] >= '0' && text.p[digits] <= '9')
        digits++;
    int64_t value;
    if (!base_span_int64(base_span_first(text, digits), &value))
        return false;
    struct base_span unit = base_span_from(text, digits);
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (!base_span_is(unit, units[i].unit))
            continue;
        int64_t ms;
        if (__builtin_mul_overflow(value, units[i].ms, &ms))
            return false;
        *ret_ms = ms;
        return true;
    }
    return false;
}
