/* Many visitors of one server, who check that each event comes exactly once and in order.
 *
 *     visitors --port P --transport poll|sse|ws --clients N --events E --base ID --times FILE
 *              --first FILE --next FILE --cursor json|headers|line [--waits]
 *              [--deaf N] [--restless N] [--seconds S] [--seed S]
 *
 * Event n of a run is the one with the id ID + n, wherever it stands as "id":"<digits>" in what the
 * server sends. FILE `times` holds E 64-bit times: n's is written by the publisher just before it
 * publishes (CLOCK_MONOTONIC, ns), and what this measures is the time from there to here.
 *
 * `first` is the request that opens a connection, `next` the one with a cursor (in place of the
 * word @CURSOR@): a long poll's further polls, and the first of who comes back. The cursor is taken
 * from "cursor":"…" in an answer's JSON, from the headers Last-Modified and Etag (and given as
 * If-Modified-Since and If-None-Match), or from a message's line `id: …`. --waits: the first long
 * poll is not answered at once, so who has sent it is ready.
 *
 * The first --deaf clients never read once they are ready, and are not judged. The next --restless
 * leave at random and come back with their cursor, and are judged like anybody.
 *
 * Prints {"ready": N} when all are connected and wait. Then, for each line "until N MS" on stdin: a
 * report when everybody has event N-1, or after MS milliseconds. Ends with stdin, and after S
 * seconds (status 3) however things stand. Loopback only; one thread; every wait is an epoll.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "tally.h"
#include "wire.h"

enum {
    MOST_CLIENTS = 30000,
    MOST_EVENTS = 1 << 20,
    MOST_SECONDS = 900,
    LARGEST_READ = 256 * 1024,
    LARGEST_REQUEST = 8 * 1024,
    LARGEST_CURSOR = 160,
    HANDSHAKES = 64, /* connections on their way at once: a short listen queue must do */
    TICK_MS = 10
};
#define MS 1000000ll
#define MOST_BYTES (64ull << 30) /* taken from the server, before this ends by itself */
#define HANDSHAKE_TIME (10000 * MS)
#define PAUSE (200 * MS)       /* of a visitor whom the server sent away */
#define LONGEST_STAY (2000 * MS)
#define LONGEST_ABSENCE (500 * MS)

enum state { ABSENT, CONNECTING, OPENING, READY };
enum kind { ORDINARY, RESTLESS, DEAF };
enum cursor_from { FROM_JSON, FROM_HEADERS, FROM_LINE };

struct client {
    int fd;
    uint8_t state, kind, was_ready;
    uint8_t asks, listed; /* is to ask again; stands in `asking` */
    struct wire wire;
    char *kept; /* what came and is not whole yet */
    size_t kept_size;
    int64_t due; /* absent: when to come (back); restless and ready: when to leave */
    char cursor[LARGEST_CURSOR];
};

struct request {
    char text[LARGEST_REQUEST];
    size_t before, after; /* bytes before the cursor and behind it */
};

static struct {
    uint16_t port;
    enum transport transport;
    uint32_t clients, events, deaf, restless;
    uint64_t base;
    enum cursor_from cursor_from;
    int waits;
    int64_t end; /* CLOCK_MONOTONIC, ns */
    struct request first, next;
} options;

static struct client *clients;
static uint32_t *asking, asking_first, asking_count; /* a ring of clients that are to ask again */
static struct tally tally;
static int poller;
static uint32_t arrived, absent; /* clients that came once; that went, and are to come back */
static uint32_t handshakes;      /* connections between CONNECTING and READY */
static uint32_t ready;           /* clients that were ready once */
static uint64_t bytes, read_calls;
static struct {
    uint64_t lost_connections, left, bad;
    char why[200];
} troubles; /* since the start; `why` is the first bad one's */
static char buffer[LARGEST_MESSAGE + LARGEST_READ + 1];
static uint64_t chance;

static void die(const char *what)
{
    fprintf(stderr, "visitors: %s%s%s\n", what, errno ? ": " : "", errno ? strerror(errno) : "");
    exit(2);
}

static int64_t now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000ll + time.tv_nsec;
}

static int64_t at_random(int64_t most) /* 0 to most; xorshift64*, the same for the same seed */
{
    chance ^= chance >> 12;
    chance ^= chance << 25;
    chance ^= chance >> 27;
    return (int64_t)((chance * 0x2545f4914f6cdd1dull) >> 1) % (most + 1);
}

static void bad(const char *why)
{
    if (troubles.bad++ == 0)
        snprintf(troubles.why, sizeof troubles.why, "%s", why);
}

