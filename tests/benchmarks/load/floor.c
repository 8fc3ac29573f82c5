/* The least that a server can do: one thread that writes bytes made beforehand to everybody.
 *
 *     floor PORT        (on 127.0.0.1; prints nothing; ends when stdin ends)
 *
 * What is below the figures of any real server on the same machine: no routing, no channels, no
 * checks of what comes, no time limits. It speaks just what visitors.c speaks:
 *
 *     POST /publish                  the body is the next event, a JSON object
 *     GET  /updates?cursor=N         a long poll; without a cursor, or with wait=0, at once
 *     GET  /updates/sse?cursor=N     Server-Sent Events, in chunks, a chunk each
 *     GET  /updates/ws?cursor=N      WebSocket, a frame each
 *
 * Each event is put into three arenas when it is published: as part of a poll's answer, as chunk and
 * as frame. A stream is a place in an arena: what lies past it is sent, however many events that is,
 * in one call, and when the socket is full the place waits. The arenas only grow; when one is full,
 * publishing fails.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    MOST_CONNECTIONS = 65536,
    MOST_EVENTS = 1 << 20,
    EVENTS_AN_ANSWER = 200,
    LARGEST_REQUEST = 64 * 1024,
    BACKLOG = 4096
};
#define ARENA_SIZE (1ull << 32) /* of address space; memory is taken as it fills */

enum arena_name { EVENTS, CHUNKS, FRAMES, ARENAS };
enum state { UNUSED, IDLE, WAITING, STREAM };

static struct {
    char *bytes;
    size_t size;
    size_t starts[MOST_EVENTS + 1]; /* of event n; of the one that comes next, behind the last */
} arenas[ARENAS];

static struct connection {
    uint8_t state, arena, blocked;
    uint32_t cursor; /* waiting: the events that it has seen */
    size_t at;       /* stream: bytes of the arena that it was sent */
    char *in;        /* of a request that is not whole yet */
    size_t in_size;
    char *out; /* of an answer that did not fit into the socket */
    size_t out_size;
} connections[MOST_CONNECTIONS];

static uint32_t latest; /* events so far */
static int poller, highest;
static char *answer; /* the newest poll's answer, for those after it who ask the same */
static size_t answer_size;
static uint32_t answer_from, answer_to = UINT32_MAX;

static void die(const char *what)
{
    perror(what);
    exit(2);
}

static void drop(int fd)
{
    close(fd);
    free(connections[fd].in);
    free(connections[fd].out);
    memset(&connections[fd], 0, sizeof connections[fd]);
}

static void watch(int fd, int blocked)
{
    struct epoll_event event = {.events = blocked ? EPOLLIN | EPOLLOUT : EPOLLIN, .data.fd = fd};

    if (connections[fd].blocked != blocked)
        epoll_ctl(poller, EPOLL_CTL_MOD, fd, &event);
    connections[fd].blocked = (uint8_t)blocked;
}

/* Send, and keep what the socket does not take. */
static void send_all(int fd, const char *bytes, size_t size)
{
    struct connection *connection = &connections[fd];
    ssize_t sent = send(fd, bytes, size, MSG_NOSIGNAL);

    if (sent < 0 && errno != EAGAIN) {
        drop(fd);
        return;
    }
    if (sent < 0)
        sent = 0;
    if ((size_t)sent < size) {
        char *out = malloc(size - (size_t)sent);

        if (out == NULL)
            die("malloc");
        memcpy(out, bytes + sent, size - (size_t)sent);
        free(connection->out);
        connection->out = out;
        connection->out_size = size - (size_t)sent;
        watch(fd, 1);
    }
}

static void stream_on(int fd)
{
    struct connection *connection = &connections[fd];
    size_t left = arenas[connection->arena].size - connection->at;
    ssize_t sent;

    if (left == 0)
        return;
    sent = send(fd, arenas[connection->arena].bytes + connection->at, left, MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN) {
        drop(fd);
        return;
    }
    if (sent > 0)
        connection->at += (size_t)sent;
    watch(fd, connection->at < arenas[connection->arena].size);
}

static void answer_poll(int fd, uint32_t from)
{
    uint32_t to = latest - from > EVENTS_AN_ANSWER ? from + EVENTS_AN_ANSWER : latest;

    if (from != answer_from || to != answer_to) {
        size_t start = arenas[EVENTS].starts[from], end = arenas[EVENTS].starts[to];
        size_t events = end > start ? end - start - 1 : 0; /* without the last comma */
        char head[64];
        int size;

        size = snprintf(head, sizeof head, "{\"cursor\":\"%u\",\"verdict\":\"live\",\"events\":[",
                        to);
        answer = realloc(answer, events + 512);
        if (answer == NULL)
            die("realloc");
        answer_size = (size_t)sprintf(answer,
                                      "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                                      "Cache-Control: no-store\r\nContent-Length: %zu\r\n\r\n%s",
                                      (size_t)size + events + 2, head);
        memcpy(answer + answer_size, arenas[EVENTS].bytes + start, events);
        memcpy(answer + answer_size + events, "]}", 2);
        answer_size += events + 2;
        answer_from = from;
        answer_to = to;
    }
    connections[fd].state = IDLE;
    send_all(fd, answer, answer_size);
}

