/* Stands between a process and the disk (LD_PRELOAD), for the one file whose name ends in "data.mdb".
 *
 * RECORD=PATH   every write and sync of the file, and every answer on a socket that names offsets, in the
 *               order in which they happened. A write is recorded before it is made and a sync after it
 *               returned, an answer before it leaves: so what the record calls durable when an answer
 *               leaves, was. One record:
 *
 *                   kind u8 | offset u64 | length u32 | bytes
 *
 *               W write   D write through O_DSYNC, durable when it returns   S sync   A answer
 *
 * FAULTS=PATH   a file that says what is to fail, shared with whoever changes it meanwhile; see `faults`.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum { MAX_FILES = 4096 };
enum kind { SYNC, WRITE, MAP, KINDS };

/* After `skip` more calls, `count` calls fail with `error`. */
static struct fault { int32_t skip, count, error; } no_faults[KINDS], *faults = no_faults;

static int record = -1;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
/* 0: another file, 1: ours, 2: ours with O_DSYNC. */
static char ours[MAX_FILES];
/* A failed write-back is told once to every open description of the file. */
static int untold[MAX_FILES];

#define REAL(name) ((__typeof__(&name))real(#name))
static void *real(const char *name) {
    return dlsym(RTLD_NEXT, name);
}

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("RECORD");
    if (path) record = REAL(open)(path, O_CREAT | O_TRUNC | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
    path = getenv("FAULTS");
    int file = path ? REAL(open)(path, O_RDWR | O_CLOEXEC) : -1;
    if (file >= 0) faults = REAL(mmap)(NULL, sizeof no_faults, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
}

static int is_ours(int file) {
    return file >= 0 && file < MAX_FILES ? ours[file] : 0;
}

static void note(char kind, uint64_t offset, const struct iovec *parts, int count) {
    if (record < 0) return;
    uint32_t length = 0;
    for (int i = 0; i < count; i++) length += parts[i].iov_len;
    char *entry = malloc(13 + length), *end = entry + 13;
    if (!entry) abort();
    entry[0] = kind;
    memcpy(entry + 1, &offset, 8);
    memcpy(entry + 9, &length, 4);
    for (int i = 0; i < count; i++) end = mempcpy(end, parts[i].iov_base, parts[i].iov_len);
    pthread_mutex_lock(&mutex);
    if (REAL(write)(record, entry, end - entry) != end - entry) abort();
    pthread_mutex_unlock(&mutex);
    free(entry);
}

/* The errno that this call is to fail with, or 0. */
static int fault(enum kind kind) {
    int error = 0;
    pthread_mutex_lock(&mutex);
    struct fault *next = &faults[kind];
    if (next->count > 0 && next->skip-- <= 0) {
        next->skip = 0;
        next->count--;
        error = next->error;
    }
    pthread_mutex_unlock(&mutex);
    return error;
}

/* Files */

static int opened(int file, const char *path, int flags) {
    size_t length = strlen(path);
    if (file >= 0 && file < MAX_FILES) {
        ours[file] = length >= 8 && !strcmp(path + length - 8, "data.mdb") ? (flags & O_DSYNC ? 2 : 1) : 0;
        untold[file] = 0;
    }
    return file;
}

int open(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    mode_t mode = va_arg(rest, mode_t);
    va_end(rest);
    return opened(REAL(open)(path, flags, mode), path, flags);
}

int open64(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    mode_t mode = va_arg(rest, mode_t);
    va_end(rest);
    return opened(REAL(open)(path, flags, mode), path, flags);
}

int close(int file) {
    if (file >= 0 && file < MAX_FILES) ours[file] = 0;
    return REAL(close)(file);
}

static int failing(enum kind kind) {
    int error = fault(kind);
    if (error) errno = error;
    return error;
}

ssize_t pwrite(int file, const void *bytes, size_t length, off_t offset) {
    if (is_ours(file)) {
        if (failing(WRITE)) return -1;
        note(is_ours(file) == 2 ? 'D' : 'W', offset, &(struct iovec){(void *)bytes, length}, 1);
    }
    return REAL(pwrite)(file, bytes, length, offset);
}

ssize_t pwrite64(int file, const void *bytes, size_t length, off_t offset) {
    return pwrite(file, bytes, length, offset);
}

static int sync_of(int file, int (*sync)(int)) {
    if (!is_ours(file)) return sync(file);
    int error = fault(SYNC);
    if (error)
        for (int i = 0; i < MAX_FILES; i++) untold[i] = ours[i] && i != file ? error : untold[i];
    if (!error) {
        error = untold[file];
        untold[file] = 0;
    }
    if (error) {
        errno = error;
        return -1;
    }
    int result = sync(file);
    if (result == 0) note('S', 0, NULL, 0);
    return result;
}

int fdatasync(int file) {
    return sync_of(file, REAL(fdatasync));
}

int fsync(int file) {
    return sync_of(file, REAL(fsync));
}

void *mmap(void *place, size_t length, int protection, int flags, int file, off_t offset) {
    if (is_ours(file) && failing(MAP)) return MAP_FAILED;
    return REAL(mmap)(place, length, protection, flags, file, offset);
}

void *mmap64(void *place, size_t length, int protection, int flags, int file, off_t offset) {
    return mmap(place, length, protection, flags, file, offset);
}

/* Files and sockets */

static void note_answer(const struct iovec *parts, int count) {
    if (record < 0) return;
    for (int i = 0; i < count; i++)
        if (memmem(parts[i].iov_base, parts[i].iov_len, "\"offset", 7)) note('A', 0, &parts[i], 1);
}

ssize_t writev(int file, const struct iovec *parts, int count) {
    if (is_ours(file)) {
        if (failing(WRITE)) return -1;
        note('W', lseek(file, 0, SEEK_CUR), parts, count);
    } else {
        note_answer(parts, count);
    }
    return REAL(writev)(file, parts, count);
}

ssize_t write(int file, const void *bytes, size_t length) {
    struct iovec part = {(void *)bytes, length};
    if (is_ours(file)) {
        if (failing(WRITE)) return -1;
        note('W', lseek(file, 0, SEEK_CUR), &part, 1);
    } else if (file != record) {
        note_answer(&part, 1);
    }
    return REAL(write)(file, bytes, length);
}

ssize_t send(int socket, const void *bytes, size_t length, int flags) {
    note_answer(&(struct iovec){(void *)bytes, length}, 1);
    return REAL(send)(socket, bytes, length, flags);
}

ssize_t sendmsg(int socket, const struct msghdr *message, int flags) {
    note_answer(message->msg_iov, message->msg_iovlen);
    return REAL(sendmsg)(socket, message, flags);
}