/* ---- one client's connection: ABSENT -> CONNECTING -> OPENING -> READY -> ABSENT -> ... */

static void leave(struct client *client, int64_t pause)
{
    if (client->state == CONNECTING || client->state == OPENING)
        handshakes--;
    close(client->fd); /* which takes it out of the poller too */
    client->fd = -1;
    free(client->kept);
    client->kept = NULL;
    client->kept_size = 0;
    client->asks = 0;
    memset(&client->wire, 0, sizeof client->wire);
    client->wire.transport = (uint8_t)options.transport;
    client->state = ABSENT;
    client->due = now() + pause;
    absent++;
}

static void connect_client(struct client *client)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(options.port)};
    struct epoll_event event = {.events = EPOLLOUT, .data.ptr = client};
    int on = 1, small = 1;

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    client->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (client->fd < 0)
        die("socket");
    setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (client->kind == DEAF) /* as small as the kernel allows: the server feels it soon */
        setsockopt(client->fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    client->state = CONNECTING;
    client->due = now() + HANDSHAKE_TIME;
    handshakes++;
    if (connect(client->fd, (struct sockaddr *)&address, sizeof address) < 0 &&
        errno != EINPROGRESS)
        die("connect");
    if (epoll_ctl(poller, EPOLL_CTL_ADD, client->fd, &event) < 0)
        die("epoll_ctl");
}

static int send_request(struct client *client, const struct request *request)
{
    char text[LARGEST_REQUEST + LARGEST_CURSOR];
    size_t cursor = request->after ? strlen(client->cursor) : 0;
    size_t size = request->before + cursor + request->after;

    memcpy(text, request->text, request->before);
    memcpy(text + request->before, client->cursor, cursor);
    memcpy(text + request->before + cursor, request->text + request->before, request->after);
    /* Nothing else is under way in this direction, so all of it fits. */
    return send(client->fd, text, size, MSG_NOSIGNAL) == (ssize_t)size ? 0 : -1;
}

static void now_ready(struct client *client)
{
    if (client->state == READY)
        return;
    client->state = READY;
    handshakes--;
    ready += !client->was_ready;
    client->was_ready = 1;
    client->due = now() + at_random(LONGEST_STAY);
    if (client->kind == DEAF)
        epoll_ctl(poller, EPOLL_CTL_DEL, client->fd, NULL);
}

static void connected(struct client *client)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = client};
    int returns = client->cursor[0] != '\0';

    if (send_request(client, returns ? &options.next : &options.first) < 0) {
        leave(client, PAUSE);
        return;
    }
    client->state = OPENING;
    epoll_ctl(poller, EPOLL_CTL_MOD, client->fd, &event);
    if (options.transport == POLL && (options.waits || returns))
        now_ready(client);
}

/* ---- what the server sends */

static void keep_cursor(struct client *client, const char *text, size_t size)
{
    if (size < LARGEST_CURSOR) {
        memcpy(client->cursor, text, size);
        client->cursor[size] = '\0';
    } else {
        bad("too long a cursor");
    }
}

static void cursor_from_text(struct client *client, const char *text, size_t size)
{
    const char *mark = options.cursor_from == FROM_JSON ? "\"cursor\":" : "id: ";
    const char *at = memmem(text, size, mark, strlen(mark)), *end;
    char stop = options.cursor_from == FROM_JSON ? '"' : '\n';

    if (at == NULL)
        return;
    at += strlen(mark);
    while (at < text + size && (*at == ' ' || (stop == '"' && *at == '"')))
        at++;
    end = memchr(at, stop, (size_t)(text + size - at));
    if (end != NULL)
        keep_cursor(client, at, (size_t)(end - at));
}

static int took_head(void *owner, int status, const char *text)
{
    struct client *client = owner;
    char why[64];

    if (status != (options.transport == WEBSOCKET ? 101 : 200)) {
        snprintf(why, sizeof why, "status %d", status);
        bad(why);
        return -1;
    }
    if (options.cursor_from == FROM_HEADERS) {
        const char *modified = strcasestr(text, "\r\nLast-Modified: ");
        const char *etag = strcasestr(text, "\r\nEtag: ");

        if (modified && etag) {
            modified += strlen("\r\nLast-Modified: ");
            etag += strlen("\r\nEtag: ");
            snprintf(client->cursor, sizeof client->cursor,
                     "If-Modified-Since: %.*s\r\nIf-None-Match: %.*s", (int)strcspn(modified, "\r"),
                     modified, (int)strcspn(etag, "\r"), etag);
        }
    }
    if (options.transport != POLL)
        now_ready(client);
    return 0;
}

