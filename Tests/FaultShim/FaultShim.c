// Makes calls of the system fail, or kills the process at one, for tests: LD_PRELOAD it.
//
// SEALPIPE_FAULT is CALLS:PATH:FIRST:LAST:ACTION. Of the calls named in CALLS (separated by commas; `writes`
// are all that change something) on files whose path contains PATH, those from FIRST to LAST (counted
// from 1) are met by ACTION: `kill`, `short` (half as many bytes), or the number of an error.
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
#include <unistd.h>

static char calls[256], path_part[1024], action[32];
static long first, last;
static atomic_long met;

__attribute__((constructor)) static void read_fault(void) {
    const char *text = getenv("SEALPIPE_FAULT");
    if (!text || sscanf(text, "%255[^:]:%1023[^:]:%ld:%ld:%31s", calls, path_part, &first, &last, action) != 5)
        calls[0] = 0;
}

__attribute__((destructor)) static void write_count(void) {
    const char *file = getenv("SEALPIPE_FAULT_COUNT");
    if (!file) return;
    int out = (int)syscall(SYS_openat, AT_FDCWD, file, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    char text[32];
    int count = snprintf(text, sizeof text, "%ld\n", atomic_load(&met));
    if (out < 0 || syscall(SYS_write, out, text, count) != count) abort();
}

static int is_named(const char *call, int changes) {
    if (changes && !strcmp(calls, "writes")) return 1;
    const char *at = strstr(calls, call);
    size_t length = strlen(call);
    return at && (at == calls || at[-1] == ',') && (at[length] == 0 || at[length] == ',');
}

// 0: go on. 1: only half as much. Else the number of an error.
static int fault(const char *call, int changes, int file, const char *path) {
    if (!calls[0] || !is_named(call, changes)) return 0;
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
    if (!strstr(path, path_part)) return 0;
    long number = atomic_fetch_add(&met, 1) + 1;
    if (number < first || number > last) return 0;
    if (!strcmp(action, "kill")) syscall(SYS_kill, getpid(), SIGKILL);
    if (!strcmp(action, "short")) return 1;
    return atoi(action);
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define BEFORE(name, changes, file, path)                    \
    static __typeof__(&name) real;                           \
    if (!real) real = REAL(name);                            \
    int failure = fault(#name, changes, file, path);         \
    if (failure > 1) { errno = failure; return -1; }

#define MOVING(type, name, pointer)                                                                  \
    ssize_t name(int file, pointer bytes, size_t count) {                                            \
        BEFORE(name, type, file, NULL)                                                               \
        return real(file, bytes, failure && count > 1 ? count / 2 : count);                          \
    }
#define MOVING_AT(type, name, pointer)                                                               \
    ssize_t name(int file, pointer bytes, size_t count, off_t offset) {                              \
        BEFORE(name, type, file, NULL)                                                               \
        return real(file, bytes, failure && count > 1 ? count / 2 : count, offset);                  \
    }

MOVING(1, write, const void *)
MOVING(0, read, void *)
MOVING_AT(1, pwrite, const void *)
MOVING_AT(1, pwrite64, const void *)
MOVING_AT(0, pread, void *)
MOVING_AT(0, pread64, void *)

int fsync(int file) { BEFORE(fsync, 1, file, NULL) return real(file); }
int fdatasync(int file) { BEFORE(fdatasync, 1, file, NULL) return real(file); }
int syncfs(int file) { BEFORE(syncfs, 1, file, NULL) return real(file); }
int close(int file) { BEFORE(close, 0, file, NULL) return real(file); }
int ftruncate(int file, off_t length) { BEFORE(ftruncate, 1, file, NULL) return real(file, length); }
int ftruncate64(int file, off_t length) { BEFORE(ftruncate64, 1, file, NULL) return real(file, length); }
int mkdir(const char *path, mode_t mode) { BEFORE(mkdir, 1, AT_FDCWD, path) return real(path, mode); }
int rmdir(const char *path) { BEFORE(rmdir, 1, AT_FDCWD, path) return real(path); }
int unlink(const char *path) { BEFORE(unlink, 1, AT_FDCWD, path) return real(path); }
int rename(const char *from, const char *to) { BEFORE(rename, 1, AT_FDCWD, to) return real(from, to); }
int mkdirat(int file, const char *path, mode_t mode) { BEFORE(mkdirat, 1, file, path) return real(file, path, mode); }
int mkfifoat(int file, const char *path, mode_t mode) { BEFORE(mkfifoat, 1, file, path) return real(file, path, mode); }
int unlinkat(int file, const char *path, int flags) { BEFORE(unlinkat, 1, file, path) return real(file, path, flags); }
int symlinkat(const char *to, int file, const char *path) { BEFORE(symlinkat, 1, file, path) return real(to, file, path); }
int linkat(int from, const char *old, int file, const char *path, int flags) {
    BEFORE(linkat, 1, file, path)
    return real(from, old, file, path, flags);
}
int renameat(int from, const char *old, int file, const char *path) {
    BEFORE(renameat, 1, file, path)
    return real(from, old, file, path);
}
int renameat2(int from, const char *old, int file, const char *path, unsigned flags) {
    BEFORE(renameat2, 1, file, path)
    return real(from, old, file, path, flags);
}
int fchmod(int file, mode_t mode) { BEFORE(fchmod, 1, file, NULL) return real(file, mode); }
int futimens(int file, const struct timespec times[2]) { BEFORE(futimens, 1, file, NULL) return real(file, times); }
ssize_t fgetxattr(int file, const char *name, void *value, size_t size);
ssize_t fgetxattr(int file, const char *name, void *value, size_t size) {
    BEFORE(fgetxattr, 0, file, NULL)
    return real(file, name, value, size);
}

#define OPENING(name)                                                                                \
    int name(const char *path, int flags, ...) {                                                     \
        va_list list;                                                                                \
        va_start(list, flags);                                                                       \
        mode_t mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(list, mode_t) : 0;                    \
        va_end(list);                                                                                \
        BEFORE(name, !!(flags & O_CREAT), AT_FDCWD, path)                                            \
        return real(path, flags, mode);                                                              \
    }
#define OPENING_AT(name)                                                                             \
    int name(int file, const char *path, int flags, ...) {                                           \
        va_list list;                                                                                \
        va_start(list, flags);                                                                       \
        mode_t mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(list, mode_t) : 0;                    \
        va_end(list);                                                                                \
        BEFORE(name, !!(flags & O_CREAT), file, path)                                                \
        return real(file, path, flags, mode);                                                        \
    }

OPENING(open)
OPENING(open64)
OPENING_AT(openat)
OPENING_AT(openat64)
