/* Scans a corpus with Hyperscan, for comparison: usage hyperscan PATTERNS CORPUS ROUNDS PASSES.
 * PATTERNS: one a line. CORPUS: for each text a 32-bit little-endian length, then its bytes. Prints one line of JSON with
 * the CPU seconds of a round, which goes through the corpus PASSES times; compiling is not counted in them but told apart. End
 * offsets only are asked for, as is its fastest way. */
#include <hs/hs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static double cpu_seconds(void) {
  struct rusage u;
  getrusage(RUSAGE_SELF, &u);
  return u.ru_utime.tv_sec + u.ru_stime.tv_sec + (u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static char *read_file(const char *path, size_t *size) {
  FILE *file = fopen(path, "rb");
  if (!file) { perror(path); exit(2); }
  fseek(file, 0, SEEK_END);
  *size = (size_t)ftell(file);
  rewind(file);
  char *bytes = malloc(*size + 1);
  if (fread(bytes, 1, *size, file) != *size) exit(2);
  bytes[*size] = 0;
  fclose(file);
  return bytes;
}

static int on_match(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *count) {
  (void)id; (void)from; (void)to; (void)flags;
  ++*(unsigned long *)count;
  return 0;
}

int main(int argc, char **argv) {
  if (argc != 5) return 2;
  size_t size, corpus_size;
  char *text = read_file(argv[1], &size), *corpus = read_file(argv[2], &corpus_size);
  const char *patterns[4096];
  unsigned flags[4096], ids[4096], n = 0, refused = 0;
  for (char *line = strtok(text, "\n"); line && n < 4096; line = strtok(NULL, "\n")) {
    hs_database_t *alone = NULL;
    hs_compile_error_t *error = NULL;
    /* Patterns that Hyperscan cannot take are left out, which is to its advantage. */
    if (hs_compile(line, HS_FLAG_ALLOWEMPTY, HS_MODE_BLOCK, NULL, &alone, &error) != HS_SUCCESS) {
      fprintf(stderr, "refused: %s\n", error->message);
      hs_free_compile_error(error);
      refused++;
      continue;
    }
    hs_free_database(alone);
    patterns[n] = line; flags[n] = HS_FLAG_ALLOWEMPTY; ids[n] = n; n++;
  }
  hs_database_t *database = NULL;
  hs_compile_error_t *error = NULL;
  double compile_begin = cpu_seconds();
  if (hs_compile_multi(patterns, flags, ids, n, HS_MODE_BLOCK, NULL, &database, &error) != HS_SUCCESS) return 2;
  double compile = cpu_seconds() - compile_begin;
  hs_scratch_t *scratch = NULL;
  if (hs_alloc_scratch(database, &scratch) != HS_SUCCESS) return 2;
  int rounds = atoi(argv[3]), passes = atoi(argv[4]);
  unsigned long events = 0;
  /* One round a line read from standard input, so that the caller can alternate with its own. */
  char line[16];
  for (int round = 0; round < rounds && fgets(line, sizeof line, stdin); round++) {
    events = 0;
    double begin = cpu_seconds();
    for (int pass = 0; pass < passes; pass++) {
      for (size_t at = 0; at < corpus_size;) {
        unsigned length;
        memcpy(&length, corpus + at, 4);
        hs_scan(database, corpus + at + 4, length, 0, scratch, on_match, &events);
        at += 4 + length;
      }
    }
    printf("{\"seconds\":%.6f,\"events\":%lu,\"patterns\":%u,\"refused\":%u,\"compile\":%.6f}\n", cpu_seconds() - begin, events, n, refused, compile);
    fflush(stdout);
  }
  return 0;
}
