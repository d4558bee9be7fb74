/* What TLS connections cost: the CPU time of the first and of each further one, with the roots where they are said to be.
 * One multi handle and an easy handle for each request, as src/http/curl has it. Prints "first_us further_us".
 * usage: bench_tls URL CONNECTIONS CAINFO CAPATH share|alone ("-": none) */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static long cpu_us(void)
{
    struct rusage r;
    (void)getrusage(RUSAGE_SELF, &r);
    return (r.ru_utime.tv_sec + r.ru_stime.tv_sec) * 1000000L + r.ru_utime.tv_usec + r.ru_stime.tv_usec;
}

static size_t drop(char *bytes, size_t size, size_t n, void *arg)
{
    (void)bytes, (void)arg;
    return size * n;
}

static const char *file(const char *argument)
{
    return strcmp(argument, "-") == 0 ? NULL : argument;
}

static void fetch(CURLM *multi, CURLSH *share, char **argv)
{
    CURL *easy = curl_easy_init();
    int running = 1, queued;
    (void)curl_easy_setopt(easy, CURLOPT_URL, argv[1]);
    (void)curl_easy_setopt(easy, CURLOPT_CAINFO, file(argv[3]));
    (void)curl_easy_setopt(easy, CURLOPT_CAPATH, file(argv[4]));
    (void)curl_easy_setopt(easy, CURLOPT_SHARE, share);
    (void)curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, drop);
    (void)curl_multi_add_handle(multi, easy);
    while (running > 0) {
        (void)curl_multi_perform(multi, &running);
        (void)curl_multi_poll(multi, NULL, 0, 1000, NULL);
    }
    const CURLMsg *m = curl_multi_info_read(multi, &queued);
    if (m == NULL || m->data.result != CURLE_OK) {
        fprintf(stderr, "bench_tls: %s\n", m != NULL ? curl_easy_strerror(m->data.result) : "no answer");
        exit(1);
    }
    (void)curl_multi_remove_handle(multi, easy);
    curl_easy_cleanup(easy);
}

int main(int argc, char **argv)
{
    if (argc != 6)
        return 2;
    int count = atoi(argv[2]);
    (void)curl_global_init(CURL_GLOBAL_DEFAULT);
    CURLM *multi = curl_multi_init();
    CURLSH *share = strcmp(argv[5], "share") == 0 ? curl_share_init() : NULL;
    if (share != NULL)
        (void)curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
    long start = cpu_us();
    fetch(multi, share, argv);
    long first = cpu_us();
    for (int i = 1; i < count; i++)
        fetch(multi, share, argv);
    printf("%ld %ld\n", first - start, (cpu_us() - first) / (count - 1));
    (void)curl_multi_cleanup(multi);
    (void)curl_share_cleanup(share);
    return 0;
}
