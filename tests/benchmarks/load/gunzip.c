#include "gunzip.h"

#include <string.h>

enum { LONGEST = 15, LITERALS = 288, DISTANCES = 32, END = 256 };

struct input {
    const uint8_t *at, *end;
    uint64_t held; /* the next bits, the first one lowest */
    unsigned count;
};

struct code {
    unsigned width;                 /* of the longest */
    uint16_t entries[1 << LONGEST]; /* by the next `width` bits: symbol << 4 | length; 0: none */
};

static void fill(struct input *input)
{
    while (input->count <= 56 && input->at < input->end) {
        input->held |= (uint64_t)*input->at++ << input->count;
        input->count += 8;
    }
}

static int take(struct input *input, unsigned bits) /* -1 behind the end */
{
    int value;

    fill(input);
    if (input->count < bits)
        return -1;
    value = (int)(input->held & ((1u << bits) - 1));
    input->held >>= bits;
    input->count -= bits;
    return value;
}

static int symbol(struct input *input, const struct code *code) /* -1: there is none */
{
    unsigned entry, length;

    fill(input);
    entry = code->entries[input->held & ((1u << code->width) - 1)];
    length = entry & 15;
    if (length == 0 || length > input->count)
        return -1;
    input->held >>= length;
    input->count -= length;
    return (int)(entry >> 4);
}

/* RFC 1951, 3.2.2: codes of one length follow one another; the shorter come first. */
static int build(struct code *code, const uint8_t *lengths, unsigned symbols)
{
    unsigned counts[LONGEST + 1] = {0}, next[LONGEST + 2] = {0};

    for (unsigned i = 0; i < symbols; i++)
        counts[lengths[i]]++;
    counts[0] = 0;
    code->width = 1;
    for (unsigned length = 1; length <= LONGEST; length++) {
        next[length + 1] = (next[length] + counts[length]) << 1;
        if (next[length] + counts[length] > 1u << length)
            return -1;
        if (counts[length])
            code->width = length;
    }
    memset(code->entries, 0, sizeof *code->entries << code->width);
    for (unsigned i = 0; i < symbols; i++) {
        unsigned length = lengths[i], turned = 0, value;

        if (length == 0)
            continue;
        value = next[length]++;
        for (unsigned bit = 0; bit < length; bit++)
            turned |= (value >> bit & 1) << (length - 1 - bit);
        for (; turned < 1u << code->width; turned += 1u << length)
            code->entries[turned] = (uint16_t)(i << 4 | length);
    }
    return 0;
}

static int read_codes(struct input *input, int dynamic, struct code *literals,
                      struct code *distances)
{
    static const uint8_t order[19] = {16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                      11, 4,  12, 3, 13, 2, 14, 1, 15};
    uint8_t lengths[LITERALS + DISTANCES] = {0}, first[19] = {0};
    unsigned symbols, far, count = 0, sizes;
    int a, b, c;

    if (!dynamic) {
        memset(lengths, 8, 144);
        memset(lengths + 144, 9, 112);
        memset(lengths + 256, 7, 24);
        memset(lengths + 280, 8, 8);
        memset(lengths + LITERALS, 5, DISTANCES);
        return build(literals, lengths, LITERALS) | build(distances, lengths + LITERALS, DISTANCES);
    }
    a = take(input, 5);
    b = take(input, 5);
    c = take(input, 4);
    if (a < 0 || b < 0 || c < 0)
        return -1;
    symbols = (unsigned)a + 257;
    far = (unsigned)b + 1;
    sizes = (unsigned)c + 4;
    for (unsigned i = 0; i < sizes; i++) {
        int length = take(input, 3);

        if (length < 0)
            return -1;
        first[order[i]] = (uint8_t)length;
    }
    if (build(literals, first, 19) < 0)
        return -1;
    while (count < symbols + far) {
        int s = symbol(input, literals), times = 1;
        uint8_t length = 0;

        if (s < 0 || (s == 16 && count == 0))
            return -1;
        if (s < 16)
            length = (uint8_t)s;
        else if (s == 16)
            length = lengths[count - 1], times = take(input, 2) + 3;
        else
            times = s == 17 ? take(input, 3) + 3 : take(input, 7) + 11;
        if (count + (unsigned)times > symbols + far)
            return -1;
        while (times-- > 0)
            lengths[count++] = length;
    }
    return build(distances, lengths + symbols, far) | build(literals, lengths, symbols);
}

static int64_t inflate(struct input *input, uint8_t *out, size_t room)
{
    static const uint16_t length_base[29] = {3,  4,  5,  6,  7,  8,  9,  10, 11,  13,
                                             15, 17, 19, 23, 27, 31, 35, 43, 51,  59,
                                             67, 83, 99, 115, 131, 163, 195, 227, 258};
    static const uint8_t length_extra[29] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2,
                                             2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0};
    static const uint16_t far_base[30] = {1,   2,   3,   4,   5,   7,    9,    13,   17,   25,
                                          33,  49,  65,  97,  129, 193,  257,  385,  513,  769,
                                          1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385,
                                          24577};
    static struct code literals, distances;
    size_t size = 0;
    int last, kind;

    do {
        last = take(input, 1);
        kind = take(input, 2);
        if (last < 0 || kind < 0 || kind == 3)
            return -1;
        if (kind == 0) {
            int length, check;

            take(input, input->count & 7);
            length = take(input, 16);
            check = take(input, 16);
            if (length < 0 || check != (length ^ 0xffff) || (size_t)length > room - size)
                return -1;
            while (length-- > 0) {
                int byte = take(input, 8);

                if (byte < 0)
                    return -1;
                out[size++] = (uint8_t)byte;
            }
            continue;
        }
        if (read_codes(input, kind == 2, &literals, &distances) < 0)
            return -1;
        for (;;) {
            int s = symbol(input, &literals), far, more;
            size_t length, back;

            if (s < 0 || (s < END && size == room))
                return -1;
            if (s < END) {
                out[size++] = (uint8_t)s;
                continue;
            }
            if (s == END)
                break;
            if (s > 285)
                return -1;
            more = take(input, length_extra[s - 257]);
            far = symbol(input, &distances);
            if (more < 0 || far < 0 || far > 29)
                return -1;
            length = (size_t)(length_base[s - 257] + more);
            more = take(input, far < 4 ? 0 : (unsigned)far / 2 - 1);
            if (more < 0)
                return -1;
            back = (size_t)(far_base[far] + more);
            if (back > size || length > room - size)
                return -1;
            for (; length > 0; length--, size++)
                out[size] = out[size - back];
        }
    } while (!last);
    return (int64_t)size;
}

int64_t gunzip(const void *data, size_t size, void *out, size_t room)
{
    enum { HEAD = 10, TAIL = 8, NAMES = 0x1e }; /* flags for what may stand between: not sent */
    const uint8_t *bytes = data;
    struct input input;
    int64_t got;
    uint32_t said;

    if (size < HEAD + TAIL || bytes[0] != 0x1f || bytes[1] != 0x8b || bytes[2] != 8 ||
        bytes[3] & NAMES)
        return -1;
    input = (struct input){bytes + HEAD, bytes + size - TAIL, 0, 0};
    got = inflate(&input, out, room);
    memcpy(&said, bytes + size - 4, 4); /* little-endian, as are all machines this runs on */
    return got >= 0 && input.at == input.end && input.count < 8 && (uint32_t)got == said ? got : -1;
}