static void add(enum arena_name name, const void *bytes, size_t size)
{
    memcpy(arenas[name].bytes + arenas[name].size, bytes, size);
    arenas[name].size += size;
    arenas[name].starts[latest + 1] = arenas[name].size;
}

/* The next event, for everybody. -1: there is no room for it. */
static int publish(const char *event, size_t size)
{
    static char text[LARGEST_REQUEST + 1024];
    unsigned char frame[4] = {0x81, 126};
    int start, length;

    if (latest == MOST_EVENTS || arenas[CHUNKS].size + size + 1024 > ARENA_SIZE)
        return -1;
    add(EVENTS, event, size);
    add(EVENTS, ",", 1);

    start = 16; /* room for the chunk's size */
    length = sprintf(text + start, "id: %u\ndata: ", latest + 1);
    length += sprintf(text + start + length, "{\"cursor\":\"%u\",\"verdict\":\"live\",\"events\":[",
                      latest + 1);
    memcpy(text + start + length, event, size);
    length += (int)size;
    length += sprintf(text + start + length, "]}\n\n\r\n");
    start = sprintf(text, "%x\r\n", (unsigned)length - 2);
    memmove(text + start, text + 16, (size_t)length);
    add(CHUNKS, text, (size_t)(start + length));

    length = sprintf(text, "{\"cursor\":\"%u\",\"verdict\":\"live\",\"events\":[", latest + 1);
    memcpy(text + length, event, size);
    length += (int)size;
    length += sprintf(text + length, "]}");
    if (length < 126) {
        frame[1] = (unsigned char)length;
        add(FRAMES, frame, 2);
    } else {
        frame[2] = (unsigned char)(length >> 8);
        frame[3] = (unsigned char)length;
        add(FRAMES, frame, 4);
    }
    add(FRAMES, text, (size_t)length);

    latest++;
    return 0;
}

/* Give everybody what is new: all of it at once, however many events came in this turn. */
static void deliver(void)
{
    for (int fd = 0; fd <= highest; fd++) {
        struct connection *connection = &connections[fd];

        if (connection->state == WAITING && connection->cursor < latest)
            answer_poll(fd, connection->cursor);
        else if (connection->state == STREAM && !connection->blocked)
            stream_on(fd);
    }
}

static void open_stream(int fd, enum arena_name name, uint32_t from)
{
    /* The answer to the key of RFC 6455, 1.3, which every client here sends. */
    static const char upgrade[] = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                                  "Connection: Upgrade\r\n"
                                  "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
    static const char events[] = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                                 "Cache-Control: no-store\r\nTransfer-Encoding: chunked\r\n\r\n";
    char text[512], now[96];
    int size, length;

    length = sprintf(now, "{\"cursor\":\"%u\",\"verdict\":\"live\",\"events\":[]}", from);
    if (name == FRAMES)
        size = sprintf(text, "%s%c%c%s", upgrade, 0x81, length, now);
    else
        size = sprintf(text, "%s%x\r\nid: %u\ndata: %s\n\n\r\n", events,
                       (unsigned)snprintf(NULL, 0, "id: %u\ndata: %s\n\n", from, now), from, now);
    connections[fd].state = STREAM;
    connections[fd].arena = (uint8_t)name;
    connections[fd].at = arenas[name].starts[from];
    send_all(fd, text, (size_t)size);
    if (connections[fd].state == STREAM && !connections[fd].blocked)
        stream_on(fd);
}

/* One request: its head ends with a zero. */
static void serve(int fd, const char *head, const char *body, size_t body_size)
{
    const char *text = strstr(head, "cursor="), *line = strstr(head, "\r\n");
    uint32_t from = latest;

    if (strncmp(head, "POST ", 5) == 0) {
        const char *said = publish(body, body_size) < 0
                               ? "HTTP/1.1 507 Full\r\nContent-Length: 0\r\n\r\n"
                               : "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n";

        send_all(fd, said, strlen(said));
        return;
    }
    if (text != NULL && text < line)
        from = (uint32_t)strtoul(text + 7, NULL, 10);
    if (from > latest)
        from = latest;
    if (strncmp(head, "GET /updates/ws", 15) == 0) {
        open_stream(fd, FRAMES, from);
    } else if (strncmp(head, "GET /updates/sse", 16) == 0) {
        open_stream(fd, CHUNKS, from);
    } else if (from < latest || text == NULL || text > line) {
        answer_poll(fd, from);
    } else {
        connections[fd].state = WAITING;
        connections[fd].cursor = from;
    }
}

