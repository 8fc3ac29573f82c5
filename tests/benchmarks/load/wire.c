#include "wire.h"

#include "gunzip.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum phase {
    HEAD,
    SIZED,
    CHUNK_SIZE,
    CHUNK,
    CHUNK_TAIL,
    LAST_TAIL, /* the empty line behind the last chunk; nobody here sends trailers */
    CHUNKS_END,
    TO_THE_END,
    FRAMES
};
enum { TEXT = 1, BINARY = 2, CLOSE = 8, PING = 9, PONG = 10 }; /* RFC 6455, 5.2 */

static int fail(const char **why, const char *reason)
{
    *why = reason;
    return -1;
}

/* The value of a header, or NULL. `head` ends with an empty line. */
static const char *header(const char *head, const char *name)
{
    size_t size = strlen(name);
    const char *line = strstr(head, "\r\n");

    while (line && line[2] != '\r' && line[2] != '\0') {
        line += 2;
        if (strncasecmp(line, name, size) == 0 && line[size] == ':')
            return line + size + 1 + strspn(line + size + 1, " ");
        line = strstr(line, "\r\n");
    }
    return NULL;
}

static int value_is(const char *value, const char *word)
{
    return value && strncasecmp(value, word, strlen(word)) == 0;
}

static int take_head(struct wire *wire, char *data, size_t size, const struct sink *sink,
                     const char **why)
{
    const char *length;
    char after = data[size];
    int status, kind;

    data[size] = '\0'; /* so that the C library's functions end here */
    if (strlen(data) != size || strncmp(data, "HTTP/1.1 ", 9) != 0)
        return fail(why, "no HTTP/1.1");
    status = atoi(data + 9);
    wire->gzip = (uint8_t)value_is(header(data, "Content-Encoding"), "gzip");
    if (header(data, "Content-Encoding") && (!wire->gzip || wire->transport != POLL))
        return fail(why, "an encoding that is not understood");
    length = header(data, "Content-Length");
    kind = value_is(header(data, "Transfer-Encoding"), "chunked");
    wire->last = (uint8_t)value_is(header(data, "Connection"), "close");
    wire->left = length ? strtoull(length, NULL, 10) : 0;
    if (wire->left > LARGEST_MESSAGE)
        return fail(why, "too long an answer");
    if (wire->transport == WEBSOCKET && status == 101)
        wire->phase = FRAMES;
    else if (kind)
        wire->phase = CHUNK_SIZE, wire->left = 0;
    else if (length)
        wire->phase = SIZED;
    else
        wire->phase = TO_THE_END;
    if (sink->head(sink->owner, status, data) < 0)
        return -1;
    data[size] = after;
    return 0;
}

/* Take the chunks' sizes out of data[0..size), in place. The bytes that stay; -1: no such format. */
static int64_t unchunk(struct wire *wire, char *data, size_t size)
{
    size_t in = 0, out = 0, part;
    char c;

    while (in < size) {
        switch (wire->phase) {
        case CHUNK_SIZE:
            c = data[in++];
            if (c == '\n')
                wire->phase = wire->left ? CHUNK : LAST_TAIL;
            else if (c >= '0' && c <= '9')
                wire->left = wire->left * 16 + (uint64_t)(c - '0');
            else if ((c | 32) >= 'a' && (c | 32) <= 'f')
                wire->left = wire->left * 16 + (uint64_t)((c | 32) - 'a' + 10);
            else if (c != '\r')
                return -1;
            if (wire->left > LARGEST_MESSAGE)
                return -1;
            break;
        case CHUNK:
            part = wire->left < size - in ? (size_t)wire->left : size - in;
            memmove(data + out, data + in, part);
            in += part;
            out += part;
            wire->left -= part;
            if (wire->left == 0)
                wire->phase = CHUNK_TAIL;
            break;
        case CHUNK_TAIL:
            if (data[in++] == '\n')
                wire->phase = CHUNK_SIZE;
            break;
        case LAST_TAIL:
            if (data[in++] == '\n')
                wire->phase = CHUNKS_END;
            break;
        default: /* CHUNKS_END: nothing follows */
            return -1;
        }
    }
    return (int64_t)out;
}

/* Whole messages of an event stream. The bytes that they took; -1: the sink has enough. */
static int64_t take_events(char *data, size_t size, const struct sink *sink)
{
    char *at = data, *end;

    while ((end = memmem(at, size - (size_t)(at - data), "\n\n", 2)) != NULL) {
        if (sink->message(sink->owner, at, (size_t)(end + 2 - at)) < 0)
            return -1;
        at = end + 2;
    }
    return at - data;
}

