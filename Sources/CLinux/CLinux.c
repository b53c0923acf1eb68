#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

const int linux_O_PATH = O_PATH;
const int linux_O_NOATIME = O_NOATIME;
const int linux_SEEK_DATA = SEEK_DATA;
const int linux_SEEK_HOLE = SEEK_HOLE;

int linux_rename_no_replace(int old_directory, const char *old_name, int new_directory, const char *new_name) {
    return renameat2(old_directory, old_name, new_directory, new_name, RENAME_NOREPLACE);
}

int linux_rename_exchange(int old_directory, const char *old_name, int new_directory, const char *new_name) {
    return renameat2(old_directory, old_name, new_directory, new_name, RENAME_EXCHANGE);
}

long linux_copy_file_range(int from, int64_t from_offset, int to, int64_t to_offset, size_t count) {
    off64_t from_position = from_offset, to_position = to_offset;
    return copy_file_range(from, &from_position, to, &to_position, count, 0);
}

int linux_start_writeback(int file, int64_t offset, int64_t count) {
    return sync_file_range(file, offset, count, SYNC_FILE_RANGE_WRITE);
}

int linux_sync_file_system(int file) { return syncfs(file); }

int linux_forbid_dumps(void) { return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); }

int linux_may_be_dumped(void) { return prctl(PR_GET_DUMPABLE, 0, 0, 0, 0); }

uint32_t linux_major(uint64_t device) { return major(device); }
uint32_t linux_minor(uint64_t device) { return minor(device); }
uint64_t linux_makedev(uint32_t major, uint32_t minor) { return makedev(major, minor); }

int linux_usable_processors(void) {
    // The kernel refuses a set that is too small for all processors that it knows.
    for (int room = 1024; room <= 1 << 20; room *= 2) {
        cpu_set_t *set = CPU_ALLOC(room);
        if (!set) return -1;
        size_t size = CPU_ALLOC_SIZE(room);
        int count = sched_getaffinity(0, size, set) == 0 ? CPU_COUNT_S(size, set) : -1;
        int reason = errno;
        CPU_FREE(set);
        if (count > 0 || reason != EINVAL) return count;
    }
    return -1;
}
