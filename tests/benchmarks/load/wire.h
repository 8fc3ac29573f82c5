/* What a server sends, taken apart as it comes: HTTP answers, Server-Sent Events, WebSocket frames.
 *
 * The caller reads into a buffer behind what was left over, and calls wire_take with all of it. What
 * is not whole yet is left over again. One HTTP answer at a time: nobody here pipelines.
 */
#ifndef WIRE_H
#define WIRE_H

#include <stddef.h>
#include <stdint.h>

enum transport { POLL, SSE, WEBSOCKET };

enum {
    LARGEST_HEAD = 16 * 1024,
    LARGEST_MESSAGE = 4 * 1024 * 1024 /* bytes of one answer, SSE message or frame */
};

struct wire {
    uint8_t transport;
    uint8_t phase; /* 0 at the start of a connection; see wire.c */
    uint8_t last;  /* the connection ends behind this answer */
    uint8_t gzip;  /* its body is packed */
    uint64_t left; /* bytes of the body or chunk that have not come yet */
};

struct sink {
    void *owner;
    /* A head came; `text` ends with an empty line and a zero. -1: no more of this connection. */
    int (*head)(void *owner, int status, const char *text);
    /* A whole answer's body, SSE message, or text frame. -1 as above. */
    int (*message)(void *owner, const char *text, size_t size);
    /* The server asks for a sign of life. */
    int (*ping)(void *owner, const char *text, size_t size);
};

/* Take apart data[0..size), of which the first `old` bytes were left over. Gives the bytes that are
 * left over now, which then begin at *rest; -1 if the connection is to be closed, with *why for
 * the reason, or NULL where a sink or the server wanted it so. The buffer must have room for one
 * byte more than `size`. */
int64_t wire_take(struct wire *wire, char *data, size_t old, size_t size, const struct sink *sink,
                  char **rest, const char **why);

#endif
