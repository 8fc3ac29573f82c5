/* Who got what, once and in order, and how long it took.
 *
 * Event n of a run was published at times[n] (CLOCK_MONOTONIC, ns), written by the publisher before
 * it publishes. Each client must get each event once, in order. Pure: no I/O and no clock.
 */
#ifndef TALLY_H
#define TALLY_H

#include <stdint.h>
#include <stdio.h>

enum { BUCKETS = 64 * 36 }; /* of a histogram whose buckets are at most 1/64 wide: up to days */

struct tally {
    uint32_t clients, events;
    const volatile int64_t *times; /* by event; the publisher's memory */
    uint32_t *next;                /* by client: the event that it must get next */
    uint8_t *got;                  /* by client and event: a bit */
    uint32_t *seen;                /* by event: clients that have got it */
    int64_t *last;                 /* by event: when the last of them did, ns */
    /* Since the last report: */
    uint32_t from;       /* first event that is judged in it */
    uint64_t delivered;  /* events that came for the first time */
    uint64_t doubled;    /* came again */
    uint64_t disordered; /* came after one that was published later */
    uint64_t foreign;    /* are none of this run, or were not published yet */
    uint64_t took[BUCKETS];
    int64_t longest; /* us */
};

/* -1 where there is not enough memory. The tally is never freed: it lives as long as the program. */
int tally_start(struct tally *tally, uint32_t clients, uint32_t events, const int64_t *times);

/* Client got event n at `now` (ns). Any n: one that is not of this run is counted as foreign. */
void tally_event(struct tally *tally, uint32_t client, uint64_t n, int64_t now);

/* One JSON object without its braces, on what came since the last report, and begin anew. Of events
 * before `until`, every one of the `expected` clients should have got each. */
void tally_report(struct tally *tally, FILE *out, uint32_t until, uint32_t expected);

#endif