static void readable(int fd)
{
    static char buffer[2 * LARGEST_REQUEST + 1];
    struct connection *connection = &connections[fd];
    size_t size = connection->in_size, at = 0;
    ssize_t got;

    if (size)
        memcpy(buffer, connection->in, size);
    got = read(fd, buffer + size, LARGEST_REQUEST);
    if (got < 0 && errno == EAGAIN)
        return;
    if (got <= 0) {
        drop(fd);
        return;
    }
    if (connection->state == STREAM) /* pongs */
        return;
    size += (size_t)got;
    while (connection->state != UNUSED) {
        char *end = memmem(buffer + at, size - at, "\r\n\r\n", 4), *length;
        size_t head, body = 0;

        if (end == NULL)
            break;
        *end = '\0';
        length = strcasestr(buffer + at, "\r\nContent-Length:");
        if (length != NULL)
            body = strtoul(length + 17, NULL, 10);
        head = (size_t)(end + 4 - buffer);
        if (body > LARGEST_REQUEST / 2) {
            drop(fd);
            return;
        }
        if (size - head < body) {
            *end = '\r';
            break;
        }
        serve(fd, buffer + at, buffer + head, body);
        at = head + body;
    }
    if (connection->state == UNUSED)
        return;
    free(connection->in);
    connection->in = NULL;
    connection->in_size = size - at;
    if (connection->in_size > LARGEST_REQUEST) {
        drop(fd);
    } else if (connection->in_size) {
        connection->in = malloc(connection->in_size);
        if (connection->in == NULL)
            die("malloc");
        memcpy(connection->in, buffer + at, connection->in_size);
    }
}

static void writable(int fd)
{
    struct connection *connection = &connections[fd];
    char *out = connection->out;
    size_t size = connection->out_size;

    if (out != NULL) {
        connection->out = NULL;
        connection->out_size = 0;
        watch(fd, 0);
        send_all(fd, out, size);
        free(out);
        if (connection->state != UNUSED && connection->out != NULL)
            return;
    }
    if (connection->state == STREAM)
        stream_on(fd);
    else if (connection->state != UNUSED)
        watch(fd, 0);
}

static void welcome(int listener)
{
    struct epoll_event event = {.events = EPOLLIN};
    int fd, on = 1;

    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        if (fd >= MOST_CONNECTIONS) {
            close(fd);
            return;
        }
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        connections[fd].state = IDLE;
        event.data.fd = fd;
        epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event);
        if (fd > highest)
            highest = fd;
    }
}

int main(int argc, char **argv)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    struct epoll_event events[512], event = {.events = EPOLLIN};
    struct rlimit files;
    int listener, on = 1;
    long port = argc == 2 ? strtol(argv[1], NULL, 10) : 0;

    if (port < 1 || port > 65535) {
        fprintf(stderr, "usage: floor PORT\n");
        return 2;
    }
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    for (int i = 0; i < ARENAS; i++) {
        arenas[i].bytes = mmap(NULL, ARENA_SIZE, PROT_READ | PROT_WRITE,
                               MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (arenas[i].bytes == MAP_FAILED)
            die("mmap");
    }
    listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    address.sin_port = htons((uint16_t)port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0 ||
        listen(listener, BACKLOG) < 0)
        die("listen");
    poller = epoll_create1(EPOLL_CLOEXEC);
    event.data.fd = listener;
    epoll_ctl(poller, EPOLL_CTL_ADD, listener, &event);
    event.data.fd = STDIN_FILENO;
    if (poller < 0 || epoll_ctl(poller, EPOLL_CTL_ADD, STDIN_FILENO, &event) < 0)
        die("stdin must be a pipe");
    for (;;) {
        int count = epoll_wait(poller, events, 512, -1);
        uint32_t before = latest;

        for (int i = 0; i < count; i++) {
            int fd = events[i].data.fd;

            if (fd == STDIN_FILENO)
                return 0;
            if (fd == listener) {
                welcome(listener);
                continue;
            }
            if (events[i].events & EPOLLOUT && connections[fd].state != UNUSED)
                writable(fd);
            if (events[i].events & ~(uint32_t)EPOLLOUT && connections[fd].state != UNUSED)
                readable(fd);
        }
        if (latest != before)
            deliver();
    }
}
