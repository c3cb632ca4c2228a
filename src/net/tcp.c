/* SPDX-License-Identifier: Apache-2.0
 *
 * TCP below a transport: names, listening, connecting, and how long a silent peer is believed to be
 * there. */
#include "net/transport.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <unistd.h>

#define LISTEN_BACKLOG 1024
#define KEEPALIVE_IDLE_S 60
#define KEEPALIVE_INTERVAL_S 10
#define KEEPALIVE_PROBES 6
#define UNACKED_MS_MAX 120000 /* data unacknowledged this long: the peer is gone */
#define CONNECT_RETRIES 3     /* of the SYN: 15 seconds */

static const struct {
    const char *name;
    uint16_t port; /* 0: none of its own */
} kinds[] = {
    [TRANSPORT_TCP] = {"tcp", 445},   [TRANSPORT_NBT] = {"nbt", 139},
    [TRANSPORT_QUIC] = {"quic", 443}, [TRANSPORT_RDMA] = {"rdma", 445},
    [TRANSPORT_VSOCK] = {"vsock", 445},
};

const char *transport_kind_name(enum transport_kind kind)
{
    ASSERT((size_t)kind < ARRAY_LEN(kinds));
    return kinds[kind].name;
}

static int port_parse(const char *text, uint16_t *ret_port)
{
    char *end;
    errno = 0;
    long port = strtol(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end || errno || port < 1 || port > 65535)
        return -EINVAL;
    *ret_port = (uint16_t)port;
    return 0;
}

int transport_name_parse(const char *text, enum transport_kind *ret_kind, uint16_t *ret_port)
{
    size_t len = strcspn(text, ":");
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        if (strlen(kinds[i].name) != len || strncmp(kinds[i].name, text, len) != 0)
            continue;
        uint16_t port = kinds[i].port;
        if (text[len] == ':')
            ERR_TRY(port_parse(text + len + 1, &port));
        *ret_kind = (enum transport_kind)i;
        *ret_port = port;
        return 0;
    }
    return -EINVAL;
}

const char *transport_address_text(const struct sockaddr_storage *a, char *buf, size_t size)
{
    char host[INET6_ADDRSTRLEN] = "?";
    if (a->ss_family == AF_INET) {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)a;
        inet_ntop(AF_INET, &v4->sin_addr, host, sizeof(host));
        snprintf(buf, size, "%s:%u", host, ntohs(v4->sin_port));
    } else if (a->ss_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)a;
        bool mapped = IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr);
        if (mapped)
            inet_ntop(AF_INET, v6->sin6_addr.s6_addr + 12, host, sizeof(host));
        else
            inet_ntop(AF_INET6, &v6->sin6_addr, host, sizeof(host));
        snprintf(buf, size, mapped ? "%s:%u" : "[%s]:%u", host, ntohs(v6->sin6_port));
    } else {
        snprintf(buf, size, "local");
    }
    return buf;
}

static void option(int fd, int level, int name, int value)
{
    (void)setsockopt(fd, level, name, &value, sizeof(value));
}

/* What Linux hands down from a listening socket to those it accepts.  None of it is worth failing
 * for. */
static void tune(int fd)
{
    option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
    option(fd, IPPROTO_TCP, TCP_KEEPIDLE, KEEPALIVE_IDLE_S);
    option(fd, IPPROTO_TCP, TCP_KEEPINTVL, KEEPALIVE_INTERVAL_S);
    option(fd, IPPROTO_TCP, TCP_KEEPCNT, KEEPALIVE_PROBES);
    option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, UNACKED_MS_MAX);
}

static int listen_on(const struct sockaddr *addr, socklen_t len, int *ret_fd)
{
    int fd = socket(addr->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    if (addr->sa_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)addr;
        option(fd, IPPROTO_IPV6, IPV6_V6ONLY, !IN6_IS_ADDR_UNSPECIFIED(&v6->sin6_addr));
    }
    tune(fd);
    if (bind(fd, addr, len) < 0 || listen(fd, LISTEN_BACKLOG) < 0) {
        int err = -errno;
        close(fd);
        return err;
    }
    *ret_fd = fd;
    return 0;
}

int net_listen_tcp(const char *address, uint16_t port, int *ret_fd)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    if (!address) {
        int err = listen_on((struct sockaddr *)&v6, sizeof(v6), ret_fd);
        if (err != -EAFNOSUPPORT && err != -EADDRNOTAVAIL)
            return err;
        return listen_on((struct sockaddr *)&v4, sizeof(v4), ret_fd);
    }
    if (inet_pton(AF_INET, address, &v4.sin_addr) == 1)
        return listen_on((struct sockaddr *)&v4, sizeof(v4), ret_fd);
    if (inet_pton(AF_INET6, address, &v6.sin6_addr) == 1)
        return listen_on((struct sockaddr *)&v6, sizeof(v6), ret_fd);
    return -EINVAL;
}

struct resolution {
    const char *host;
    char port[8];
    struct addrinfo *addresses;
};

static int resolve(void *arg)
{
    struct resolution *res = arg;
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    switch (getaddrinfo(res->host, res->port, &hints, &res->addresses)) {
    case 0:
        return 0;
    case EAI_MEMORY:
        return -ENOMEM;
    case EAI_AGAIN:
        return -EAGAIN;
    case EAI_SYSTEM:
        return errno ? -errno : -EIO;
    default:
        return -EHOSTUNREACH;
    }
}

static int connect_to(struct task *t, const struct addrinfo *ai, int *ret_fd)
{
    int fd = io_socket(task_io(t), ai->ai_family);
    if (fd < 0)
        return fd;
    tune(fd);
    option(fd, IPPROTO_TCP, TCP_SYNCNT, CONNECT_RETRIES);
    int err = io_connect(t, fd, ai->ai_addr, ai->ai_addrlen);
    if (err < 0) {
        io_close(task_io(t), fd);
        return err;
    }
    *ret_fd = fd;
    return 0;
}

int transport_tcp_connect(struct task *t, const char *host, uint16_t port,
                          struct transport **ret_transport)
{
    struct resolution res = {.host = host};
    snprintf(res.port, sizeof(res.port), "%u", port);
    ERR_TRY(task_offload(t, resolve, &res));
    int fd = -1, err = -EHOSTUNREACH;
    for (struct addrinfo *ai = res.addresses; ai && err < 0 && err != -ECANCELED; ai = ai->ai_next)
        err = connect_to(t, ai, &fd);
    freeaddrinfo(res.addresses);
    if (err < 0)
        return err;
    *ret_transport = transport_tcp_new(task_reactor(t), fd);
    return 0;
}
