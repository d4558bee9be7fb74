/* What TLS connections cost: the CPU time of the first and of each further one, with the roots in
 * that bundle and that folder. One multi handle and an easy handle for each request, as
 * src/http/curl has it. Prints the two in microseconds. usage: bench_tls URL CONNECTIONS BUNDLE
 * FOLDER share|alone ("-": none) */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static long cpu_us(void)
{
    struct rusage r;

    getrusage(RUSAGE_SELF, &r);
    return (r.ru_utime.tv_sec + r.ru_stime.tv_sec) * 1000000 + r.ru_utime.tv_usec +
           r.ru_stime.tv_usec;
}

static size_t drop(char *bytes, size_t size, size_t n, void *arg)
{
    (void)bytes;
    (void)arg;
    return size * n;
}

static const char *file(const char *argument)
{
    return strcmp(argument, "-") == 0 ? NULL : argument;
}

static void fetch(CURLM *multi, CURLSH *share, char **argv)
{
    CURL *easy = curl_easy_init();
    const CURLMsg *m;
    int running = 1, queued;

    curl_easy_setopt(easy, CURLOPT_URL, argv[1]);
    curl_easy_setopt(easy, CURLOPT_CAINFO, file(argv[3]));
    curl_easy_setopt(easy, CURLOPT_CAPATH, file(argv[4]));
    curl_easy_setopt(easy, CURLOPT_SHARE, share);
    curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, drop);
    curl_multi_add_handle(multi, easy);
    while (curl_multi_perform(multi, &running) == CURLM_OK && running > 0)
        curl_multi_poll(multi, NULL, 0, 1000, NULL);
    m = curl_multi_info_read(multi, &queued);
    if (!m || m->data.result != CURLE_OK) {
        fprintf(stderr, "bench_tls: %s\n", m ? curl_easy_strerror(m->data.result) : "no answer");
        exit(1);
    }
    curl_multi_remove_handle(multi, easy);
    curl_easy_cleanup(easy);
}

int main(int argc, char **argv)
{
    long count = argc == 6 ? strtol(argv[2], NULL, 10) : 0;
    long start, first;
    CURLSH *share;
    CURLM *multi;

    if (count < 2) {
        fprintf(stderr, "usage: bench_tls URL CONNECTIONS BUNDLE FOLDER share|alone\n");
        return 2;
    }
    curl_global_init(CURL_GLOBAL_DEFAULT);
    multi = curl_multi_init();
    share = curl_share_init();
    curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
    start = cpu_us();
    fetch(multi, strcmp(argv[5], "share") == 0 ? share : NULL, argv);
    first = cpu_us();
    for (long i = 1; i < count; i++)
        fetch(multi, strcmp(argv[5], "share") == 0 ? share : NULL, argv);
    printf("%ld %ld\n", first - start, (cpu_us() - first) / (count - 1));
    curl_multi_cleanup(multi);
    curl_share_cleanup(share);
    return 0;
}
