// Makes calls of the system fail, or kills the process at one, for tests: LD_PRELOAD it.
//
// SEALPIPE_FAULT is CALLS:PATH:FIRST:LAST:ACTION. Of the calls named in CALLS (separated by commas; `writes`
// are all that change something, `reads` those that read) on files whose path contains PATH, those from FIRST to LAST (counted
// from 1) are met by ACTION: `kill`; `tear` (half of a write is done, then as `kill`); `short` (half as
// many bytes), `short=N` (at most N); `slow=N` (N milliseconds later); or the number of an error. With `/N`
// behind it only every N-th of them is met.
// SEALPIPE_FAULT_COUNT names a file that gets, when the process ends, how many such calls there were.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { NONE = 0, SHORT = -1, TEAR = -2 };
enum kind { READS, WRITES, OTHER };

static char calls[256], path_part[1024], action[32];
static long first, last, amount, every = 1;
static atomic_long met;

__attribute__((constructor)) static void read_fault(void) {
    const char *text = getenv("SEALPIPE_FAULT");
    if (!text || sscanf(text, "%255[^:]:%1023[^:]:%ld:%ld:%31s", calls, path_part, &first, &last, action) != 5)
        calls[0] = 0;
    char *slash = strchr(action, '/');
    if (slash) { every = atol(slash + 1); *slash = 0; }
    char *equals = strchr(action, '=');
    if (equals) { amount = atol(equals + 1); *equals = 0; }
    if (every < 1) abort();
}

static void die(void) { syscall(SYS_kill, getpid(), SIGKILL); }

