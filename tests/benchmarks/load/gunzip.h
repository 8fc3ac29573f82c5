/* Unpacks gzip (RFC 1952, RFC 1951): browsers take it, so servers may send it. Pure. */
#ifndef GUNZIP_H
#define GUNZIP_H

#include <stddef.h>
#include <stdint.h>

/* One whole gzip member, with nothing behind it. The bytes written to `out`; -1 if it is none, or
 * does not fit. Its length is checked against what it says of itself, its checksum is not. */
int64_t gunzip(const void *data, size_t size, void *out, size_t room);

#endif
