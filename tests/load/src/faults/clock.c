/* Sets the wall clock of one process back by an hour, some seconds after its start. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>

static int (*real)(clockid_t, struct timespec *);
static struct timespec start;
static double after;

static double seconds(const struct timespec *from, const struct timespec *to) {
    return (double)(to->tv_sec - from->tv_sec) + (double)(to->tv_nsec - from->tv_nsec) / 1e9;
}

__attribute__((constructor)) static void prepare(void) {
    const char *variable = getenv("CLOCK_SET_BACK_AFTER");
    after = variable ? atof(variable) : 1e9;
    *(void **)&real = dlsym(RTLD_NEXT, "clock_gettime");
    real(CLOCK_MONOTONIC, &start);
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    int result = real(clock, now);
    if (result == 0 && clock == CLOCK_REALTIME) {
        struct timespec up;
        real(CLOCK_MONOTONIC, &up);
        if (seconds(&start, &up) >= after)
            now->tv_sec -= 3600;
    }
    return result;
}