__attribute__((destructor)) static void write_count(void) {
    const char *file = getenv("SEALPIPE_FAULT_COUNT");
    if (!file) return;
    int out = (int)syscall(SYS_openat, AT_FDCWD, file, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    char text[32];
    int count = snprintf(text, sizeof text, "%ld\n", atomic_load(&met));
    if (out < 0 || syscall(SYS_write, out, text, count) != count) abort();
}

static int is_named(const char *call, enum kind kind) {
    if (kind != OTHER && !strcmp(calls, kind == WRITES ? "writes" : "reads")) return 1;
    const char *at = strstr(calls, call);
    size_t length = strlen(call);
    return at && (at == calls || at[-1] == ',') && (at[length] == 0 || at[length] == ',');
}

// NONE: go on. SHORT: not all of it. TEAR: half of it, the last thing that is done. Else the number of an error.
static int fault(const char *call, enum kind kind, int file, const char *path) {
    if (!calls[0] || !is_named(call, kind)) return NONE;
    char full[4096];
    if (!path || path[0] != '/') {
        char link[64];
        if (!path || file != AT_FDCWD) snprintf(link, sizeof link, "/proc/self/fd/%d", file);
        else snprintf(link, sizeof link, "/proc/self/cwd");
        ssize_t count = syscall(SYS_readlinkat, AT_FDCWD, link, full, sizeof full - 512);
        if (count < 0) return 0;
        snprintf(full + count, sizeof full - count, "%s%.500s", path ? "/" : "", path ? path : "");
        path = full;
    }
    if (!strstr(path, path_part)) return NONE;
    long number = atomic_fetch_add(&met, 1) + 1;
    if (number < first || number > last || (number - first) % every) return NONE;
    if (!strcmp(action, "kill")) die();
    if (!strcmp(action, "tear")) return TEAR;
    if (!strcmp(action, "short")) return SHORT;
    if (!strcmp(action, "slow")) {
        struct timespec pause = {amount / 1000, amount % 1000 * 1000000};
        nanosleep(&pause, NULL);
        return NONE;
    }
    return atoi(action);
}

// How much of `count` bytes is moved.
static size_t part(int failure, size_t count) {
    if (failure == NONE || count < 2) return count;
    if (failure == TEAR || !amount) return count / 2;
    return count < (size_t)amount ? count : (size_t)amount;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define BEFORE(name, kind, file, path)                       \
    static __typeof__(&name) real;                           \
    if (!real) real = REAL(name);                            \
    int failure = fault(#name, kind, file, path);            \
    if (failure > 0) { errno = failure; return -1; }
// The same of what is done as a whole or not at all.
#define BEFORE_WHOLE(name, kind, file, path)                 \
    BEFORE(name, kind, file, path)                           \
    if (failure == TEAR) die();

#define MOVING(kind, name, pointer)                                                                  \
    ssize_t name(int file, pointer bytes, size_t count) {                                            \
        BEFORE(name, kind, file, NULL)                                                               \
        ssize_t moved = real(file, bytes, part(failure, count));                                     \
        if (failure == TEAR) die();                                                                  \
        return moved;                                                                                \
    }
#define MOVING_AT(kind, name, pointer)                                                               \
    ssize_t name(int file, pointer bytes, size_t count, off_t offset) {                              \
        BEFORE(name, kind, file, NULL)                                                               \
        ssize_t moved = real(file, bytes, part(failure, count), offset);                             \
        if (failure == TEAR) die();                                                                  \
        return moved;                                                                                \
    }

MOVING(WRITES, write, const void *)
MOVING(READS, read, void *)
MOVING_AT(WRITES, pwrite, const void *)
MOVING_AT(WRITES, pwrite64, const void *)
MOVING_AT(READS, pread, void *)
MOVING_AT(READS, pread64, void *)

int fsync(int file) { BEFORE_WHOLE(fsync, WRITES, file, NULL) return real(file); }
int fdatasync(int file) { BEFORE_WHOLE(fdatasync, WRITES, file, NULL) return real(file); }
int syncfs(int file) { BEFORE_WHOLE(syncfs, WRITES, file, NULL) return real(file); }
int close(int file) { BEFORE_WHOLE(close, OTHER, file, NULL) return real(file); }
int ftruncate(int file, off_t length) { BEFORE_WHOLE(ftruncate, WRITES, file, NULL) return real(file, length); }
int ftruncate64(int file, off_t length) { BEFORE_WHOLE(ftruncate64, WRITES, file, NULL) return real(file, length); }
int mkdir(const char *path, mode_t mode) { BEFORE_WHOLE(mkdir, WRITES, AT_FDCWD, path) return real(path, mode); }
int rmdir(const char *path) { BEFORE_WHOLE(rmdir, WRITES, AT_FDCWD, path) return real(path); }
int unlink(const char *path) { BEFORE_WHOLE(unlink, WRITES, AT_FDCWD, path) return real(path); }
int rename(const char *from, const char *to) { BEFORE_WHOLE(rename, WRITES, AT_FDCWD, to) return real(from, to); }
int mkdirat(int file, const char *path, mode_t mode) { BEFORE_WHOLE(mkdirat, WRITES, file, path) return real(file, path, mode); }
int mkfifoat(int file, const char *path, mode_t mode) { BEFORE_WHOLE(mkfifoat, WRITES, file, path) return real(file, path, mode); }
int unlinkat(int file, const char *path, int flags) { BEFORE_WHOLE(unlinkat, WRITES, file, path) return real(file, path, flags); }
int symlinkat(const char *to, int file, const char *path) { BEFORE_WHOLE(symlinkat, WRITES, file, path) return real(to, file, path); }
int linkat(int from, const char *old, int file, const char *path, int flags) {
    BEFORE_WHOLE(linkat, WRITES, file, path)
    return real(from, old, file, path, flags);
}
int renameat(int from, const char *old, int file, const char *path) {
    BEFORE_WHOLE(renameat, WRITES, file, path)
    return real(from, old, file, path);
}
int renameat2(int from, const char *old, int file, const char *path, unsigned flags) {
    BEFORE_WHOLE(renameat2, WRITES, file, path)
    return real(from, old, file, path, flags);
}
int link(const char *old, const char *path) { BEFORE_WHOLE(link, WRITES, AT_FDCWD, path) return real(old, path); }
int fchown(int file, uid_t user, gid_t group) { BEFORE_WHOLE(fchown, WRITES, file, NULL) return real(file, user, group); }
ssize_t copy_file_range(int from, off64_t *start, int file, off64_t *offset, size_t count, unsigned flags) {
    BEFORE(copy_file_range, WRITES, file, NULL)
    ssize_t moved = real(from, start, file, offset, part(failure, count), flags);
    if (failure == TEAR) die();
    return moved;
}
int fchmod(int file, mode_t mode) { BEFORE_WHOLE(fchmod, WRITES, file, NULL) return real(file, mode); }
int futimens(int file, const struct timespec times[2]) { BEFORE_WHOLE(futimens, WRITES, file, NULL) return real(file, times); }
ssize_t fgetxattr(int file, const char *name, void *value, size_t size);
ssize_t fgetxattr(int file, const char *name, void *value, size_t size) {
    BEFORE_WHOLE(fgetxattr, READS, file, NULL)
    return real(file, name, value, size);
}

#define OPENING(name)                                                                                \
    int name(const char *path, int flags, ...) {                                                     \
        va_list list;                                                                                \
        va_start(list, flags);                                                                       \
        mode_t mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(list, mode_t) : 0;                    \
        va_end(list);                                                                                \
        BEFORE_WHOLE(name, flags & O_CREAT ? WRITES : READS, AT_FDCWD, path)                        \
        return real(path, flags, mode);                                                              \
    }
#define OPENING_AT(name)                                                                             \
    int name(int file, const char *path, int flags, ...) {                                           \
        va_list list;                                                                                \
        va_start(list, flags);                                                                       \
        mode_t mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(list, mode_t) : 0;                    \
        va_end(list);                                                                                \
        BEFORE_WHOLE(name, flags & O_CREAT ? WRITES : READS, file, path)                            \
        return real(file, path, flags, mode);                                                        \
    }

OPENING(open)
OPENING(open64)
OPENING_AT(openat)
OPENING_AT(openat64)