static int took_message(void *owner, const char *text, size_t size)
{
    struct client *client = owner;
    const char *at = text, *end = text + size;
    int64_t time = now();

    while ((at = memmem(at, (size_t)(end - at), "\"id\":", 5)) != NULL) {
        uint64_t id = 0;

        at += 5;
        while (at < end && *at == ' ')
            at++;
        if (at < end && *at == '"')
            at++;
        for (int digits = 0; at < end && *at >= '0' && *at <= '9' && digits < 19; digits++)
            id = id * 10 + (uint64_t)(*at++ - '0');
        if (client->kind != DEAF) /* who may still read what comes before it is ready */
            tally_event(&tally, (uint32_t)(client - clients), id - options.base, time);
    }
    if (options.cursor_from != FROM_HEADERS)
        cursor_from_text(client, text, size);
    if (options.transport == POLL) {
        if (client->cursor[0] == '\0') {
            bad("no cursor");
            return -1;
        }
        if (client->wire.last)
            return 0; /* the server closes; whoever comes back brings the cursor */
        client->asks = 1;
        if (!client->listed) {
            client->listed = 1;
            asking[(asking_first + asking_count++) % options.clients] =
                (uint32_t)(client - clients);
        }
    }
    return 0;
}

/* Polls again, when there is nothing to read: visitors have machines of their own, and to ask again
   takes longer than to read. Were it done in between, it would delay the answers to the others. */
static void ask_again(void)
{
    for (int i = 0; i < 256 && asking_count > 0; i++) {
        struct client *client = &clients[asking[asking_first]];

        asking_first = (asking_first + 1) % options.clients;
        asking_count--;
        client->listed = 0;
        if (!client->asks)
            continue; /* it left meanwhile */
        client->asks = 0;
        if (send_request(client, &options.next) == 0) {
            now_ready(client);
        } else {
            troubles.lost_connections++;
            leave(client, PAUSE);
        }
    }
}

static int took_ping(void *owner, const char *text, size_t size)
{
    struct client *client = owner;
    char pong[6 + 125] = {(char)0x8a, (char)(0x80 | (size & 0x7f))}; /* masked with zeros */

    if (size > 125)
        return -1;
    memcpy(pong + 6, text, size);
    return send(client->fd, pong, 6 + size, MSG_NOSIGNAL) < 0 ? -1 : 0;
}

static void readable(struct client *client)
{
    const struct sink sink = {client, took_head, took_message, took_ping};
    const char *why = NULL;
    size_t old = client->kept_size;
    char *rest = NULL;
    int64_t left;
    ssize_t size;

    if (old)
        memcpy(buffer, client->kept, old);
    size = read(client->fd, buffer + old, LARGEST_READ);
    if (size < 0 && errno == EAGAIN)
        return;
    read_calls++;
    if (size <= 0) {
        troubles.lost_connections++;
        leave(client, PAUSE);
        return;
    }
    bytes += (uint64_t)size;
    left = wire_take(&client->wire, buffer, old, old + (size_t)size, &sink, &rest, &why);
    if (left < 0) {
        if (why)
            bad(why);
        troubles.lost_connections++;
        leave(client, PAUSE);
        return;
    }
    if (client->kept && left == 0) {
        free(client->kept);
        client->kept = NULL;
    } else if (left > 0) {
        char *kept = realloc(client->kept, (size_t)left);

        if (kept == NULL)
            die("no memory");
        memcpy(kept, rest, (size_t)left);
        client->kept = kept;
    }
    client->kept_size = (size_t)left;
}

/* ---- the crowd */

static void let_in(void)
{
    while (arrived < options.clients && handshakes < HANDSHAKES)
        connect_client(&clients[arrived++]);
}

/* Let back in who is due, let go who is restless, give up on a handshake that takes too long. */
static void tick(int64_t time)
{
    if (!absent && !handshakes && !options.restless)
        return;
    for (uint32_t i = 0; i < arrived; i++) {
        struct client *client = &clients[i];

        if (client->due > time)
            continue;
        if (client->state == ABSENT && handshakes < HANDSHAKES) {
            absent--;
            connect_client(client);
        } else if (client->state == CONNECTING || client->state == OPENING) {
            bad("no answer to a new connection");
            leave(client, PAUSE);
        } else if (client->state == READY && client->kind == RESTLESS && client->cursor[0] &&
                   ready == options.clients) {
            troubles.left++;
            leave(client, at_random(LONGEST_ABSENCE));
        }
    }
}

