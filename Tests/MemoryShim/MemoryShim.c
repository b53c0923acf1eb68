// Holds the process at its end, for tests that look at its memory: LD_PRELOAD it.
//
// SEALPIPE_HOLD names a file that is made when the process has done all it does, as the last thing before
// it ends; it ends when the file is gone. Its memory is readable meanwhile: the program forbids that.
// SEALPIPE_CORE, set to anything, has it then end by a signal that leaves a core in the current directory:
// the limit that the program sets itself is not set.
// SEALPIPE_NO_WIPING, set to anything, leaves all bytes as they are that would be wiped, and small mappings
// where they are.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

static int wipes = 1;

__attribute__((constructor)) static void read_settings(void) { wipes = !getenv("SEALPIPE_NO_WIPING"); }

__attribute__((destructor)) static void hold(void) {
    const char *file = getenv("SEALPIPE_HOLD");
    if (!file) return;
    prctl(PR_SET_DUMPABLE, 1);
    prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
    int mark = open(file, O_WRONLY | O_CREAT, 0600);
    if (mark < 0) abort();
    close(mark);
    while (access(file, F_OK) == 0) usleep(1000);
    if (getenv("SEALPIPE_CORE")) abort();
}

int setrlimit(__rlimit_resource_t resource, const struct rlimit *limit) {
    static __typeof__(&setrlimit) real;
    if (!real) real = (__typeof__(&setrlimit))dlsym(RTLD_NEXT, "setrlimit");
    return resource == RLIMIT_CORE && getenv("SEALPIPE_CORE") ? 0 : real(resource, limit);
}

void OPENSSL_cleanse(void *bytes, size_t count);
void OPENSSL_cleanse(void *bytes, size_t count) {
    static void (*real)(void *, size_t);
    if (!real) real = (void (*)(void *, size_t))dlsym(RTLD_NEXT, "OPENSSL_cleanse");
    if (wipes) real(bytes, count);
}

void explicit_bzero(void *bytes, size_t count) {
    static void (*real)(void *, size_t);
    if (!real) real = (void (*)(void *, size_t))dlsym(RTLD_NEXT, "explicit_bzero");
    if (wipes) real(bytes, count);
}

int munmap(void *start, size_t count) {
    static int (*real)(void *, size_t);
    if (!real) real = (int (*)(void *, size_t))dlsym(RTLD_NEXT, "munmap");
    return wipes || count > 65536 ? real(start, count) : 0;
}
