// Loads a key service over HTTP/1.1: as many connections as asked for, kept alive, each sending its next
// request when the last was answered, every request signed anew (Signature Version 4).
//
// cc -O2 -o load load.c -lcrypto
// AWS_ACCESS_KEY_ID=… AWS_SECRET_ACCESS_KEY=… load HOST PORT REGION ACTION BODY CONNECTIONS SECONDS [RATE]
//
// RATE limits all connections together to so many requests a second. A server that closes a connection
// after its answer is connected to anew. Prints one JSON object.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

enum { BUFFER = 32 * 1024, SLOTS = 1000 * 1000 };

struct connection {
  int socket;
  int busy;
  double began;
  size_t received;
  char buffer[BUFFER];
};

static const char *host, *region, *action, *body, *access_key, *secret;
static int port, poller;
static char body_hash[65];
static unsigned latencies[SLOTS + 1];  // by microsecond; the last holds all that took longer
static long answered, failed;

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + time.tv_nsec / 1e9;
}

static void hex(const unsigned char *bytes, size_t count, char *text) {
  for (size_t i = 0; i < count; i++) sprintf(text + 2 * i, "%02x", bytes[i]);
}

static void sha256_hex(const char *text, size_t length, char *digest) {
  unsigned char bytes[32];
  EVP_Digest(text, length, bytes, NULL, EVP_sha256(), NULL);
  hex(bytes, sizeof bytes, digest);
}

static void hmac(const void *key, int length, const char *text, unsigned char *tag) {
  unsigned size = 32;
  HMAC(EVP_sha256(), key, length, (const unsigned char *)text, strlen(text), tag, &size);
}

// The key of a day, as every client keeps it.
static const unsigned char *signing_key(const char *day) {
  static char known[9];
  static unsigned char key[32];
  if (strcmp(known, day)) {
    char first[256];
    snprintf(first, sizeof first, "AWS4%s", secret);
    hmac(first, strlen(first), day, key);
    hmac(key, 32, region, key);
    hmac(key, 32, "kms", key);
    hmac(key, 32, "aws4_request", key);
    memcpy(known, day, sizeof known);
  }
  return key;
}

static int signed_request(char *request, size_t size) {
  char date[17], day[9], canonical[1024], digest[65], to_sign[256], signature[65];
  unsigned char tag[32];
  time_t seconds = time(NULL);
  struct tm parts;
  gmtime_r(&seconds, &parts);
  strftime(date, sizeof date, "%Y%m%dT%H%M%SZ", &parts);
  memcpy(day, date, 8);
  day[8] = 0;
  int length = snprintf(
      canonical, sizeof canonical,
      "POST\n/\n\ncontent-type:application/x-amz-json-1.1\nhost:%s:%d\nx-amz-date:%s\n"
      "x-amz-target:TrentService.%s\n\ncontent-type;host;x-amz-date;x-amz-target\n%s",
      host, port, date, action, body_hash);
  sha256_hex(canonical, length, digest);
  snprintf(to_sign, sizeof to_sign, "AWS4-HMAC-SHA256\n%s\n%s/%s/kms/aws4_request\n%s", date, day, region, digest);
  hmac(signing_key(day), 32, to_sign, tag);
  hex(tag, sizeof tag, signature);
  return snprintf(
      request, size,
      "POST / HTTP/1.1\r\nHost: %s:%d\r\nContent-Type: application/x-amz-json-1.1\r\nX-Amz-Date: %s\r\n"
      "X-Amz-Target: TrentService.%s\r\nAuthorization: AWS4-HMAC-SHA256 Credential=%s/%s/%s/kms/aws4_request, "
      "SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature=%s\r\nContent-Length: %zu\r\n\r\n%s",
      host, port, date, action, access_key, day, region, signature, strlen(body), body);
}

static void open_connection(struct connection *connection) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  inet_pton(AF_INET, host, &address.sin_addr);
  connection->socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connect(connection->socket, (struct sockaddr *)&address, sizeof address)) fail("connect");
  int on = 1;
  setsockopt(connection->socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  fcntl(connection->socket, F_SETFL, O_NONBLOCK);
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
  epoll_ctl(poller, EPOLL_CTL_ADD, connection->socket, &event);
}

