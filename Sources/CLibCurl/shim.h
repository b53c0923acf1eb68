#pragma once
#include <curl/curl.h>

// curl_easy_setopt and curl_easy_getinfo are variadic, which Swift cannot call: a typed door for each
// kind of argument that is used.

static inline CURLcode curl_set_long(CURL *curl, CURLoption option, long value) {
    return curl_easy_setopt(curl, option, value);
}

static inline CURLcode curl_set_text(CURL *curl, CURLoption option, const char *text) {
    return curl_easy_setopt(curl, option, text);
}

static inline CURLcode curl_set_pointer(CURL *curl, CURLoption option, const void *pointer) {
    return curl_easy_setopt(curl, option, pointer);
}

static inline CURLcode curl_set_size(CURL *curl, CURLoption option, curl_off_t size) {
    return curl_easy_setopt(curl, option, size);
}

static inline CURLcode curl_set_headers(CURL *curl, const struct curl_slist *headers) {
    return curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
}

static inline CURLcode curl_set_receiver(CURL *curl, curl_write_callback receive) {
    return curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, receive);
}

static inline CURLcode curl_set_watcher(CURL *curl, curl_xferinfo_callback watch) {
    return curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, watch);
}

static inline CURLcode curl_get_long(CURL *curl, CURLINFO info, long *value) {
    return curl_easy_getinfo(curl, info, value);
}

static inline CURLcode curl_get_size(CURL *curl, CURLINFO info, curl_off_t *value) {
    return curl_easy_getinfo(curl, info, value);
}

// CURL_GLOBAL_DEFAULT is a macro of macros, which Swift does not see.
static inline CURLcode curl_start(void) { return curl_global_init(CURL_GLOBAL_DEFAULT); }
