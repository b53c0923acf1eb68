// What Linux offers and Swift's Glibc module does not show, because glibc hides it behind _GNU_SOURCE.
#pragma once
// It includes no header of glibc: what a module includes becomes its own, and Swift would then find
// `timespec` here instead of in Glibc.
#include <stddef.h>
#include <stdint.h>

extern const int linux_O_PATH;     // open(2)
extern const int linux_O_NOATIME;  // open(2)
extern const int linux_SEEK_DATA;  // lseek(2)
extern const int linux_SEEK_HOLE;  // lseek(2)

// renameat2(2) with RENAME_NOREPLACE.
int linux_rename_no_replace(int old_directory, const char *old_name, int new_directory, const char *new_name);

// renameat2(2) with RENAME_EXCHANGE.
int linux_rename_exchange(int old_directory, const char *old_name, int new_directory, const char *new_name);

// copy_file_range(2), which takes its offsets by pointer.
long linux_copy_file_range(int from, int64_t from_offset, int to, int64_t to_offset, size_t count);

// sync_file_range(2) with SYNC_FILE_RANGE_WRITE: starts writing back, waits for nothing.
int linux_start_writeback(int file, int64_t offset, int64_t count);

// syncfs(2).
int linux_sync_file_system(int file);

// prctl(2) with PR_SET_DUMPABLE 0, and with PR_GET_DUMPABLE: prctl takes any number of arguments.
int linux_forbid_dumps(void);
int linux_may_be_dumped(void);

// How many processors the calling thread may be put on, -1 where nobody says. Source: sched_getaffinity(2).
int linux_usable_processors(void);

// major(3), minor(3) and makedev(3) are macros.
uint32_t linux_major(uint64_t device);
uint32_t linux_minor(uint64_t device);
uint64_t linux_makedev(uint32_t major, uint32_t minor);

// getxattr(2), listxattr(2), setxattr(2); ssize_t is long wherever Linux is 64 bits wide.
long flistxattr(int file, char *names, size_t size);
long llistxattr(const char *path, char *names, size_t size);
long fgetxattr(int file, const char *name, void *value, size_t size);
long lgetxattr(const char *path, const char *name, void *value, size_t size);
int fsetxattr(int file, const char *name, const void *value, size_t size, int flags);
int lsetxattr(const char *path, const char *name, const void *value, size_t size, int flags);