static void start(struct connection *connection) {
  char request[4096];
  int length = signed_request(request, sizeof request);
  connection->received = 0;
  connection->busy = 1;
  connection->began = now();
  if (send(connection->socket, request, length, MSG_NOSIGNAL) != length) fail("send");
}

// Whether the whole answer is there.
static int is_answered(struct connection *connection) {
  connection->buffer[connection->received] = 0;
  char *end = strstr(connection->buffer, "\r\n\r\n");
  if (!end) return 0;
  char *field = strcasestr(connection->buffer, "content-length:");
  if (!field || field > end) {
    fprintf(stderr, "an answer without a length\n");
    exit(1);
  }
  return connection->received >= (size_t)(end + 4 - connection->buffer) + strtoul(field + 15, NULL, 10);
}

static void finish(struct connection *connection) {
  connection->busy = 0;
  answered++;
  char *closing = strcasestr(connection->buffer, "connection: close");
  if (closing && closing < strstr(connection->buffer, "\r\n\r\n")) {
    close(connection->socket);
    open_connection(connection);
  }
  if (strncmp(connection->buffer, "HTTP/1.1 200", 12)) {
    if (!failed++) fprintf(stderr, "%s\n", connection->buffer);
  }
  long slot = (now() - connection->began) * 1e6;
  latencies[slot < SLOTS ? slot : SLOTS]++;
}

static double percentile(double share) {
  long wanted = answered * share, seen = 0;
  for (int slot = 0; slot <= SLOTS; slot++) {
    seen += latencies[slot];
    if (seen > wanted) return slot / 1000.0;
  }
  return SLOTS / 1000.0;
}

int main(int count, char **arguments) {
  access_key = getenv("AWS_ACCESS_KEY_ID");
  secret = getenv("AWS_SECRET_ACCESS_KEY");
  if (count < 8 || !access_key || !secret) {
    fprintf(stderr, "usage: load HOST PORT REGION ACTION BODY CONNECTIONS SECONDS [RATE]\n");
    return 2;
  }
  host = arguments[1];
  port = atoi(arguments[2]);
  region = arguments[3];
  action = arguments[4];
  body = arguments[5];
  int connections = atoi(arguments[6]);
  double duration = atof(arguments[7]), rate = count > 8 ? atof(arguments[8]) : 0;
  sha256_hex(body, strlen(body), body_hash);

  poller = epoll_create1(0);
  struct connection *all = calloc(connections, sizeof *all);
  for (int i = 0; i < connections; i++) open_connection(&all[i]);

  double began = now(), end = began + duration;
  long started = 0, next = 0;
  for (;;) {
    double time = now();
    long allowed = rate > 0 ? (long)((time - began) * rate) + 1 : started + connections;
    int busy = 0;
    for (int i = 0; i < connections; i++) {
      struct connection *connection = &all[(next + i) % connections];
      if (!connection->busy && time < end && started < allowed) {
        start(connection);
        started++;
      }
      busy |= connection->busy;
    }
    next++;
    if (!busy && time >= end) break;
    struct epoll_event events[256];
    int ready = epoll_wait(poller, events, 256, rate > 0 ? 1 : 1000);
    for (int i = 0; i < ready; i++) {
      struct connection *connection = events[i].data.ptr;
      size_t space = BUFFER - 1 - connection->received;
      ssize_t got = recv(connection->socket, connection->buffer + connection->received, space, 0);
      if (got < 0 && (errno == EAGAIN || errno == EINTR)) continue;
      if (got <= 0) {
        fprintf(stderr, "a connection was closed\n");
        return 1;
      }
      connection->received += got;
      if (is_answered(connection)) finish(connection);
    }
  }
  double took = now() - began;
  printf(
      "{\"action\":\"%s\",\"connections\":%d,\"seconds\":%.2f,\"requests\":%ld,\"errors\":%ld,"
      "\"per_second\":%.0f,\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"p999_ms\":%.3f}\n",
      action, connections, took, answered, failed, answered / took, percentile(0.5), percentile(0.99),
      percentile(0.999));
  return failed != 0;
}
