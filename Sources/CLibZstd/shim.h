#pragma once
// ZSTD_createCCtx_advanced: zstd calls it static-only, because a caller and a library of different
// versions might disagree about it; its form is the same since 1.3.0, and Debian's library exports it.
#define ZSTD_STATIC_LINKING_ONLY
#include <zstd.h>
#include <zstd_errors.h>

// No header of glibc: what a module includes becomes its own, and Swift would find it here.
void *aligned_alloc(size_t alignment, size_t size);
void free(void *memory);
int madvise(void *memory, size_t size, int advice);

// Memory of half a huge page or more lies on whole huge pages, where the system has them.
static inline void *zstd_take_memory(void *nothing, size_t size) {
    const size_t huge_page = 2 << 20;
    const int MADV_HUGEPAGE_ = 14;
    (void)nothing;
    size_t alignment = size < huge_page / 2 ? 64 : huge_page;
    size_t rounded = (size + alignment - 1) / alignment * alignment;
    void *memory = aligned_alloc(alignment, rounded);
    // Only a wish, so the answer does not matter.
    if (memory && alignment == huge_page) (void)madvise(memory, rounded, MADV_HUGEPAGE_);
    return memory;
}

static inline void zstd_give_back(void *nothing, void *memory) {
    (void)nothing;
    free(memory);
}

// A compressor whose match tables, read at random, cost few misses of the TLB. In C, because Swift
// cannot fill ZSTD_customMem with functions of its own without a context to keep alive.
static inline ZSTD_CCtx *zstd_create_compressor(void) {
    ZSTD_customMem memory = {zstd_take_memory, zstd_give_back, NULL};
    return ZSTD_createCCtx_advanced(memory);
}