static double cpu_seconds(void)
{
    struct timespec time;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void report(uint32_t until, int64_t began)
{
    static double cpu;
    static uint64_t bytes_before;

    printf("{");
    tally_report(&tally, stdout, until, options.clients - options.deaf);
    printf(",\"seconds\":%.6f,\"cpu_seconds\":%.6f,\"bytes\":%llu,\"reads\":%llu",
           (double)(now() - began) / 1e9, cpu_seconds() - cpu,
           (unsigned long long)(bytes - bytes_before), (unsigned long long)read_calls);
    printf(",\"lost_connections\":%llu,\"left\":%llu,\"bad\":%llu,\"why\":\"%s\"}\n",
           (unsigned long long)troubles.lost_connections, (unsigned long long)troubles.left,
           (unsigned long long)troubles.bad, troubles.why);
    fflush(stdout);
    cpu = cpu_seconds();
    bytes_before = bytes;
    read_calls = 0;
}

/* Who has the newest has all, in order; or something is wrong, and the report says so. */
static int everybody_has(uint32_t until)
{
    return tally.seen[until - 1] >= options.clients - options.deaf;
}

static void run(void)
{
    struct epoll_event events[512], commands = {.events = EPOLLIN, .data.ptr = NULL};
    char line[64];
    size_t line_size = 0;
    uint32_t until = 0;
    int64_t began = now(), deadline = 0, next_tick = 0;
    int said_ready = 0;

    fcntl(STDIN_FILENO, F_SETFL, O_NONBLOCK);
    if (epoll_ctl(poller, EPOLL_CTL_ADD, STDIN_FILENO, &commands) < 0)
        die("stdin must be a pipe");
    for (;;) {
        int count = epoll_wait(poller, events, 512, asking_count > 0 ? 0 : TICK_MS);
        int64_t time = now();

        for (int i = 0; i < count; i++) {
            struct client *client = events[i].data.ptr;
            ssize_t size;
            char *end;

            if (client != NULL && client->state == CONNECTING) {
                connected(client); /* or not: then the request cannot be sent */
            } else if (client != NULL && client->state != ABSENT) {
                readable(client);
            } else if (client == NULL) {
                size = read(STDIN_FILENO, line + line_size, sizeof line - 1 - line_size);
                if (size <= 0)
                    return;
                line_size += (size_t)size;
                line[line_size] = '\0';
                end = strchr(line, '\n');
                if (end != NULL) {
                    long milliseconds = 0;

                    if (sscanf(line, "until %u %ld", &until, &milliseconds) != 2 ||
                        until > options.events || until <= tally.from || milliseconds < 0)
                        errno = 0, die("the command must be: until N MS");
                    began = now();
                    deadline = began + milliseconds * MS;
                    line_size = 0;
                } else if (line_size == sizeof line - 1) {
                    errno = 0, die("too long a command");
                }
            }
        }
        if (count == 0)
            ask_again();
        let_in();
        if (time >= next_tick) {
            tick(time);
            next_tick = time + TICK_MS * MS;
        }
        if (!said_ready && ready == options.clients) {
            printf("{\"ready\":%u}\n", ready);
            fflush(stdout);
            said_ready = 1;
        }
        if (until && (everybody_has(until) || now() >= deadline)) {
            report(until, began);
            until = 0;
        }
        if (time >= options.end || bytes >= MOST_BYTES) {
            errno = 0;
            fprintf(stderr, "visitors: time or bytes are used up; %u of %u are ready, %llu bad: %s\n",
                    ready, options.clients, (unsigned long long)troubles.bad, troubles.why);
            exit(3);
        }
    }
}

/* ---- the command line */

static void read_request(struct request *request, const char *path)
{
    FILE *file = fopen(path, "rb");
    char *mark;
    size_t size;

    if (file == NULL)
        die(path);
    size = fread(request->text, 1, sizeof request->text - 1, file);
    fclose(file);
    request->text[size] = '\0';
    request->before = size;
    mark = strstr(request->text, "@CURSOR@");
    if (mark != NULL) {
        size_t behind = strlen("@CURSOR@");

        request->before = (size_t)(mark - request->text);
        request->after = size - request->before - behind;
        memmove(mark, mark + behind, request->after);
    }
}

static const int64_t *map_times(const char *path, uint32_t events)
{
    size_t size = events * sizeof(int64_t);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat status;
    void *times;

    if (fd < 0 || fstat(fd, &status) < 0)
        die(path);
    if ((size_t)status.st_size < size)
        errno = 0, die("the file of times is too short");
    times = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
    close(fd);
    if (times == MAP_FAILED)
        die("mmap");
    return times;
}

static uint64_t number(const char *name, const char *text, uint64_t least, uint64_t most)
{
    char *end = NULL;
    uint64_t value;

    errno = 0;
    value = strtoull(text, &end, 10);
    if (errno || end == text || *end != '\0' || *text == '-' || value < least || value > most) {
        fprintf(stderr, "visitors: %s must be %llu to %llu\n", name, (unsigned long long)least,
                (unsigned long long)most);
        exit(2);
    }
    return value;
}

static unsigned one_of(const char *name, const char *text, const char *const *words)
{
    for (unsigned i = 0; words[i]; i++)
        if (strcmp(text, words[i]) == 0)
            return i;
    fprintf(stderr, "visitors: %s cannot be %s\n", name, text);
    exit(2);
}

static const char *read_options(int argc, char **argv)
{
    static const char *const transports[] = {"poll", "sse", "ws", NULL};
    static const char *const cursors[] = {"json", "headers", "line", NULL};
    const char *times = NULL;
    uint64_t seconds = 60;

    options.clients = options.events = 1;
    chance = 1;
    for (int i = 1; i < argc; i++) {
        const char *name = argv[i], *value = argv[i + 1];

        if (strcmp(name, "--waits") == 0) {
            options.waits = 1;
            continue;
        }
        if (value == NULL)
            errno = 0, die("an option lacks its value");
        i++;
        if (strcmp(name, "--port") == 0)
            options.port = (uint16_t)number(name, value, 1, 65535);
        else if (strcmp(name, "--transport") == 0)
            options.transport = (enum transport)one_of(name, value, transports);
        else if (strcmp(name, "--clients") == 0)
            options.clients = (uint32_t)number(name, value, 1, MOST_CLIENTS);
        else if (strcmp(name, "--events") == 0)
            options.events = (uint32_t)number(name, value, 1, MOST_EVENTS);
        else if (strcmp(name, "--base") == 0)
            options.base = number(name, value, 0, 9000000000000000000ull);
        else if (strcmp(name, "--times") == 0)
            times = value;
        else if (strcmp(name, "--first") == 0)
            read_request(&options.first, value);
        else if (strcmp(name, "--next") == 0)
            read_request(&options.next, value);
        else if (strcmp(name, "--cursor") == 0)
            options.cursor_from = (enum cursor_from)one_of(name, value, cursors);
        else if (strcmp(name, "--deaf") == 0)
            options.deaf = (uint32_t)number(name, value, 0, MOST_CLIENTS);
        else if (strcmp(name, "--restless") == 0)
            options.restless = (uint32_t)number(name, value, 0, MOST_CLIENTS);
        else if (strcmp(name, "--seconds") == 0)
            seconds = number(name, value, 1, MOST_SECONDS);
        else if (strcmp(name, "--seed") == 0)
            chance = number(name, value, 1, 1ull << 62);
        else
            errno = 0, die("there is no such option");
    }
    if (!options.port || !times || !options.first.before || !options.next.before)
        errno = 0, die("--port, --times, --first and --next must be given");
    if (options.deaf + options.restless > options.clients)
        errno = 0, die("more are deaf and restless than there are");
    options.end = now() + (int64_t)seconds * 1000 * MS;
    return times;
}

int main(int argc, char **argv)
{
    const char *times = read_options(argc, argv);
    struct rlimit files;

    if (getrlimit(RLIMIT_NOFILE, &files) < 0)
        die("getrlimit");
    files.rlim_cur = files.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &files) < 0)
        die("setrlimit");
    if (files.rlim_cur < options.clients + 16)
        errno = 0, die("this machine lets a process have too few files for so many clients");
    clients = calloc(options.clients, sizeof *clients);
    asking = calloc(options.clients, sizeof *asking);
    if (!clients || !asking ||
        tally_start(&tally, options.clients, options.events, map_times(times, options.events)) < 0)
        die("no memory");
    for (uint32_t i = 0; i < options.clients; i++) {
        clients[i].fd = -1;
        clients[i].wire.transport = (uint8_t)options.transport;
        clients[i].kind = i < options.deaf                      ? DEAF
                          : i < options.deaf + options.restless ? RESTLESS
                                                                : ORDINARY;
    }
    poller = epoll_create1(EPOLL_CLOEXEC);
    if (poller < 0)
        die("epoll_create1");
    run();
    return 0;
}
