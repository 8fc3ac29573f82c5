#include "tally.h"

#include <stdlib.h>
#include <string.h>

enum { SHOWN = 2000 }; /* times to the last client in one report, at most */

int tally_start(struct tally *tally, uint32_t clients, uint32_t events, const int64_t *times)
{
    size_t row = (events + 7u) / 8u;

    memset(tally, 0, sizeof *tally);
    tally->clients = clients;
    tally->events = events;
    tally->times = times;
    tally->next = calloc(clients, sizeof *tally->next);
    tally->got = calloc(clients, row);
    tally->seen = calloc(events, sizeof *tally->seen);
    tally->last = calloc(events, sizeof *tally->last);
    return tally->next && tally->got && tally->seen && tally->last ? 0 : -1;
}

static unsigned bucket_of(uint64_t us)
{
    unsigned shift;

    if (us < 128)
        return (unsigned)us;
    shift = 63u - (unsigned)__builtin_clzll(us) - 6u;
    if (shift > 34)
        return BUCKETS - 1;
    return shift * 64u + (unsigned)(us >> shift);
}

static uint64_t top_of(unsigned bucket) /* the longest time that falls into it, us */
{
    unsigned shift;

    if (bucket < 128)
        return bucket;
    shift = bucket / 64u - 1u;
    return ((uint64_t)(bucket - shift * 64u + 1) << shift) - 1;
}

void tally_event(struct tally *tally, uint32_t client, uint64_t n, int64_t now)
{
    size_t row = (tally->events + 7u) / 8u;
    uint8_t *byte;
    uint8_t bit;
    int64_t us;

    if (n >= tally->events || tally->times[n] == 0) {
        tally->foreign++;
        return;
    }
    byte = &tally->got[client * row + n / 8];
    bit = (uint8_t)(1u << (n % 8));
    if (*byte & bit) {
        tally->doubled++;
        return;
    }
    *byte |= bit;
    if (n < tally->next[client])
        tally->disordered++;
    else
        tally->next[client] = (uint32_t)n + 1;
    tally->seen[n]++;
    if (now > tally->last[n])
        tally->last[n] = now;
    us = (now - tally->times[n]) / 1000;
    if (us < 0)
        us = 0;
    tally->took[bucket_of((uint64_t)us)]++;
    if (us > tally->longest)
        tally->longest = us;
    tally->delivered++;
}

static uint64_t percentile(const struct tally *tally, double share)
{
    uint64_t wanted = (uint64_t)(share * (double)tally->delivered), found = 0;

    for (unsigned bucket = 0; bucket < BUCKETS; bucket++) {
        found += tally->took[bucket];
        if (found > wanted)
            return top_of(bucket);
    }
    return (uint64_t)tally->longest;
}

void tally_report(struct tally *tally, FILE *out, uint32_t until, uint32_t expected)
{
    uint64_t missing = 0;
    const char *comma = "";

    for (uint32_t n = tally->from; n < until; n++)
        if (tally->seen[n] < expected)
            missing += expected - tally->seen[n];
    fprintf(out, "\"events\":%u,\"delivered\":%llu,\"missing\":%llu,\"doubled\":%llu,",
            until - tally->from, (unsigned long long)tally->delivered,
            (unsigned long long)missing, (unsigned long long)tally->doubled);
    fprintf(out, "\"disordered\":%llu,\"foreign\":%llu,",
            (unsigned long long)tally->disordered, (unsigned long long)tally->foreign);
    fprintf(out, "\"p50_us\":%llu,\"p90_us\":%llu,\"p99_us\":%llu,\"longest_us\":%lld,",
            (unsigned long long)percentile(tally, 0.5), (unsigned long long)percentile(tally, 0.9),
            (unsigned long long)percentile(tally, 0.99), (long long)tally->longest);
    fprintf(out, "\"to_last_us\":[");
    for (uint32_t n = tally->from; n < until && n - tally->from < SHOWN; n++) {
        if (tally->seen[n] == 0 || tally->seen[n] < expected)
            continue;
        fprintf(out, "%s%lld", comma, (long long)((tally->last[n] - tally->times[n]) / 1000));
        comma = ",";
    }
    fprintf(out, "]");
    tally->from = until;
    tally->delivered = tally->doubled = tally->disordered = tally->foreign = 0;
    tally->longest = 0;
    memset(tally->took, 0, sizeof tally->took);
}