static int64_t take_frames(char *data, size_t size, const struct sink *sink, const char **why)
{
    size_t at = 0, start, width;
    uint64_t length;
    unsigned char first, second;

    while (size - at >= 2) {
        first = (unsigned char)data[at];
        second = (unsigned char)data[at + 1];
        length = second & 0x7f;
        width = length == 126 ? 2 : length == 127 ? 8 : 0;
        start = at + 2 + width;
        if (second & 0x80 || first & 0x70 || !(first & 0x80))
            return fail(why, "a frame that is masked, compressed or a part");
        if (start > size)
            break;
        if (width)
            length = 0;
        for (size_t i = 0; i < width; i++)
            length = length << 8 | (unsigned char)data[at + 2 + i];
        if (length > LARGEST_MESSAGE)
            return fail(why, "too long a frame");
        if (length > size - start)
            break;
        switch (first & 0x0f) {
        case TEXT:
        case BINARY:
            if (sink->message(sink->owner, data + start, (size_t)length) < 0)
                return -1;
            break;
        case PING:
            if (sink->ping(sink->owner, data + start, (size_t)length) < 0)
                return -1;
            break;
        case PONG:
            break;
        default: /* CLOSE */
            return -1;
        }
        at = start + (size_t)length;
    }
    return (int64_t)at;
}

/* A whole answer. Servers make one packed body for many, so the last few are kept unpacked. */
static int take_answer(const struct wire *wire, const char *data, size_t size,
                       const struct sink *sink, const char **why)
{
    enum { KEPT = 8 };
    static struct {
        char *packed, *text;
        size_t packed_size, size;
    } kept[KEPT];
    static unsigned next;
    static char text[LARGEST_MESSAGE];
    int64_t length;

    if (!wire->gzip)
        return sink->message(sink->owner, data, size);
    for (unsigned i = 0; i < KEPT; i++)
        if (kept[i].packed_size == size && memcmp(kept[i].packed, data, size) == 0)
            return sink->message(sink->owner, kept[i].text, kept[i].size);
    length = gunzip(data, size, text, sizeof text);
    if (length < 0)
        return fail(why, "no gzip");
    free(kept[next].packed);
    free(kept[next].text);
    kept[next].packed = malloc(size);
    kept[next].text = malloc((size_t)length + 1);
    if (kept[next].packed == NULL || kept[next].text == NULL)
        abort();
    memcpy(kept[next].packed, data, size);
    memcpy(kept[next].text, text, (size_t)length);
    kept[next].packed_size = size;
    kept[next].size = (size_t)length;
    next = (next + 1) % KEPT;
    return sink->message(sink->owner, text, (size_t)length);
}

int64_t wire_take(struct wire *wire, char *data, size_t old, size_t size, const struct sink *sink,
                  char **rest, const char **why)
{
    int64_t used = 0;

    *why = NULL;
    if (wire->phase == HEAD) {
        char *end = memmem(data, size, "\r\n\r\n", 4);
        size_t head;

        if (end == NULL) {
            *rest = data;
            return size > LARGEST_HEAD ? fail(why, "too long a head") : (int64_t)size;
        }
        head = (size_t)(end + 4 - data);
        if (take_head(wire, data, head, sink, why) < 0)
            return -1;
        data += head;
        size -= head;
        old = 0;
    }
    if (wire->phase >= CHUNK_SIZE && wire->phase <= CHUNKS_END) {
        int64_t text = unchunk(wire, data + old, size - old);

        if (text < 0)
            return fail(why, "no chunks");
        size = old + (size_t)text;
    }
    if (wire->phase == FRAMES) {
        used = take_frames(data, size, sink, why);
    } else if (wire->transport == SSE) {
        used = take_events(data, size, sink);
        if (used >= 0 && wire->phase == CHUNKS_END)
            return -1; /* the server ended the stream, in order */
    } else if (wire->phase == SIZED ? size >= wire->left : wire->phase == CHUNKS_END) {
        if (wire->phase == SIZED && size > wire->left)
            return fail(why, "more than the answer");
        wire->phase = HEAD;
        used = take_answer(wire, data, size, sink, why) < 0 || wire->last ? -1 : (int64_t)size;
    }
    if (used < 0)
        return -1;
    if (size - (size_t)used > LARGEST_MESSAGE)
        return fail(why, "too long a message");
    *rest = data + used;
    return (int64_t)size - used;
}
